/** A run as large as one wants: a good failover whose clients, packets and logs go on and on. */
import type { EventBody, TimedEvent } from "../../harness/history/events.ts";
import { sequence } from "../../harness/history/codec.ts";
import { goodFailover } from "../../harness/testing/stories.ts";
import { VIP, VRID } from "../../harness/testing/topology.ts";
import type { ReportedRun } from "../reported.ts";
import { reportedRun } from "./runs.ts";

/** Microseconds between two ticks of the added load; not round, as real times are not. */
const TICK_US = 7919;

export function largeRun(count: number): ReportedRun {
  const story = goodFailover().collected(9.5).events();
  const added: TimedEvent[] = [];
  for (let index = 0; story.length + added.length < count; index += 1) {
    const atUs = 1_000_000 + index * TICK_US;
    for (const [offset, body] of tick(index)) added.push({ ...body, tUs: atUs + offset });
  }
  const lastUs = added.at(-1)?.tUs ?? 0;
  const late = new Set(["quiesce", "collect"]);
  const stretched = story.map(({ seq: _seq, ...event }): TimedEvent => {
    const ends = event.kind === "phase" && (late.has(event.phase) || event.edge === "end");
    return { ...event, tUs: ends && event.tUs > 1_000_000 ? event.tUs + lastUs : event.tUs };
  });
  return reportedRun(sequence([...stretched, ...added]).slice(0, count));
}

/** What one tick of a fresh connection leaves behind, by microseconds after its begin. */
function tick(index: number): [number, EventBody][] {
  const op = 1_000_000 + index;
  const action = index % 2 === 0 ? "read" : "write";
  const noise = (index * 7817) % 997;
  const failed = index % 211 < 9;
  const operation = { op, lane: index % 3 === 0 ? "held" : "fresh", action } as const;
  const events: [number, EventBody][] = [
    [noise, { kind: "invoke", ...operation, ...(action === "write" ? { write: index } : {}) }],
    [noise + 211, { kind: "tcp", flag: "syn", vip: VIP }],
    [noise + 390, { kind: "tcp", flag: failed ? "rst" : "syn-ack", vip: VIP, sender: "db2" }],
    [
      noise + 3000 + ((index * 31) % 1777),
      failed
        ? { kind: "complete", ...operation, outcome: "failed", error: "ECONNREFUSED" }
        : { kind: "complete", ...operation, outcome: "ok", server: "uuid-db2" },
    ],
  ];
  if (index % 25 === 0) {
    const text = `connection ${index} of ${VIP} was looked at (${noise})`;
    events.push([noise + 17, { kind: "log", node: "db2", program: "mysqld", text }]);
  }
  if (index % 126 === 0) {
    const advert = { vrid: VRID, priority: 99, source: "198.18.7.12", sender: "db2" };
    for (const seenAt of ["db1", "db2", "segment"]) {
      events.push([noise + 23, { kind: "advert", ...advert, seenAt, addresses: [VIP] }]);
    }
  }
  return events;
}
