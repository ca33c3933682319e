/** A run whose fault was announced and not carried out is void, for every kind of fault. */
import { describe, expect, it } from "vitest";
import { worldOf } from "../backend/conformance/sabotage.ts";
import { seconds } from "../core/time.ts";
import { definitions } from "../fault/facts.ts";
import { after } from "../fault/schedule.ts";
import { scenario } from "../testing/record.ts";
import { simulate } from "../testing/simulated.ts";
import { topologyOf } from "../testing/worlds.ts";

describe.each(definitions().map((definition) => [definition.kind, definition] as const))(
  "%s",
  (kind, { examples }) => {
    it.each(examples)("%j, not carried out, voids the run", async (fault) => {
      const drill = scenario({
        topology: topologyOf(worldOf(kind)),
        warmUpUs: seconds(1),
        disturb: [
          { id: "fault", when: after(seconds(0.5)), fault: { kind: "sabotaged", fault } },
          { id: "watch", when: after(seconds(1)) },
        ],
        recover: [],
      });
      const { result } = await simulate(drill);
      const objections = result.preconditions.filter(({ verdict }) => verdict !== "pass");
      expect([result.outcome, objections.map(({ checker }) => checker)]).toEqual([
        "inconclusive",
        ["fault-confirmed"],
      ]);
    });
  },
);
