/** Whether somebody has written a scenario with the same faults already, whatever its times. */
import { compareText } from "../core/text.ts";
import { plainOf } from "../fault/facts.ts";
import type { PlainFault } from "../fault/fault.ts";
import { isFaultStep } from "../fault/schedule.ts";
import type { Scenario } from "../scenario/scenario.ts";
import type { Plan } from "./plan.ts";

/** Its name; absent: nobody has. */
export function writtenAs(
  { faults, changes = [] }: Plan,
  scenarios: readonly Scenario[],
): string | undefined {
  if (changes.length > 0) return undefined;
  const wanted = kindsOf(faults.map(({ fault }) => fault));
  return scenarios.find(
    ({ disturb }) =>
      kindsOf(disturb.filter(isFaultStep).map(({ fault }) => plainOf(fault))) === wanted,
  )?.name;
}

function kindsOf(faults: readonly PlainFault[]): string {
  return faults
    .map((fault) =>
      "service" in fault
        ? `${fault.kind} ${fault.service}`
        : "direction" in fault && fault.kind === "vrrp-blocked"
          ? `${fault.kind} ${fault.direction}`
          : fault.kind,
    )
    .sort(compareText)
    .join(" + ");
}
