/** What is beside the client in the simulator: the mail sink and the monitors; and drills that do not come up. */
import { describe, expect, test } from "vitest";
import { seconds } from "../../core/time.ts";
import type { EventBody, TimedEventOf } from "../../history/events.ts";
import { simulatedCluster } from "../../testing/simulated.ts";
import { dualCheck } from "../../../scenarios/shared/dual-check.ts";
import { dualKill9 } from "../../../scenarios/shared/dual-kill9.ts";
import { defaultWorkload } from "../../workload/workload.ts";
import type { Topology } from "../../topology/topology.ts";
import type { Cluster } from "../backend.ts";
import { simBackend } from "./backend.ts";

const EVERY_US = seconds(1);

function monitored(script: string, everyUs = EVERY_US): Topology {
  return { ...dualCheck(), monitors: [{ name: "watch", everyUs, script }] };
}

/** Runs of the monitor in ten seconds of load, and its observer's states. */
async function runs(script: string, everyUs = EVERY_US) {
  const cluster = await simulatedCluster(monitored(script, everyUs));
  await cluster.sleepUntil(cluster.nowUs() + seconds(10));
  const stopUs = cluster.nowUs();
  await cluster.stopWorkload();
  const states = cluster
    .eventsOf("observer")
    .flatMap(({ observer, state }) => (observer === "monitors" ? [state] : []));
  return { runs: cluster.eventsOf("monitor"), states, cluster, stopUs };
}

describe("monitors", () => {
  test("run once a period, and tell exit code and output", async () => {
    const { runs: all, states } = await runs("echo hello; exit 3");
    expect(all.length).toBeGreaterThanOrEqual(9);
    expect(all[0]).toMatchObject({ monitor: "watch", exitCode: 3, output: "hello\n" });
    for (const [at, { beganUs }] of all.entries()) {
      if (at > 0) expect(beganUs - all[at - 1]!.beganUs).toBe(EVERY_US);
    }
    expect(states).toEqual(["watching", "ended"]);
  });

  test("wait for a slow run, and take a new one up at its end", async () => {
    const { runs: all } = await runs("sleep 2.5");
    expect(all.length).toBeGreaterThanOrEqual(3);
    for (const [at, { beganUs }] of all.entries()) {
      if (at > 0) expect(beganUs).toBe(all[at - 1]!.tUs);
    }
  });

  test("get three seconds to end a run when the load ends, and are then not heard", async () => {
    const { runs: all, states, cluster, stopUs } = await runs("sleep 30");
    expect(all).toEqual([]);
    expect(states).toEqual(["watching", "ended"]);
    expect(cluster.nowUs() - stopUs).toBeLessThan(seconds(4));
  });

  test("that ask for what the model has not end the run with the reason", async () => {
    await expect(runs("frobnicate --all")).rejects.toThrow(/the observer: line 1: frobnicate/);
  });
});

async function stateOf(topology: Topology, image: string): Promise<Cluster> {
  const cluster = await simBackend().prepare({
    topology,
    workload: defaultWorkload,
    settlesTo: "services-started",
    runId: "simulated",
    seed: 1,
    image,
    evidence: { append: () => undefined },
    progress: () => undefined,
  });
  await cluster.settle();
  await cluster.startWorkload();
  await cluster.sleepUntil(cluster.nowUs() + seconds(5));
  return cluster;
}

const of = <K extends EventBody["kind"]>(cluster: Cluster, kind: K): readonly TimedEventOf<K>[] =>
  cluster.eventsOf(kind);

describe.each(["sid", "trixie", "bookworm"])("services started, %s", (image) => {
  test("without ip_vs keepalived gives up, and the drill goes on without a holder", async () => {
    const cluster = await stateOf(dualKill9({ checked: true }), image);
    expect(of(cluster, "address")).toEqual([]);
    const logged = of(cluster, "log");
    for (const node of ["db1", "db2"]) {
      const own = logged.filter((event) => event.node === node).map(({ text }) => text);
      expect(own).toContain("IPVS: Can't initialize ipvs: No such file or directory");
      expect(own).toContain("start: exit code 0: Starting keepalived: keepalived.");
    }
    expect(of(cluster, "complete").every(({ outcome }) => outcome !== "ok")).toBe(true);
    await cluster.stopWorkload();
    expect(await cluster.quiesce(seconds(30))).toBe(true);
  });

  test("a pair that can come up does", async () => {
    const cluster = await stateOf(dualKill9(), image);
    expect(of(cluster, "address").map(({ node }) => node)).toEqual(["db1"]);
  });
});

describe("mail", () => {
  const alerted = (server: string): Topology => {
    const topology = dualCheck({ alerts: true });
    const changed = (text = ""): string => text.replaceAll("@{observer.address}", server);
    return {
      ...topology,
      nodes: topology.nodes.map((node) => ({ ...node, keepalived: changed(node.keepalived) })),
    };
  };

  test.each([
    ["127.0.0.1", "smtp fd 16 returned write error"],
    ["@{db2.address}", "smtp fd 16 returned write error"],
    ["198.18.0.77", "Timeout opening connection to remote SMTP server [198.18.0.77]:25."],
  ])("to %s is not taken, and the daemon says so once for each mail", async (server, words) => {
    const cluster = await simulatedCluster(alerted(server));
    await cluster.sleepUntil(cluster.nowUs() + seconds(31));
    expect(of(cluster, "mail")).toEqual([]);
    const said = of(cluster, "log").filter(({ text }) => /smtp/i.test(text));
    expect(said.map(({ text }) => text)).toEqual([words, words, words]);
  });

  test("reaches the sink, which is there only when somebody names it", async () => {
    const sink = (cluster: Cluster): number =>
      of(cluster, "observer").filter(({ observer }) => observer === "mail sink").length;
    const cluster = await simulatedCluster(alerted("@{observer.address}"));
    await cluster.sleepUntil(cluster.nowUs() + seconds(1));
    expect(of(cluster, "mail").map(({ sender }) => sender)).toEqual(["db1", "db2", "db1"]);
    expect(sink(cluster)).toBe(1);
    expect(sink(await simulatedCluster(dualCheck()))).toBe(0);
  });
});
