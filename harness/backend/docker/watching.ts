/** An observer counts once it has shown that it sees something; one that never does ends the run. */
import { HarnessError } from "../../core/errors.ts";
import { formatSeconds, seconds, type Us } from "../../core/time.ts";

/** A bound and not a measurement: a few hundred milliseconds on a quiet machine. */
const READY_BOUND_US = seconds(10);

type Until = (holds: () => boolean, boundUs: Us) => Promise<boolean>;

/** False when the bound has passed. */
export function watches(
  context: { readonly until: Until },
  holds: () => boolean,
): Promise<boolean> {
  return context.until(holds, READY_BOUND_US);
}

export function notWatching(observer: string, said = "nothing could be proven"): HarnessError {
  const bound = formatSeconds(READY_BOUND_US);
  return new HarnessError(
    "OBSERVER_NOT_WATCHING",
    `${observer} was not watching after ${bound}; ${said}`,
  );
}
