/**
 * What a run has shown of the model, as a set of small numbers: each state of the whole cluster that
 * occurred, and each step from one state to the next.
 *
 * A state is, for every node: what its keepalived says it is, whether it has the VIP, how its mysqld is, whether
 * anybody but itself hears its adverts; and which kinds of faults are in force. Read from the history alone,
 * so that it costs no hooks and is the same for every backend. Times are not in it.
 */
import { compareText } from "../core/text.ts";
import { definitionOf, plainOf } from "../fault/facts.ts";
import type { Event } from "../history/events.ts";
import { vipAddresses, type ResolvedTopology } from "../topology/resolve.ts";
import type { ExploredRun } from "./property.ts";

interface NodeState {
  vrrp: string;
  holds: boolean;
  mysqld: string;
  heard: boolean;
}

export function coverageOf({ events, topology, span }: ExploredRun): ReadonlySet<number> {
  const tracker = new StateTracker(topology);
  const seen = new Set<number>();
  let before = "";
  for (const event of events) {
    if (!tracker.take(event) || event.tUs < span.startUs || event.tUs > span.endUs) continue;
    const state = tracker.text();
    if (state === before) continue;
    seen.add(hash(state));
    if (before !== "") seen.add(hash(`${before} > ${state}`));
    before = state;
  }
  return seen;
}

const STATE = /Entering (BACKUP|MASTER|FAULT) STATE/;
const GONE = /^Stopp(ed|ing)/;

class StateTracker {
  private readonly nodes: Map<string, NodeState>;
  private readonly vips: readonly string[];
  private readonly faults = new Map<string, string>();

  constructor(topology: ResolvedTopology) {
    this.vips = vipAddresses(topology);
    this.nodes = new Map(
      topology.nodes.map(({ name }) => [
        name,
        { vrrp: "-", holds: false, mysqld: "-", heard: false },
      ]),
    );
  }

  /** True when it may have changed the state. */
  take(event: Event): boolean {
    switch (event.kind) {
      case "log": {
        const node = this.nodes.get(event.node);
        const entered = STATE.exec(event.text)?.[1];
        const gone = GONE.test(event.text) && /^keepalived/i.test(event.program);
        if (node === undefined || (entered === undefined && !gone)) return false;
        node.vrrp = entered ?? "gone";
        return true;
      }
      case "address": {
        const node = this.nodes.get(event.node);
        if (node === undefined || !this.vips.includes(event.address)) return false;
        node.holds = event.action === "added";
        if (!node.holds) node.heard = false;
        return true;
      }
      case "mysqld": {
        const node = this.nodes.get(event.node);
        if (node === undefined) return false;
        node.mysqld = event.state === "up" && event.writable === false ? "read-only" : event.state;
        return true;
      }
      case "advert": {
        const node = this.nodes.get(event.sender ?? "");
        const elsewhere = this.nodes.has(event.seenAt) && event.seenAt !== event.sender;
        if (node === undefined || !elsewhere) return false;
        const heard = event.priority > 0;
        if (node.heard === heard) return false;
        node.heard = heard;
        return true;
      }
      case "fault":
        return this.takeFault(event);
      default:
        return false;
    }
  }

  private takeFault({
    step,
    fault,
    node,
    action,
    edge,
  }: Extract<Event, { kind: "fault" }>): boolean {
    const plain = plainOf(fault);
    if (action === "inject" && edge === "begin") {
      this.faults.set(step, `${plain.kind}@${node}`);
      return true;
    }
    const over = action === "heal" || definitionOf(plain).healing === undefined;
    if (edge === "end" && over) this.faults.delete(step);
    return edge === "end";
  }

  text(): string {
    const nodes = [...this.nodes].map(
      ([name, { vrrp, holds, mysqld, heard }]) =>
        `${name}:${vrrp}:${holds ? "vip" : ""}:${mysqld}:${heard ? "heard" : ""}`,
    );
    return [...nodes, ...[...this.faults.values()].sort(compareText)].join(" ");
  }
}

/** FNV-1a, 32 bits: two states in a few thousand may share a number, which costs a little novelty. */
export function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  return value >>> 0;
}
