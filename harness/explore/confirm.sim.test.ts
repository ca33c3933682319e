/** Confirming, with the simulator in the place of containers: the same world, and one that is otherwise. */
import { describe, expect, it } from "vitest";
import type { Backend } from "../backend/backend.ts";
import { simBackend } from "../backend/sim/backend.ts";
import { dualScript } from "../../scenarios/shared/dual-script.ts";
import { confirm, type Confirmation } from "./confirm.ts";
import { underLoad } from "./examine.ts";
import { scenarioOf } from "./plan.ts";
import { noSplitBrain } from "./properties/no-split-brain.ts";
import { NOWHERE } from "./runner.ts";
import { exploreTopology, settingFor } from "./target.ts";
import { meddled } from "./testing/planted.ts";

const pair = dualScript();
const setting = settingFor("dual-script", pair, exploreTopology(pair, "sid"));
const fault = { kind: "vrrp-blocked", node: { name: "db1" }, direction: "both" } as const;
const plan = {
  faults: [{ key: "vrrp-blocked both@db1", fault, atUs: 1_000_000 }],
  watchUs: 10_000_000,
};

function confirmedOn(backend: Backend, image = "sid"): Promise<Confirmation> {
  return confirm({
    scenario: underLoad(scenarioOf(setting, plan)),
    property: noSplitBrain,
    kind: "two writable holders",
    simulated: { setting, backend: simBackend(), image, seed: 1 },
    backend,
    times: 2,
    directoryOf: () => NOWHERE,
    progress: () => undefined,
  });
}

describe("confirming a finding", () => {
  it("counts the runs that show it, and how far the first move is from the computed one", async () => {
    const { shown, of, voids, firstMoveUs } = await confirmedOn(simBackend());
    expect({ shown, of, voids }).toEqual({ shown: 2, of: 2, voids: [] });
    expect(firstMoveUs?.measured).toHaveLength(2);
    expect(firstMoveUs?.measured[0]).toBe(firstMoveUs?.simulated);
  });

  it("says what is seen instead where it is not there", async () => {
    const oneCannotWrite = meddled(({ hosts }) => {
      for (const host of hosts.filter(({ name }) => name === "db2")) host.service("mysql", "stop");
    });
    const { shown, of, instead } = await confirmedOn(oneCannotWrite);
    expect({ shown, of, instead }).toEqual({ shown: 0, of: 2, instead: ["nothing", "nothing"] });
  });

  it("leaves out what proves nothing, with the reason", async () => {
    const broken: Backend = {
      ...simBackend(),
      prepare: () => Promise.reject(new Error("no room for a cluster")),
    };
    const { shown, of, voids } = await confirmedOn(broken);
    expect({ shown, of }).toEqual({ shown: 0, of: 0 });
    expect(voids).toEqual(["no room for a cluster", "no room for a cluster"]);
  });
});
