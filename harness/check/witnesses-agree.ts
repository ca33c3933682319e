/**
 * Promise: netlink in the node and packets on the wire tell the same time for every move that
 * keepalived made: it announces the VIP right after adding it.
 */
import { formatSeconds, milliseconds } from "../core/time.ts";
import { only, type EventOf } from "../history/events.ts";
import { judgedSpan } from "../history/queries.ts";
import { vipAddresses } from "../topology/resolve.ts";
import { inconclusive, pass, setting, type Checker } from "./checker.ts";

/** Two paths from one kernel, one through a busy user process. */
const AGREE_MS_MAX = 25;

export const witnessesAgree: Checker = {
  name: "witnesses-agree",
  promise: "netlink and packet captures agree on the moment of every move",
  precondition: true,
  settings: { maxMs: "number" },
  judge: (subject) => {
    const { events, topology } = subject;
    const span = judgedSpan(events);
    const vips = new Set(vipAddresses(topology));
    const announced = only(events, "arp").filter((event) => event.gratuitous);
    const moves = only(events, "address").filter(
      (event) =>
        event.action === "added" &&
        vips.has(event.address) &&
        span !== undefined &&
        event.tUs >= span.startUs &&
        !byHand(event, only(events, "fault")) &&
        !muted(event, only(events, "fault")),
    );
    const gapsUs = moves.map((move) => {
      const nearest = announced
        .filter((arp) => arp.sender === move.node && arp.senderAddress === move.address)
        .map((arp) => Math.abs(arp.tUs - move.tUs));
      return { move, gapUs: Math.min(...nearest, Number.MAX_SAFE_INTEGER) };
    });
    const limitUs = milliseconds(setting(subject, "maxMs", AGREE_MS_MAX));
    const worst = gapsUs.toSorted((a, b) => b.gapUs - a.gapUs)[0];
    if (worst === undefined) return pass("no move to compare");
    const facts = { worstUs: worst.gapUs, moves: moves.length };
    if (worst.gapUs > limitUs) {
      return inconclusive(
        `netlink and packets differ by more than ${formatSeconds(limitUs)} on the move to ${worst.move.node}`,
        [worst.move.seq],
        facts,
      );
    }
    return pass(
      `netlink and packets agree within ${(worst.gapUs / 1000).toFixed(1)} ms on ${moves.length} ${moves.length === 1 ? "move" : "moves"}`,
      moves.map((move) => move.seq),
      facts,
    );
  },
};

/** Faults that swallow announcements on their way out, before a capture at the node sees them. */
const MUTING: ReadonlySet<string> = new Set(["garp-blocked", "cut", "packets-lost"]);

/** The node's announcements are swallowed at that moment: what is not on the wire is no witness. */
function muted(move: EventOf<"address">, faults: readonly EventOf<"fault">[]): boolean {
  return faults.some(
    (event) =>
      MUTING.has(event.fault.kind) &&
      !("direction" in event.fault && event.fault.direction === "in") &&
      event.action === "inject" &&
      event.edge === "begin" &&
      event.node === move.node &&
      event.tUs <= move.tUs &&
      !faults.some(
        (other) =>
          other.step === event.step &&
          other.action === "heal" &&
          other.edge === "begin" &&
          other.tUs <= move.tUs,
      ),
  );
}

/** An address that a fault put there is announced by nobody. */
function byHand(move: EventOf<"address">, faults: readonly EventOf<"fault">[]): boolean {
  return faults.some(
    (event) =>
      event.fault.kind === "address-added" &&
      event.action === "inject" &&
      event.node === move.node &&
      Math.abs(event.tUs - move.tUs) < milliseconds(500),
  );
}
