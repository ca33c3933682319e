/**
 * A simulated cluster behind the port. Time passes only while somebody waits: every call that waits
 * drives the clock, and resolves when it has got there.
 */
import { present } from "../../core/assert.ts";
import { HarnessError } from "../../core/errors.ts";
import { milliseconds, seconds, type Us } from "../../core/time.ts";
import { plainOf, STRANGER, targetOf } from "../../fault/facts.ts";
import { HOLDER } from "../../fault/definition.ts";
import type { Fault, PlainFault } from "../../fault/fault.ts";
import type { Receipt } from "../../fault/receipt.ts";
import type { EventBody, LeftoverEvent, TimedEvent, TimedEventOf } from "../../history/events.ts";
import { masterDownUs } from "../../keepalived/timing.ts";
import { onlyRouter, type ResolvedTopology } from "../../topology/resolve.ts";
import type { SettlesTo } from "../../topology/settles.ts";
import type { Cluster, Injection } from "../backend.ts";
import { pendingOf, pickNode } from "../holding.ts";
import { NOTHING } from "./faults/costs.ts";
import type { Command, Proof, SimFault } from "./faults/driver.ts";
import { simFault } from "./faults/faults.ts";
import type { SimHost } from "./host.ts";
import { INIT_SCRIPT_US } from "./services.ts";
import type { World } from "./world.ts";

/** As long as a command or a receipt may take on containers before it counts as failed. */
const COMMAND_BOUND_US = seconds(90);
const RECEIPT_BOUND_US = seconds(10);
/** How often an undecided receipt is looked at again. */
const RECEIPT_LOOK_US = milliseconds(50);
const ELECTION_SLACK_US = seconds(10);
const START_BOUND_US = seconds(10);
const SETTLE_BOUND_US = seconds(90);

export class SimCluster implements Cluster {
  readonly topology: ResolvedTopology;
  readonly versions: Readonly<Record<string, string>>;
  readonly originEpochUs = 0;
  private readonly world: World;
  private readonly settlesTo: SettlesTo;

  constructor(world: World, settlesTo: SettlesTo = "one-holder") {
    this.world = world;
    this.settlesTo = settlesTo;
    this.topology = world.topology;
    this.versions = world.versions;
  }

  nowUs(): Us {
    return this.world.clock.nowUs();
  }

  record(body: EventBody): void {
    this.world.recorder.record(this.nowUs(), body);
  }

  events(): readonly TimedEvent[] {
    return this.world.events();
  }

  eventsOf<K extends EventBody["kind"]>(kind: K): readonly TimedEventOf<K>[] {
    return this.world.eventsOf(kind);
  }

  sleepUntil(tUs: Us): Promise<void> {
    this.world.clock.runUntil(tUs);
    return Promise.resolve();
  }

  until(holds: () => boolean, boundUs: Us): Promise<boolean> {
    return Promise.resolve(this.world.until(holds, boundUs));
  }

  settle(): Promise<void> {
    const { world } = this;
    world.startObservers();
    for (const host of world.hosts) {
      if (host.services.includes("mysql")) host.service("mysql", "start");
    }
    const allUp = (): boolean => world.hosts.every((host) => host.mysqlAnswers());
    demand(
      world.untilEvent(allUp, SETTLE_BOUND_US),
      SETTLE_BOUND_US,
      "mysqld did not start on every node",
    );
    world.traffic.startReplication();
    this.proveMulticast();
    world.startKeepalived();
    if (this.settlesTo === "one-holder") this.proveOneHolder();
    else this.letServicesStart();
    demand(
      world.until(() => world.traffic.replicates(), SETTLE_BOUND_US),
      SETTLE_BOUND_US,
      "replication does not run on every edge",
    );
    this.recordReplication();
    return Promise.resolve();
  }

  private proveOneHolder(): void {
    const { world, topology } = this;
    const router = onlyRouter(topology);
    const pending = (): string | undefined =>
      pendingOf({ addresses: this.eventsOf("address"), adverts: this.eventsOf("advert") }, router);
    const slowest = Math.max(
      ...router.members.map((member) => masterDownUs(member.priority, router.advertIntUs)),
    );
    if (!world.untilEvent(() => pending() === undefined, slowest + ELECTION_SLACK_US)) {
      throw new HarnessError(
        "NOT_SETTLED",
        `${router.name} did not settle: ${pending() ?? "it just did"}`,
      );
    }
  }

  /** Whatever becomes of them: the init script is content once the daemon is in the background. */
  private letServicesStart(): void {
    for (const host of this.world.hosts) {
      if (!host.services.includes("keepalived")) continue;
      this.sleep(INIT_SCRIPT_US[1]);
      const text = "start: exit code 0: Starting keepalived: keepalived.";
      this.record({ kind: "log", node: host.name, program: "service keepalived", text });
    }
  }

  private sleep(durationUs: Us): void {
    this.world.clock.runUntil(this.nowUs() + durationUs);
  }

  startWorkload(): Promise<void> {
    const { traffic, monitors } = this.world;
    traffic.startLoad();
    if (this.settlesTo === "one-holder") {
      demand(
        this.world.until(() => traffic.flows(), START_BOUND_US),
        START_BOUND_US,
        "the client got no answer through the VIP for reads and writes",
      );
    }
    monitors.start();
    return Promise.resolve();
  }

  stopWorkload(): Promise<void> {
    const { traffic, monitors } = this.world;
    traffic.stopLoad();
    monitors.stop();
    demand(
      this.world.until(() => traffic.loadEnded() && monitors.isEnded(), COMMAND_BOUND_US),
      COMMAND_BOUND_US,
      "the client did not end",
    );
    return Promise.resolve();
  }

  inject(step: string, fault: Fault): Promise<Injection> {
    const target = targetOf(fault);
    const hit = pickNode(this.topology, this.eventsOf("address"), target ?? HOLDER);
    const node = target === undefined ? STRANGER : hit;
    const driver = this.driver(plainOf(fault), hit);
    const before = driver.look();
    const mark = (action: "inject" | "heal", edge: "begin" | "end"): void => {
      this.record({ kind: "fault", step, fault, node, action, edge });
    };
    mark("inject", "begin");
    if (fault.kind !== "sabotaged") this.carryOut(driver, "inject", () => driver.act());
    mark("inject", "end");
    const receipt = this.seek(step, node, () => driver.prove(before));
    const { heal } = driver;
    if (heal === undefined || fault.kind === "sabotaged") return Promise.resolve({ node, receipt });
    return Promise.resolve({
      node,
      receipt,
      heal: () => {
        mark("heal", "begin");
        this.carryOut(driver, "heal", () => heal.act());
        mark("heal", "end");
        const proof = asReceipt(heal.prove());
        this.record({ kind: "receipt", step, node, action: "heal", receipt: proof });
        return Promise.resolve(proof);
      },
    });
  }

  quiesce(boundUs: Us): Promise<boolean> {
    const caughtUp = this.world.until(() => this.world.traffic.caughtUp(), boundUs);
    this.recordReplication();
    return Promise.resolve(caughtUp);
  }

  collect(): Promise<void> {
    for (const copy of this.world.traffic.copies()) this.record(copy);
    for (const host of this.world.hosts) {
      this.record({ kind: "address-dump", node: host.name, addresses: host.allAddresses() });
    }
    return Promise.resolve();
  }

  /** There is nothing outside this process that could be left behind. */
  dismantle(): Promise<LeftoverEvent> {
    const event: LeftoverEvent = { kind: "leftovers", containers: [], networks: [], volumes: [] };
    this.record(event);
    return Promise.resolve(event);
  }

  keep(): Promise<string> {
    return Promise.resolve("A simulated cluster cannot be kept: it ends with the process.");
  }

  private recordReplication(): void {
    for (const state of this.world.traffic.replicationStates()) this.record(state);
  }

  private proveMulticast(): void {
    for (const host of this.world.hosts) {
      for (const seenAt of this.world.segment.echo(host.name)) {
        this.record({ kind: "multicast-probe", seenAt, sender: host.name });
      }
    }
  }

  private driver(fault: PlainFault, node: string): SimFault {
    const { hosts, segment, topology } = this.world;
    return simFault(fault, {
      host: this.host(node),
      peer: present(
        hosts.find((other) => other.name !== node),
        `a peer of ${node}`,
      ),
      segment,
      world: this.world,
      vip: present(onlyRouter(topology).vips[0], "VIP").address,
      prefixLength: topology.prefixLength,
    });
  }

  /** A command takes as long as it takes; the schedule goes on when it has returned. */
  private carryOut(driver: SimFault, action: "inject" | "heal", act: () => Command): void {
    const { clock, chance } = this.world;
    const spend = ([leastUs, mostUs]: readonly [Us, Us]): void => {
      if (mostUs > 0) clock.runUntil(clock.nowUs() + chance.integer(leastUs, mostUs));
    };
    const { beforeUs, afterUs } = driver.costs?.[action] ?? NOTHING;
    spend(beforeUs);
    const command = act();
    this.world.until(() => command.done(), COMMAND_BOUND_US);
    spend(afterUs);
  }

  /** Looks until there is something to see; who asks drives the clock until then. */
  private seek(step: string, node: string, prove: () => Proof): () => Promise<Receipt> {
    const endUs = this.nowUs() + RECEIPT_BOUND_US;
    let found: Receipt | undefined;
    const look = (): void => {
      const proof = prove();
      if (proof.undecided === true && this.nowUs() < endUs) {
        this.world.clock.after(RECEIPT_LOOK_US, look);
        return;
      }
      found = asReceipt(proof);
      this.record({ kind: "receipt", step, node, action: "inject", receipt: found });
    };
    look();
    return () => {
      this.world.until(() => found !== undefined, RECEIPT_BOUND_US + RECEIPT_LOOK_US);
      return Promise.resolve(present(found, `receipt of ${step}`));
    };
  }

  private host(name: string): SimHost {
    return present(
      this.world.hosts.find((host) => host.name === name),
      `node ${name}`,
    );
  }
}

function demand(held: boolean, boundUs: Us, what: string): void {
  if (held) return;
  throw new HarnessError("NOT_SETTLED", `${what} (simulated, ${boundUs / 1_000_000} s waited)`);
}

function asReceipt({ confirmed, proof, facts }: Proof): Receipt {
  return { confirmed, proof, facts };
}
