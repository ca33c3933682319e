import { describe, expect, it } from "vitest";
import { seconds } from "../core/time.ts";
import { after, when, type Step } from "../fault/schedule.ts";
import type { TimedEvent } from "../history/events.ts";
import { fakeCluster, type FakeCluster, type Script } from "../testing/cluster.ts";
import { scenario } from "../testing/record.ts";
import { CUT, MYSQLD_KILLED } from "../testing/stories.ts";
import { VIP } from "../testing/topology.ts";
import { nemesis, type Nemesis } from "./nemesis.ts";
import { concreteSchedule } from "./schedule.ts";

const FAULT: Step = { id: "fault", when: after(seconds(0.5)), fault: MYSQLD_KILLED };
const SECOND: Step = { id: "second", when: after(0), fault: CUT };
const MOVED: Step = { id: "moved", when: when("vip-moved", seconds(12)) };

const vip = (node: string, action: "added" | "removed", atSeconds: number): TimedEvent => ({
  kind: "address",
  node,
  interface: "eth0",
  address: VIP,
  action,
  tUs: seconds(atSeconds),
});

/** db1 has the VIP; 2 s after the fault it is on db2. */
const MOVES: Script = {
  future: [vip("db1", "added", 0)],
  consequences: (step) =>
    step === "fault" ? [vip("db1", "removed", 1.4), vip("db2", "added", 2)] : [],
};

async function walked(
  script: Script,
  steps: readonly Step[],
): Promise<{ cluster: FakeCluster; walker: Nemesis; shown: string[] }> {
  const cluster = fakeCluster(script);
  const shown: string[] = [];
  const walker = nemesis(cluster, "db1", (text) => shown.push(text));
  await cluster.sleepUntil(0);
  await walker.walk(concreteSchedule(scenario({ disturb: steps }), 1));
  return { cluster, walker, shown };
}

const stepsOf = (cluster: FakeCluster): [string, boolean, number][] =>
  cluster.eventsOf("step").map(({ step, met, tUs }) => [step, met, tUs / seconds(1)]);

interface FailingReceipt {
  readonly receipt: () => Promise<never>;
  readonly fail: (error: Error) => void;
}

/** A receipt that is still being taken, and can be made to fail. */
function failingReceipt(): FailingReceipt {
  let fail: (error: Error) => void = () => undefined;
  const receipt = new Promise<never>((_resolve, reject) => {
    fail = reject;
  });
  // As every backend does: one that fails before it is asked for must not end the process.
  receipt.catch(() => undefined);
  return { receipt: () => receipt, fail };
}

describe("walking a schedule", () => {
  it("injects at its time, waits for the move, and records both", async () => {
    const { cluster } = await walked(MOVES, [FAULT, MOVED]);
    expect(cluster.calls).toEqual(["0.500 inject fault"]);
    expect(stepsOf(cluster)).toEqual([
      ["fault", true, 0.5],
      ["moved", true, 2.5],
    ]);
  });

  it("says what it waits for and what it does", async () => {
    const { shown } = await walked(MOVES, [FAULT, MOVED]);
    expect(shown).toEqual([
      "fault: waiting for 0.500 s to pass",
      "fault: kill -9 mysqld on the holder",
      "moved: waiting for the VIP to be on another node, and only there",
    ]);
  });

  it("goes on after the bound when a condition does not come true, and says so", async () => {
    const stays = { future: [vip("db1", "added", 0)] };
    const { cluster } = await walked(stays, [
      FAULT,
      MOVED,
      { id: "after", when: after(seconds(1)) },
    ]);
    expect(stepsOf(cluster)).toEqual([
      ["fault", true, 0.5],
      ["moved", false, 12.5],
      ["after", true, 13.5],
    ]);
  });

  it("waits longer after a condition when asked to", async () => {
    const lingering: Step = { id: "moved", when: when("vip-moved", seconds(12), seconds(3)) };
    const { cluster } = await walked(MOVES, [FAULT, lingering]);
    expect(cluster.nowUs()).toBe(seconds(5.5));
  });

  it("draws nothing: it waits as long as the concrete schedule says", async () => {
    const cluster = fakeCluster(MOVES);
    const step: Step = { id: "x", when: after(seconds(1), seconds(9)) };
    await nemesis(cluster, "db1", () => undefined).walk([
      { phase: "disturb", step, delayUs: seconds(4) },
    ]);
    expect(cluster.nowUs()).toBe(seconds(4));
  });
});

describe("healing", () => {
  it("heals in the order of injection, and only once", async () => {
    const { cluster, walker } = await walked(MOVES, [FAULT, SECOND]);
    await walker.healAll();
    await walker.healAll();
    expect(cluster.calls).toEqual([
      "0.500 inject fault",
      "0.500 inject second",
      "0.500 heal fault",
      "0.500 heal second",
    ]);
  });

  it("leaves alone what has nothing to heal", async () => {
    const { heal: _none, ...action } = await fakeCluster().inject("x", CUT);
    const cluster = fakeCluster();
    const walker = nemesis({ ...cluster, inject: () => Promise.resolve(action) }, "db1", () => {});
    await walker.walk([{ phase: "recover", step: SECOND, delayUs: 0 }]);
    await walker.healAll();
    expect(cluster.calls).toEqual([]);
  });

  it("records a receipt that could not be taken as not confirmed, and heals all the same", async () => {
    const { receipt, fail } = failingReceipt();
    const script: Script = { ...MOVES, injections: { fault: { receipt } } };
    const { cluster, walker } = await walked(script, [FAULT]);
    fail(new Error("docker exec: no such container"));
    // An unhandled rejection is reported by the event loop's next turn, and would fail this test.
    await new Promise((resolve) => setImmediate(resolve));
    await walker.healAll();
    expect(cluster.eventsOf("receipt").map(({ step, receipt }) => [step, receipt])).toEqual([
      ["fault", { confirmed: false, proof: "docker exec: no such container", facts: {} }],
    ]);
    expect(cluster.calls.at(-1)).toBe("0.500 heal fault");
  });

  // What is in force is forgotten before it is healed: after an error the rest is healed by nobody.
  it("heals the others when one cannot be healed", async () => {
    const broken = { heal: () => Promise.reject(new Error("nft: no such table")) };
    const { cluster, walker } = await walked({ ...MOVES, injections: { fault: broken } }, [
      FAULT,
      SECOND,
    ]);
    await walker.healAll().catch(() => undefined);
    await walker.healAll().catch(() => undefined);
    expect(cluster.calls.at(-1)).toBe("0.500 heal second");
  });
});
