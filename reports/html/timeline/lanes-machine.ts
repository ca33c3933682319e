/** Log lines, and what is known of the machine and of the harness itself. */
import { milliseconds } from "../../../harness/core/time.ts";
import { only, type Event } from "../../../harness/history/events.ts";
import { formatMilliseconds } from "../../units.ts";
import { byName, type Lane, type LaneMark, type Source } from "./lane.ts";
import { shorten } from "./wire.ts";

const WORRYING = /\b(error|fail(ed|s|ure)?|warning|fatal|critical|segfault|timed out|killed)\b/i;

export function logLanes(source: Source): Lane[] {
  return byName(source, only(source.events, "log"), ({ node }) => node).map(([node, lines]) => ({
    group: "Log lines",
    label: `${node} log`,
    hint: "One tick for each line of its logs; tall when the line speaks of an error or a warning.",
    spans: [],
    marks: lines.map(({ tUs, seq, program, text }) => ({
      tUs,
      seq,
      look: WORRYING.test(text) ? "warn" : "note",
      text: `${program}: ${shorten(text)}`,
    })),
  }));
}

/** Less than this is what any busy machine does; checkers have limits of their own. */
const LATE_US_NOTABLE = milliseconds(10);

export function machineLanes(source: Source): Lane[] {
  const late = only(source.events, "jitter");
  const lanes: Lane[] = [];
  if (late.length > 0) {
    lanes.push({
      group: "Machine and harness",
      label: "machine was late",
      hint: "How late a timer of the observer's went off at worst within each span: times cannot be more exact than that.",
      size: "thin",
      spans: late
        .map(({ tUs, seq, lateUs, spanUs }) => ({
          startUs: Math.max(0, tUs - spanUs),
          endUs: tUs,
          seq,
          look: lateUs >= LATE_US_NOTABLE ? ("warn" as const) : ("quiet" as const),
          text: `up to ${formatMilliseconds(lateUs)} late`,
        }))
        .sort((a, b) => a.startUs - b.startUs),
      marks: [],
    });
  }
  const others = source.events.flatMap((event) => otherMark(source, event));
  if (others.length > 0) {
    lanes.push({
      group: "Machine and harness",
      label: "other events",
      hint: "Steps of the schedule, observers, monitors, mails, probes, and what was read at the end.",
      size: "thin",
      spans: [],
      marks: others,
    });
  }
  return lanes;
}

function otherMark(source: Source, event: Event): LaneMark[] {
  const mark = (text: string, look: LaneMark["look"] = "note"): LaneMark[] => [
    { tUs: event.tUs, seq: event.seq, text, look },
  ];
  switch (event.kind) {
    case "step":
      return event.met
        ? mark(`step ${event.step}: waited for ${event.waitedFor}`)
        : mark(`step ${event.step}: waited in vain for ${event.waitedFor}`, "failed");
    case "observer":
      return mark(`${event.observer}: ${event.state}`, event.state === "lost" ? "failed" : "tick");
    case "monitor":
      return mark(
        `monitor ${event.monitor}, exit code ${event.exitCode}`,
        event.exitCode === 0 ? "tick" : "warn",
      );
    case "mail":
      return mark(`mail from ${event.sender ?? event.from}: ${shorten(event.subject)}`, "event");
    case "multicast-probe":
      return mark(`multicast probe of ${event.sender}, seen at ${event.seenAt}`, "tick");
    case "address-dump":
      return mark(`addresses of ${event.node}: ${event.addresses.join(", ")}`);
    case "copy":
      return mark(`the table on ${event.node} was read`);
    case "clock":
      return mark("clocks compared", "tick");
    case "leftovers":
      return mark("looked for what was left behind");
    case "advert": {
      const ours = source.topology?.routers.some(({ vrid }) => vrid === event.vrid) === true;
      return ours ? [] : mark(`advert of VRID ${event.vrid} from ${event.source}`, "tick");
    }
    case "phase":
    case "fault":
    case "receipt":
    case "address":
    case "link":
    case "arp":
    case "neighbour":
    case "jitter":
    case "tcp":
    case "log":
    case "invoke":
    case "complete":
    case "mysqld":
    case "replication":
    case "ipvs":
      return [];
  }
}
