/** What happened in a run, as lines with times: faults, the VIP, VRRP states, servers, clients. */
import { formatOffset, type Us } from "../core/time.ts";
import { describeFault, describeHealing, plainOf } from "../fault/facts.ts";
import { only, type Event } from "../history/events.ts";
import { vipAddresses } from "../topology/resolve.ts";
import type { ExploredRun } from "./property.ts";
import { watched } from "./properties/spans.ts";

/** More than this is no longer read. */
const LINES_MAX = 40;

export function timelineOf(run: ExploredRun): string[] {
  const { startUs, endUs } = watched(run);
  const vips = vipAddresses(run.topology);
  const lines = [
    ...run.events
      .filter(({ tUs }) => tUs >= startUs && tUs <= endUs)
      .flatMap((event) => {
        const text = wordsOf(event, vips);
        return text === undefined ? [] : [{ tUs: event.tUs, text }];
      }),
    ...clients(run),
  ].sort((a, b) => a.tUs - b.tUs);
  const shown = lines.slice(0, LINES_MAX);
  const rest = lines.length - shown.length;
  return [
    ...shown.map(({ tUs, text }) => `${formatOffset(tUs - startUs)}  ${text}`),
    ...(rest > 0 ? [`           and ${rest} more`] : []),
  ];
}

const STATE = /Entering (BACKUP|MASTER|FAULT) STATE|^Stopped Keepalived/;

function wordsOf(event: Event, vips: readonly string[]): string | undefined {
  switch (event.kind) {
    case "fault": {
      if (event.edge !== "begin") return undefined;
      const { fault, step, action } = event;
      return action === "inject"
        ? `${step}: ${describeFault(fault)}`
        : `${step} undone: ${describeHealing(plainOf(fault))}`;
    }
    case "address":
      if (!vips.includes(event.address)) return undefined;
      return event.action === "added"
        ? `${event.node} has the VIP`
        : `${event.node} has it no more`;
    case "log":
      if (!/^keepalived/i.test(event.program) || !STATE.test(event.text)) return undefined;
      return `${event.node} keepalived: ${event.text}`;
    case "mysqld":
      return `${event.node} mysqld: ${event.state}${event.writable === false ? ", read-only" : ""}`;
    default:
      return undefined;
  }
}

/** Where clients had no answer for a second or more. */
function clients(run: ExploredRun): { readonly tUs: Us; readonly text: string }[] {
  const { startUs, endUs } = watched(run);
  const answered = only(run.events, "complete").filter(
    ({ lane, outcome, tUs }) => lane === "fresh" && outcome === "ok" && tUs <= endUs,
  );
  const found: { readonly tUs: Us; readonly text: string }[] = [];
  let beforeUs = startUs;
  for (const tUs of [...answered.map((event) => event.tUs), endUs]) {
    if (tUs - beforeUs >= SILENCE_US && tUs > startUs) {
      found.push({ tUs: Math.max(beforeUs, startUs), text: "clients get no answer" });
      if (tUs < endUs) found.push({ tUs, text: "clients are answered again" });
    }
    beforeUs = Math.max(beforeUs, tUs);
  }
  return found;
}

const SILENCE_US: Us = 1_000_000;
