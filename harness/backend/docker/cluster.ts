/**
 * One cluster on containers, from its network to its removal. It owns everything it created; the
 * order of life is prepare, settle, disturb, collect, dismantle (see `backend.ts`).
 */
import type Dockerode from "dockerode";
import { present } from "../../core/assert.ts";
import { messageOf } from "../../core/errors.ts";
import type { Us } from "../../core/time.ts";
import { HOLDER } from "../../fault/definition.ts";
import { plainOf, STRANGER, targetOf } from "../../fault/facts.ts";
import type { Fault } from "../../fault/fault.ts";
import type { Receipt } from "../../fault/receipt.ts";
import type { EventBody, LeftoverEvent, TimedEvent, TimedEventOf } from "../../history/events.ts";
import { flavourOf, serverIdentity, type Flavour } from "../../mysql/dialect.ts";
import { onlyRouter, type ResolvedTopology } from "../../topology/resolve.ts";
import type { SettlesTo } from "../../topology/settles.ts";
import type { Workload } from "../../workload/workload.ts";
import type { Cluster, EvidenceStore, Injection } from "../backend.ts";
import { isMaster, pickNode } from "../holding.ts";
import { takesMail } from "../mail.ts";
import { copiesOf, errorLog, finalAddresses } from "./collect.ts";
import type { FaultContext } from "./faults/driver.ts";
import { driverFor } from "./faults/drivers.ts";
import { startLoad, type Load } from "./load.ts";
import { startMailSink } from "./mail.ts";
import { startMonitors } from "./monitors.ts";
import { keptName } from "./labels.ts";
import { inHost, type DockerNode } from "./node.ts";
import { stateOf } from "./node-state.ts";
import { startObservers, type ObserverContext } from "./observers.ts";
import { kernelWords } from "./nodes.ts";
import { clockOffset } from "./own-kernel.ts";
import type { Recorder } from "./recorder.ts";
import {
  proveMulticast,
  proveOneHolder,
  proveReplication,
  replicationState,
  startKeepalived,
  startKeepalivedAnyhow,
  startMysqld,
  startReplication,
  type Accounts,
  type SettleContext,
} from "./settle.ts";
import type { Stranger } from "./stranger.ts";
import * as sweeper from "./sweep.ts";

/** Less than what two witnesses may differ by (`witnesses-agree`, 25 ms), with room for the scheduler's share. */
const CLOCK_OFFSET_MAX_US = 5000;

export interface ClusterParts {
  readonly docker: Dockerode;
  readonly runId: string;
  readonly topology: ResolvedTopology;
  readonly workload: Workload;
  readonly settlesTo: SettlesTo;
  readonly nodes: readonly DockerNode[];
  readonly observer: Dockerode.Container;
  readonly stranger: () => Promise<Stranger>;
  readonly accounts: Accounts;
  readonly recorder: Recorder;
  readonly evidence: EvidenceStore;
  readonly originEpochUs: number;
  readonly epochUs: () => number;
  readonly progress: (text: string) => void;
}

export class DockerCluster implements Cluster {
  readonly topology: ResolvedTopology;
  readonly originEpochUs: number;
  readonly versions: Record<string, string> = {};
  private readonly parts: ClusterParts;
  private readonly flavours = new Map<string, Flavour>();
  private load: Load | undefined;
  private monitors: { stop(): Promise<void> } | undefined;
  private ending = false;

  constructor(parts: ClusterParts) {
    this.parts = parts;
    this.topology = parts.topology;
    this.originEpochUs = parts.originEpochUs;
  }

  nowUs(): Us {
    return this.parts.epochUs() - this.originEpochUs;
  }

  record(body: EventBody): void {
    this.parts.recorder.record(this.nowUs(), body);
  }

  events(): readonly TimedEvent[] {
    return this.parts.recorder.events();
  }

  eventsOf<K extends EventBody["kind"]>(kind: K): readonly TimedEventOf<K>[] {
    return this.parts.recorder.eventsOf(kind);
  }

  until(holds: () => boolean, boundUs: Us): Promise<boolean> {
    return this.parts.recorder.until(holds, boundUs);
  }

  async sleepUntil(tUs: Us): Promise<void> {
    const leftMs = (tUs - this.nowUs()) / 1000;
    if (leftMs > 0) await new Promise((resolve) => setTimeout(resolve, leftMs));
  }

  async settle(): Promise<void> {
    try {
      await this.bringToSteadyState();
    } catch (error) {
      await this.keepStates();
      throw error;
    }
  }

  /** Why it did not settle is often to be seen on the nodes, which are about to be removed. */
  private async keepStates(): Promise<void> {
    await Promise.all(
      this.parts.nodes.map(async (node) => {
        this.parts.evidence.append(
          `states/${node.spec.name}.txt`,
          Buffer.from(await stateOf(node)),
        );
      }),
    );
  }

  private async bringToSteadyState(): Promise<void> {
    const context = this.settleContext();
    const { nodes, topology } = this.parts;
    context.progress("starting mysqld and the observers");
    await Promise.all([this.startObservers(), ...nodes.map((node) => this.bringUp(node))]);
    const replication = Promise.all(
      topology.replication.map((edge) =>
        startReplication(context, edge, this.flavour(edge.replica)),
      ),
    );
    const election = this.elect(context);
    await Promise.all([
      proveMulticast(context),
      election,
      replication.then(() => proveReplication(context, this.anyFlavour())),
    ]);
  }

  async startWorkload(): Promise<void> {
    const vip = present(onlyRouter(this.topology).vips[0], "VIP").address;
    this.load = await startLoad({
      observer: this.parts.observer,
      workload: this.parts.workload,
      vip,
      account: this.parts.accounts.app,
      identitySql: serverIdentity(this.anyFlavour()),
      nodes: this.topology.nodes.filter(({ mysql }) => mysql !== undefined),
      evidence: this.parts.evidence,
      originEpochUs: this.originEpochUs,
      recordAt: (epochUs, body) => {
        this.recordAt(epochUs, body);
      },
      recordNow: (body) => {
        this.record(body);
      },
      until: (holds, boundUs) => this.until(holds, boundUs),
      demandAnswers: this.parts.settlesTo === "one-holder",
    });
    const { monitors = [] } = this.topology;
    if (monitors.length === 0) return;
    this.monitors = await startMonitors(this.observerContext(), monitors, this.originEpochUs);
  }

  async stopWorkload(): Promise<void> {
    await Promise.all([this.load?.stop(), this.monitors?.stop()]);
    this.load = undefined;
    this.monitors = undefined;
  }

  async inject(step: string, fault: Fault): Promise<Injection> {
    const plain = plainOf(fault);
    const target = targetOf(fault);
    const node = this.node(pickNode(this.topology, this.eventsOf("address"), target ?? HOLDER));
    const name = target === undefined ? STRANGER : node.spec.name;
    const context = this.faultContext(step, node);
    const driver = driverFor(plain);
    const before = await driver.look(context);
    const mark = (action: "inject" | "heal", edge: "begin" | "end", epochUs: number): void => {
      this.recordAt(epochUs, { kind: "fault", step, fault, node: name, action, edge });
    };
    if (fault.kind === "sabotaged") {
      mark("inject", "begin", this.parts.epochUs());
      mark("inject", "end", this.parts.epochUs());
    } else {
      const applied = await driver.act(context);
      mark("inject", "begin", applied.beginEpochUs);
      mark("inject", "end", applied.endEpochUs);
    }
    const proven = driver.prove(context, before).then((proof) => {
      this.record({ kind: "receipt", step, node: name, action: "inject", receipt: proof });
      return proof;
    });
    // Asked for when it is time to heal; one that fails before then must not end the process.
    proven.catch(() => undefined);
    const receipt = (): Promise<Receipt> => proven;
    const heal = driver.heal;
    if (heal === undefined || fault.kind === "sabotaged") return { node: name, receipt };
    return {
      node: name,
      receipt,
      heal: async () => {
        const healed = await heal(context);
        mark("heal", "begin", healed.beginEpochUs);
        mark("heal", "end", healed.endEpochUs);
        const proof = healed.receipt;
        this.record({ kind: "receipt", step, node: name, action: "heal", receipt: proof });
        return proof;
      },
    };
  }

  async quiesce(boundUs: Us): Promise<boolean> {
    const context = this.settleContext();
    const boundSeconds = Math.ceil(boundUs / 1_000_000);
    const states = await Promise.all(
      this.topology.replication.map((edge) =>
        replicationState(context, edge, this.flavour(edge.replica), boundSeconds).catch(
          (error: unknown) => {
            const unknown = {
              kind: "replication" as const,
              replica: edge.replica,
              source: edge.source,
              receiverRunning: false,
              applierRunning: false,
              caughtUp: false,
              lastError: messageOf(error),
            };
            this.record(unknown);
            return unknown;
          },
        ),
      ),
    );
    return states.every((state) => state.caughtUp);
  }

  async collect(): Promise<void> {
    const { nodes } = this.parts;
    const servers = nodes.filter(({ spec }) => spec.mysql !== undefined);
    const copies = copiesOf(servers).then((events) => {
      for (const event of events) this.record(event);
    });
    await Promise.all([
      copies,
      ...nodes.map(async (node) => {
        this.record(await finalAddresses(node));
        await this.compareClocks(node, "ended");
      }),
      ...servers.map(async (node) => {
        const text = await errorLog(node);
        this.parts.evidence.append(`mysqld/${node.spec.name}.log`, Buffer.from(text));
      }),
    ]);
  }

  async dismantle(): Promise<LeftoverEvent> {
    this.ending = true;
    const { docker, runId } = this.parts;
    await sweeper.sweep(docker, sweeper.ofRun(runId));
    const left = await sweeper.find(docker, sweeper.ofRun(runId));
    const event: LeftoverEvent = { kind: "leftovers", ...left };
    this.record(event);
    return event;
  }

  async keep(): Promise<string> {
    this.ending = true;
    await this.parts.observer.rename({ name: keptName(this.parts.runId) });
    const lines = this.parts.nodes.map(
      (node) => `  docker exec -it vipdrill-${this.parts.runId}-${node.spec.name} bash`,
    );
    return [
      `The cluster of run ${this.parts.runId} stays up. A shell on a node:`,
      ...lines,
      "  ./vipdrill doctor --clean    removes it, and every other cluster of vipdrill's",
    ].join("\n");
  }

  private settleContext(): SettleContext {
    return {
      topology: this.topology,
      node: (name) => this.node(name),
      accounts: this.parts.accounts,
      progress: this.parts.progress,
      events: () => this.events(),
      eventsOf: (kind) => this.eventsOf(kind),
      recordNow: (body) => {
        this.record(body);
      },
      until: (holds, boundUs) => this.until(holds, boundUs),
    };
  }

  private async startObservers(): Promise<void> {
    const context = this.observerContext();
    await Promise.all([
      startObservers(context),
      ...(takesMail(this.topology) ? [startMailSink(context, this.topology)] : []),
    ]);
  }

  private observerContext(): ObserverContext {
    return {
      topology: this.topology,
      nodes: this.parts.nodes,
      observer: this.parts.observer,
      evidence: this.parts.evidence,
      originEpochUs: this.originEpochUs,
      recordAt: (epochUs, body) => {
        this.recordAt(epochUs, body);
      },
      recordNow: (body) => {
        this.record(body);
      },
      until: (holds, boundUs) => this.until(holds, boundUs),
      onLost: (observer) => {
        if (!this.ending) this.record({ kind: "observer", observer, state: "lost" });
      },
    };
  }

  private async bringUp(node: DockerNode): Promise<void> {
    const { name, mysql, keepalived, kernel = [] } = node.spec;
    if (mysql !== undefined) {
      const version = await startMysqld(node, this.parts.accounts);
      this.flavours.set(name, flavourOf(version));
      this.versions[`${name} mysqld`] = version;
    }
    if (keepalived !== undefined) {
      const { stderr, stdout } = await inHost(node, ["keepalived", "--version"]);
      this.versions[`${name} keepalived`] =
        /Keepalived v(\S+)/.exec(`${stderr}${stdout}`)?.[1] ?? "unknown";
    }
    if (kernel.length > 0) this.versions[`${name} kernel`] = await kernelWords(node);
    await this.compareClocks(node, "watching");
  }

  /** The preferred holder first, so that the election does not begin with the wrong one. */
  private async elect(context: SettleContext): Promise<void> {
    const order = onlyRouter(this.topology).members.toSorted((a, b) => b.priority - a.priority);
    if (this.parts.settlesTo === "services-started") {
      await this.startEveryKeepalived();
      return;
    }
    for (const member of order) await startKeepalived(this.node(member.node));
    await proveOneHolder(context);
  }

  /** Whatever becomes of it: what the init script said goes into the history. */
  private async startEveryKeepalived(): Promise<void> {
    for (const node of this.parts.nodes) {
      if (node.spec.keepalived !== undefined) this.record(await startKeepalivedAnyhow(node));
    }
  }

  /** Facts from a guest are stamped by its clock, which was set to the engine's when it started. */
  private async compareClocks(node: DockerNode, right: "watching" | "ended"): Promise<void> {
    if (node.kernel !== "own") return;
    const { offsetUs, withinUs } = await clockOffset(node.container);
    const observer = `clock of ${node.spec.name}`;
    const state = Math.abs(offsetUs) <= withinUs + CLOCK_OFFSET_MAX_US ? right : "lost";
    this.record({ kind: "observer", observer, state, detail: { offsetUs, withinUs } });
  }

  private recordAt(epochUs: number, body: EventBody): void {
    this.parts.recorder.record(epochUs - this.originEpochUs, body);
  }

  private node(name: string): DockerNode {
    return present(
      this.parts.nodes.find((node) => node.spec.name === name),
      `node ${name}`,
    );
  }

  private flavour(name: string): Flavour {
    return present(this.flavours.get(name), `flavour of ${name}`);
  }

  /** All nodes of a cluster run the same image, so any node's flavour is the cluster's. */
  private anyFlavour(): Flavour {
    return present([...this.flavours.values()][0], "flavour");
  }

  private faultContext(step: string, node: DockerNode): FaultContext {
    return {
      node,
      peer: present(
        this.parts.nodes.find((other) => other !== node),
        `a peer of ${node.spec.name}`,
      ),
      nodes: this.parts.nodes,
      topology: this.topology,
      flavour: this.flavours.get(node.spec.name) ?? this.anyFlavour(),
      accounts: this.parts.accounts,
      vip: present(onlyRouter(this.topology).vips[0], "VIP").address,
      prefixLength: this.topology.prefixLength,
      handle: step.replaceAll(/\W/g, "_"),
      isMaster: () =>
        isMaster(this.eventsOf("advert"), onlyRouter(this.topology), node.spec.name, this.nowUs()),
      stranger: this.parts.stranger,
    };
  }
}
