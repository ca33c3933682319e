/**
 * Spans in which a capture saw nothing because its interface was away, and why that does not spoil a run.
 *
 * A capture ends when its interface goes down. One that is going to come back says `ended` with the detail
 * `comesBack`, and `watching` with `again` when it is there. A fault that takes the interface explains the
 * first; a capture has to be back soon after that is healed. What a node sends or hears while it has no interface
 * is nothing, so that nothing is missed but the moment in which the capture begins anew; the segment is
 * watched from another place all the time.
 */
import type { JsonObject } from "../core/json.ts";
import { formatSeconds, seconds, type Us } from "../core/time.ts";
import { plainOf } from "../fault/facts.ts";
import { only, type Event } from "../history/events.ts";

export interface BlindSpan {
  readonly observer: string;
  readonly startUs: Us;
  /** Absent: it did not come back. */
  readonly endUs?: Us;
  readonly evidence: readonly number[];
}

const TAKES_INTERFACE: ReadonlySet<string> = new Set(["interface-down", "network-disconnected"]);

/** A look at the interface, then a container command and the start of tcpdump on a busy machine. */
const BACK_WITHIN_US: Us = seconds(10);

export function blindSpans(events: readonly Event[]): BlindSpan[] {
  const all = only(events, "observer");
  return all.flatMap((event, index) => {
    if (event.state !== "ended" || event.detail?.["comesBack"] !== true) return [];
    const back = all
      .slice(index + 1)
      .find((later) => later.observer === event.observer && later.state === "watching");
    const begun = { observer: event.observer, startUs: event.tUs };
    return back === undefined
      ? [{ ...begun, evidence: [event.seq] }]
      : [{ ...begun, endUs: back.tUs, evidence: [event.seq, back.seq] }];
  });
}

/** What is wrong with it; nothing when a fault explains it. */
export function unexplained(span: BlindSpan, events: readonly Event[]): string | undefined {
  const faults = only(events, "fault").filter(
    (event) =>
      TAKES_INTERFACE.has(plainOf(event.fault).kind) && span.observer.endsWith(` at ${event.node}`),
  );
  const taken = faults.findLast(
    (event) => event.action === "inject" && event.edge === "begin" && event.tUs <= span.startUs,
  );
  const healed = faults.find(
    (event) => event.step === taken?.step && event.action === "heal" && event.edge === "end",
  );
  if (taken === undefined) return "no fault took its interface";
  if (span.endUs === undefined) return "it did not come back";
  if (healed !== undefined && healed.tUs < span.startUs) return "its interface was there again";
  return healed !== undefined && span.endUs - healed.tUs > BACK_WITHIN_US
    ? `it came back only ${formatSeconds(span.endUs - healed.tUs)} after its interface`
    : undefined;
}

export function blindWords({ observer, startUs, endUs }: BlindSpan): string {
  const until = endUs === undefined ? "on" : `to ${formatSeconds(endUs)}`;
  return `${observer} saw nothing from ${formatSeconds(startUs)} ${until}`;
}

export function blindFact({ observer, startUs, endUs }: BlindSpan): JsonObject {
  return { observer, startUs, endUs: endUs ?? null };
}
