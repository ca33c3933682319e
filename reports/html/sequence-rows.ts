/** What may be told in the sequence, each as a row: packets, what happened on a node, what clients saw, two holders. */
import {
  durationUs,
  formatSeconds,
  milliseconds,
  type Interval,
  type Us,
} from "../../harness/core/time.ts";
import { only, type Event } from "../../harness/history/events.ts";
import { holdings, overlaps } from "../../harness/history/queries.ts";
import { serversOf } from "../../harness/timing/failover.ts";
import { onlyRouter, vipAddresses, type ResolvedTopology } from "../../harness/topology/resolve.ts";
import type { ReportedRun } from "../reported.ts";
import { faultWords, mainOutage } from "./answers.ts";
import {
  advertMessages,
  garpMessages,
  type AdvertMessage,
  type GarpMessage,
} from "./sequence-messages.ts";

export const CLIENTS = "clients";

export type RowLook =
  | "advert"
  | "goodbye"
  | "garp"
  | "answer"
  | "write"
  | "fault"
  | "healed"
  | "vip"
  | "state"
  | "mysqld"
  | "alarm"
  | "more";

export interface SequenceRow {
  /** On the clock of the run. */
  readonly tUs: Us;
  readonly look: RowLook;
  readonly words: string;
  readonly seq: number;
  /** A message has both; what happens on a node has `from` alone; what is left out may have neither. */
  readonly from?: string;
  readonly to?: readonly string[];
}

/** A row, and whether it may be told together with others of its kind. */
export interface Draft {
  readonly row: SequenceRow;
  readonly routine?: { readonly noun: string };
}

/** What belongs into the span, in order of time. */
export function draftsOf(run: ReportedRun, topology: ResolvedTopology, span: Interval): Draft[] {
  const { events } = run;
  const several = topology.routers.length > 1;
  const inside = ({ row }: Draft): boolean => row.tUs >= span.startUs && row.tUs <= span.endUs;
  return [
    ...advertDrafts(events, topology, several, span),
    ...garpDrafts(events, topology, several),
    ...localDrafts(events, topology),
    ...clientDrafts(run),
    ...alarmRows(run, topology).map((row) => ({ row })),
  ]
    .filter(inside)
    .sort((a, b) => a.row.tUs - b.row.tUs || a.row.seq - b.row.seq);
}

/** An advert this much later than the one before it, in intervals, ends a silence. */
const SILENCE = 2.5;

function advertDrafts(
  events: readonly Event[],
  topology: ResolvedTopology,
  several: boolean,
  span: Interval,
): Draft[] {
  const intervals = new Map(topology.routers.map((item) => [item.vrid, item.advertIntUs]));
  const all = advertMessages(events, intervals).filter(
    (item) => item.tUs >= span.startUs && item.tUs <= span.endUs,
  );
  const streams = Map.groupBy(all, (item) => `${item.vrid} ${item.from}`);
  return [...streams.values()].flatMap((stream) =>
    stream.map((message, index): Draft => {
      const [before, after] = [stream[index - 1], stream[index + 1]];
      const silentUs = SILENCE * (intervals.get(message.vrid) ?? 0);
      const begins =
        before === undefined || differs(before, message) || message.tUs - before.tUs > silentUs;
      const ends =
        after === undefined
          ? span.endUs - message.tUs > silentUs
          : differs(message, after) || after.tUs - message.tUs > silentUs;
      const news = message.priority === 0 || begins || ends;
      const row = advertRow(message, several);
      return news ? { row } : { row, routine: { noun: `VRRP advert of ${message.from}` } };
    }),
  );
}

function differs(a: AdvertMessage, b: AdvertMessage): boolean {
  return a.priority !== b.priority || a.to.length !== b.to.length;
}

function advertRow(message: AdvertMessage, several: boolean): SequenceRow {
  const { tUs, seq, from, to, priority, vrid } = message;
  const which = several ? `, router ${vrid}` : "";
  const nobody = to.length === 0 ? ", seen by nobody else" : "";
  return priority === 0
    ? {
        tUs,
        seq,
        from,
        to,
        look: "goodbye",
        words: `VRRP advert, priority 0: goodbye${which}${nobody}`,
      }
    : {
        tUs,
        seq,
        from,
        to,
        look: "advert",
        words: `VRRP advert, priority ${priority}${which}${nobody}`,
      };
}

/** Announcements closer together than this are one burst (keepalived sends five in a row). */
const BURST_US = milliseconds(500);

function garpDrafts(
  events: readonly Event[],
  topology: ResolvedTopology,
  several: boolean,
): Draft[] {
  const vips = new Set(vipAddresses(topology));
  const streams = Map.groupBy(garpMessages(events, vips), (item) => `${item.from} ${item.address}`);
  return [...streams.values()].flatMap((stream) =>
    bursts(stream).map((burst, index, all): Draft => {
      const [first] = burst;
      const added = only(events, "address").findLast(
        (event) =>
          event.node === first.from &&
          event.address === first.address &&
          event.action === "added" &&
          event.tUs <= first.tUs,
      );
      const before = all[index - 1]?.[0];
      const again = before !== undefined && added !== undefined && before.tUs >= added.tUs;
      const times = burst.length === 1 ? "" : `, ${burst.length} times`;
      const which = several ? ` for ${first.address}` : "";
      const row: SequenceRow = {
        tUs: first.tUs,
        seq: first.seq,
        from: first.from,
        to: first.to,
        look: "garp",
        words: `gratuitous ARP${which}: the VIP is here${times}`,
      };
      return again ? { row, routine: { noun: `announcement by ARP of ${first.from}` } } : { row };
    }),
  );
}

function bursts(stream: readonly GarpMessage[]): [GarpMessage, ...GarpMessage[]][] {
  const found: [GarpMessage, ...GarpMessage[]][] = [];
  for (const item of stream) {
    const last = found.at(-1);
    if (last !== undefined && item.tUs - last[0].tUs <= BURST_US) last.push(item);
    else found.push([item]);
  }
  return found;
}

function localDrafts(events: readonly Event[], topology: ResolvedTopology): Draft[] {
  const vips = new Set(vipAddresses(topology));
  const faults = only(events, "fault")
    .filter((event) => event.edge === "begin")
    .map((event): SequenceRow => {
      const healed = event.action === "heal";
      const words = healed ? `healed: ${faultWords(event)}` : `FAULT: ${faultWords(event)}`;
      return {
        tUs: event.tUs,
        seq: event.seq,
        from: event.node,
        look: healed ? "healed" : "fault",
        words,
      };
    });
  const addresses = only(events, "address")
    .filter((event) => vips.has(event.address))
    .map((event): SequenceRow => ({
      tUs: event.tUs,
      seq: event.seq,
      from: event.node,
      look: "vip",
      words: event.action === "added" ? "has the VIP" : "the VIP is gone",
    }));
  return [...faults, ...addresses, ...stateRows(events), ...mysqldRows(events)].map((row) => ({
    row,
  }));
}

/** keepalived 2.2 and 2.3 log `(VI_1) Entering MASTER STATE` on every change of state. */
const ENTERING = /Entering (\w+) STATE/;

function stateRows(events: readonly Event[]): SequenceRow[] {
  return only(events, "log").flatMap((event): SequenceRow[] => {
    const state = /^keepalived/i.test(event.program) ? ENTERING.exec(event.text)?.[1] : undefined;
    return state === undefined
      ? []
      : [
          {
            tUs: event.tUs,
            seq: event.seq,
            from: event.node,
            look: "state",
            words: `keepalived: now ${state}`,
          },
        ];
  });
}

function mysqldRows(events: readonly Event[]): SequenceRow[] {
  const states = new Map<string, string>();
  return only(events, "mysqld").flatMap((event): SequenceRow[] => {
    const before = states.get(event.node);
    states.set(event.node, event.state);
    if (before === undefined || before === event.state) return [];
    const words =
      event.state === "unresponsive" ? "mysqld does not answer" : `mysqld is ${event.state}`;
    return [{ tUs: event.tUs, seq: event.seq, from: event.node, look: "mysqld", words }];
  });
}

/** A hand-over has two holders for a moment; longer than this it is worth a line. */
const TOGETHER_US_MIN = milliseconds(100);

function alarmRows({ events }: ReportedRun, topology: ResolvedTopology): SequenceRow[] {
  const vip = onlyRouter(topology).vips[0]?.address ?? "";
  return overlaps(holdings(events, vip))
    .filter((item) => durationUs(item) >= TOGETHER_US_MIN)
    .flatMap((item): SequenceRow[] => {
      const { first, second, startUs, endUs } = item;
      const seqAt = (tUs: Us): number =>
        events.find((event) => event.kind === "address" && event.tUs === tUs)?.seq ?? 0;
      const names = `${first.node} and ${second.node}`;
      const begin: SequenceRow = {
        tUs: startUs,
        seq: seqAt(startUs),
        look: "alarm",
        words: `from here ${names} both have the VIP`,
      };
      const end: SequenceRow = {
        tUs: endUs,
        seq: seqAt(endUs),
        look: "alarm",
        words: `until here, for ${formatSeconds(endUs - startUs)}, both had the VIP`,
      };
      return first.open && second.open ? [begin] : [begin, end];
    });
}

/** The edges of what clients missed, and the first sign of the new holder. */
function clientDrafts(run: ReportedRun): Draft[] {
  const { failover } = run.result;
  const outage = mainOutage(run);
  const answer = failover?.stages["tcp-answer"];
  const write = failover?.stages["first-write"];
  const rows: SequenceRow[] = [];
  if (outage?.last !== undefined) {
    rows.push(clientRow(outage.last, outage.last.node, "last write acknowledged"));
  }
  if (failover !== undefined && answer !== undefined) {
    const server = only(run.events, "tcp").find((event) => event.seq === answer.event)?.sender;
    rows.push({
      tUs: answer.tUs,
      seq: answer.event,
      from: server ?? failover.to,
      to: [CLIENTS],
      look: "answer",
      words: "first connection answered (SYN-ACK)",
    });
  }
  if (failover !== undefined && write !== undefined) {
    rows.push(
      clientRow(
        { tUs: write.tUs, seq: write.event },
        serverBehind(run, write.event) ?? failover.to,
        "first write acknowledged",
      ),
    );
  } else if (outage?.first !== undefined) {
    rows.push(clientRow(outage.first, outage.first.node, "writes acknowledged again"));
  }
  return rows.map((row) => ({ row }));
}

/** Behind a director it is not the holder that answers. */
function serverBehind({ events }: ReportedRun, seq: number): string | undefined {
  const event = only(events, "complete").find((item) => item.seq === seq);
  return serversOf(events).get(event?.server ?? "");
}

function clientRow(
  { tUs, seq }: { readonly tUs: Us; readonly seq: number },
  node: string | undefined,
  words: string,
): SequenceRow {
  const row = { tUs, seq, look: "write" as const, words };
  return node === undefined ? { ...row, from: CLIENTS } : { ...row, from: node, to: [CLIENTS] };
}
