/** Faults of a whole node. */
import { seconds, type Us } from "../../core/time.ts";
import type { TimedEvent } from "../../history/events.ts";
import type { Cluster } from "../backend.ts";
import {
  countOf,
  expectCount,
  expectEvent,
  fail,
  healed,
  HOLDER,
  inject,
  STANDBY,
  type ConformanceCase,
} from "./case.ts";

/** A boot, mysqld's recovery, an election that preempts. */
const HOME_BOUND_US: Us = seconds(30);

export const NODE_CASES: readonly ConformanceCase[] = [
  {
    name: "node-powered-off: the VIP moves without a goodbye, and comes home after the boot",
    covers: ["node-powered-off"],
    run: async (cluster) => {
      const offUs = cluster.nowUs();
      const fault = await inject(cluster, { kind: "node-powered-off", node: HOLDER });
      const moved = (action: "added" | "removed", here: boolean) => (event: TimedEvent) =>
        isVip(cluster, event) &&
        event.action === action &&
        (event.node === fault.node) === here &&
        event.tUs >= offUs;
      await expectEvent(cluster, "the VIP to be gone from it", moved("removed", true));
      await expectEvent(cluster, "the VIP at its peer", moved("added", false));
      const goodbye = (event: TimedEvent): boolean =>
        event.kind === "advert" &&
        event.sender === fault.node &&
        event.priority === 0 &&
        event.tUs >= offUs;
      if (countOf(cluster, goodbye) > 0) fail(`${fault.node} said goodbye`);
      const onUs = cluster.nowUs();
      await healed(fault);
      await comesHome(cluster, fault.node, onUs);
      // rsyslogd was started again, and what it writes is still followed.
      await expectEvent(cluster, "a line of its log", logged(fault.node, onUs));
      await reconnect(cluster, fault.node);
      await replicates(cluster);
    },
  },
  {
    name: "node-powered-off: every order of booting ends with both services running",
    covers: ["node-powered-off"],
    run: async (cluster) => {
      for (const boot of ["keepalived-first", "together"] as const) {
        const offUs = cluster.nowUs();
        const fault = await inject(cluster, { kind: "node-powered-off", node: STANDBY, boot });
        const seen = (state: "up" | "unresponsive") => (event: TimedEvent) =>
          mysqld(fault.node, state)(event) && event.tUs >= offUs;
        await expectEvent(cluster, "no answer from it", seen("unresponsive"));
        const ups = countOf(cluster, seen("up")) + 1;
        await healed(fault);
        await expectCount(cluster, `${fault.node} to be seen up again`, seen("up"), ups);
        // Its check script finds no MySQL yet and stops keepalived, unless MySQL is quick.
        const service = "keepalived" as const;
        const started = { kind: "service-started", node: { name: fault.node }, service } as const;
        await (await cluster.inject(`conformance-after-${boot}`, started)).receipt();
      }
      await replicates(cluster);
    },
  },
  {
    name: "node-rebooted: the services end and others run, with nothing left to heal",
    covers: ["node-rebooted"],
    run: async (cluster) => {
      const beganUs = cluster.nowUs();
      const fault = await inject(cluster, {
        kind: "node-rebooted",
        node: STANDBY,
        downUs: seconds(1),
      });
      if (fault.heal !== undefined) fail("a reboot ends by itself");
      await expectEvent(cluster, "keepalived's new start", logged(fault.node, beganUs, /Starting/));
      const answers = (event: TimedEvent): boolean =>
        mysqld(fault.node, "up")(event) && event.tUs > beganUs;
      await expectEvent(cluster, `${fault.node} to be seen up again`, answers);
      await replicates(cluster);
    },
  },
  pausedCase("answers"),
  pausedCase("silent"),
  {
    name: "cpu-starved is confirmed by periods in which the node was held back, and lifted after healing",
    covers: ["cpu-starved"],
    run: async (cluster) => {
      await healed(await inject(cluster, { kind: "cpu-starved", node: STANDBY, share: 0.05 }));
    },
  },
  {
    name: "memory-exhausted: mysqld is killed for want of memory, and runs after healing",
    covers: ["memory-exhausted"],
    run: async (cluster) => {
      // The standby's own check script would stop its keepalived; it is not what is looked at here.
      const quiet = await inject(cluster, { kind: "keepalived-stopped", node: STANDBY });
      const { node } = quiet;
      const downs = countOf(cluster, mysqld(node, "down")) + 1;
      const fault = await inject(cluster, { kind: "memory-exhausted", node: { name: node } });
      await expectCount(cluster, `${node} to be seen down`, mysqld(node, "down"), downs);
      const ups = countOf(cluster, mysqld(node, "up")) + 1;
      await healed(fault);
      await expectCount(cluster, `${node} to be seen up again`, mysqld(node, "up"), ups);
      await healed(quiet);
      await replicates(cluster);
    },
  },
  {
    name: "disk-full: a replica does not get on while its disk is full, and catches up afterwards",
    covers: ["disk-full", "mysqld-killed"],
    world: "data-disk",
    run: async (cluster) => {
      const quiet = await inject(cluster, { kind: "keepalived-stopped", node: STANDBY });
      const { node } = quiet;
      const fault = await inject(cluster, { kind: "disk-full", node: { name: node } });
      // Something that it has not got yet has to be written first.
      await cluster.sleepUntil(cluster.nowUs() + seconds(1));
      if (await cluster.quiesce(seconds(3))) fail(`${node} replicates with a full disk`);
      await healed(fault);
      // The server tries again a minute after it found no space; a new start does not wait for that.
      await healed(await inject(cluster, { kind: "mysqld-killed", node: { name: node } }));
      await replicates(cluster);
      await healed(quiet);
    },
  },
];

function pausedCase(network: "answers" | "silent"): ConformanceCase {
  return {
    name: `node-paused, ${network}: mysqld gives no answer, and answers when the node goes on`,
    covers: ["node-paused"],
    run: async (cluster) => {
      const beganUs = cluster.nowUs();
      const fault = await inject(cluster, { kind: "node-paused", node: STANDBY, network });
      const since = (state: "up" | "unresponsive") => (event: TimedEvent) =>
        mysqld(fault.node, state)(event) && event.tUs > beganUs;
      await expectEvent(cluster, `${fault.node} to be seen unresponsive`, since("unresponsive"));
      const ups = countOf(cluster, since("up")) + 1;
      await healed(fault);
      await expectCount(cluster, `${fault.node} to be seen up again`, since("up"), ups);
      await replicates(cluster);
    },
  };
}

function mysqld(node: string, state: "up" | "down" | "unresponsive") {
  return (event: TimedEvent): boolean =>
    event.kind === "mysqld" && event.node === node && event.state === state;
}

function logged(node: string, sinceUs: Us, text = /./) {
  return (event: TimedEvent): boolean =>
    event.kind === "log" && event.node === node && event.tUs >= sinceUs && text.test(event.text);
}

function isVip(cluster: Cluster, event: TimedEvent): event is TimedEvent & { kind: "address" } {
  return (
    event.kind === "address" &&
    cluster.topology.vips.some(({ address }) => address === event.address)
  );
}

async function comesHome(cluster: Cluster, node: string, sinceUs: Us): Promise<void> {
  const back = (): boolean =>
    cluster
      .eventsOf("address")
      .some(
        (event) =>
          isVip(cluster, event) &&
          event.node === node &&
          event.action === "added" &&
          event.tUs >= sinceUs,
      );
  if (!(await cluster.until(back, HOME_BOUND_US))) fail(`the VIP did not come back to ${node}`);
}

/** Replicas of a node that lost its power notice after `replica_net_timeout`, a minute; nobody waits for that here. */
async function reconnect(cluster: Cluster, source: string): Promise<void> {
  for (const edge of cluster.topology.replication.filter((item) => item.source === source)) {
    const stopped = await cluster.inject(`conformance-reconnect-${edge.replica}`, {
      kind: "replication-stopped",
      node: { name: edge.replica },
      thread: "receiver",
    });
    await stopped.receipt();
    await stopped.heal?.();
  }
}

const REPLICATION_TRIES = 20;

/** Threads that were interrupted connect again by themselves, an attempt a second; the next case needs them. */
async function replicates(cluster: Cluster): Promise<void> {
  const { replication } = cluster.topology;
  for (let attempt = 0; attempt < REPLICATION_TRIES; attempt += 1) {
    const caughtUp = await cluster.quiesce(seconds(5));
    const states = cluster.eventsOf("replication").slice(-replication.length);
    const running = states.every((state) => state.receiverRunning && state.applierRunning);
    if (caughtUp && running) return;
    await cluster.sleepUntil(cluster.nowUs() + seconds(1));
  }
  fail("replication does not run on every edge and catch up");
}
