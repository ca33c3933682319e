/** What a conformance case is, and what cases are written with. */
import { HarnessError } from "../../core/errors.ts";
import { seconds, type Us } from "../../core/time.ts";
import type { Fault, PlainFault } from "../../fault/fault.ts";
import type { TimedEvent } from "../../history/events.ts";
import type { Cluster, Injection } from "../backend.ts";

/**
 * The set-up a case is run on: `pair` is two nodes with multicast VRRP and dual-source replication, whose
 * check script looks at the port; `unicast`, `semi-sync` and `data-disk` differ from it in one thing each.
 * `alerts` has no check, but a notify script, mails, and a monitor that looks for a second holder.
 */
export type World = "pair" | "unicast" | "semi-sync" | "data-disk" | "alerts";

export interface ConformanceCase {
  readonly name: string;
  /** Kinds of faults whose promise this case tries. */
  readonly covers: readonly PlainFault["kind"][];
  /** Absent: `pair`. */
  readonly world?: World;
  readonly run: (cluster: Cluster) => Promise<void>;
}

export { HOLDER, STANDBY } from "../../fault/definition.ts";

export const EFFECT_BOUND_US: Us = seconds(5);

let steps = 0;

/** Injects and demands a confirmed receipt. */
export async function inject(cluster: Cluster, fault: Fault): Promise<Injection> {
  steps += 1;
  const injection = await cluster.inject(`conformance-${steps}`, fault);
  const receipt = await injection.receipt();
  if (!receipt.confirmed) fail(`${fault.kind} is not confirmed: ${receipt.proof}`);
  return injection;
}

/** The receipt of an injection says what it should. */
export async function confirmed(injection: Injection, wanted: boolean): Promise<void> {
  const receipt = await injection.receipt();
  if (receipt.confirmed !== wanted) {
    fail(`the receipt is ${wanted ? "not " : ""}confirmed: ${receipt.proof}`);
  }
}

export async function healed(injection: Injection): Promise<void> {
  const receipt = await injection.heal?.();
  if (receipt?.confirmed !== true) fail(`healing is not confirmed: ${receipt?.proof ?? "no heal"}`);
}

export async function expectEvent(
  cluster: Cluster,
  what: string,
  matches: (event: TimedEvent) => boolean,
): Promise<void> {
  await expectCount(cluster, what, matches, 1);
}

/** Something that happens after the node's last injection began: what an earlier case left behind does not count. */
export async function expectAfter(
  cluster: Cluster,
  { node }: Injection,
  what: string,
  matches: (event: TimedEvent) => boolean,
): Promise<void> {
  const sinceUs = cluster
    .eventsOf("fault")
    .filter((event) => event.node === node && event.action === "inject" && event.edge === "begin")
    .at(-1)?.tUs;
  if (sinceUs === undefined) fail(`no injection on ${node}`);
  await expectEvent(cluster, what, (event) => event.tUs > sinceUs && matches(event));
}

export async function expectCount(
  cluster: Cluster,
  what: string,
  matches: (event: TimedEvent) => boolean,
  wanted: number,
): Promise<void> {
  const enough = (): boolean => countOf(cluster, matches) >= wanted;
  if (!(await cluster.until(enough, EFFECT_BOUND_US))) fail(`waited 5 s in vain for ${what}`);
}

export function countOf(cluster: Cluster, matches: (event: TimedEvent) => boolean): number {
  return cluster.events().filter(matches).length;
}

export function fail(message: string): never {
  throw new HarnessError("CONFORMANCE", message);
}
