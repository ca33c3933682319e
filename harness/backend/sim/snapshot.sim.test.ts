/**
 * Fixed seeds give fixed histories, down to the byte: a change of these sums is a change of the model,
 * which is meant or is a mistake. `npx vitest run --project sim harness/backend/sim/snapshot.sim.test.ts -u`
 * writes new ones.
 */
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { CATALOGUE } from "../../../scenarios/catalogue.ts";
import { encodeHistory } from "../../history/codec.ts";
import { simulate } from "../../testing/simulated.ts";
import { SIMULATED_IMAGES } from "./backend.ts";

describe("the history of seed 7", () => {
  it.each(SIMULATED_IMAGES)("%s", async (image) => {
    const sums: Record<string, string> = {};
    for (const scenario of CATALOGUE) {
      const { events } = await simulate(scenario, { seed: 7, image });
      const sum = createHash("sha256").update(encodeHistory(0, events)).digest("hex");
      sums[scenario.name] = `${events.length} events, ${sum.slice(0, 16)}`;
    }
    expect(sums).toMatchSnapshot();
  });
});
