/** The properties that can be named, in the order in which they are judged. */
import { InputError } from "../core/errors.ts";
import { failoverWithinPrediction } from "./properties/failover-within-prediction.ts";
import { noAcknowledgedWriteLost } from "./properties/no-acknowledged-write-lost.ts";
import { noFlapping } from "./properties/no-flapping.ts";
import { noSplitBrain } from "./properties/no-split-brain.ts";
import { onlyTheHolderAnswers } from "./properties/only-the-holder-answers.ts";
import { preemptionAsConfigured } from "./properties/preemption-as-configured.ts";
import { returnsToSteadyState } from "./properties/returns-to-steady-state.ts";
import { vipAvailable } from "./properties/vip-available.ts";
import type { Property } from "./property.ts";

export const PROPERTIES: readonly Property[] = [
  noSplitBrain,
  noAcknowledgedWriteLost,
  vipAvailable,
  failoverWithinPrediction,
  preemptionAsConfigured,
  returnsToSteadyState,
  noFlapping,
  onlyTheHolderAnswers,
];

export function propertiesCalled(
  names: readonly string[],
  known: readonly Property[] = PROPERTIES,
): readonly Property[] {
  if (names.length === 0) return known;
  return names.map((name) => {
    const found = known.find((property) => property.name === name);
    if (found !== undefined) return found;
    throw new InputError(
      "PROPERTY_UNKNOWN",
      `there is no property called ${name}; there are ${known.map((item) => item.name).join(", ")}`,
    );
  });
}
