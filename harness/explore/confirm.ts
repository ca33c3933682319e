/**
 * A finding of the simulator on another backend, n times: how often it is there, and how far the first move of
 * the VIP is from where the simulator had it. What is not there is told as it is: then the model and the
 * world differ, and that is a finding of its own.
 */
import type { Backend } from "../backend/backend.ts";
import { median } from "./median.ts";
import type { Us } from "../core/time.ts";
import { injections, moves, tenures } from "../history/queries.ts";
import type { Scenario } from "../scenario/scenario.ts";
import { onlyRouter } from "../topology/resolve.ts";
import { violationIn } from "./examine.ts";
import type { ExploredRun, Property } from "./property.ts";
import { isVoid, runOne, type Kept, type World } from "./runner.ts";

export interface ConfirmRequest {
  readonly scenario: Scenario;
  readonly property: Property;
  readonly kind: string;
  /** The world it was found in. */
  readonly simulated: World;
  readonly backend: Backend;
  readonly times: number;
  /** Where each run leaves what it saw. */
  readonly directoryOf: (attempt: number) => Kept;
  readonly progress: (text: string) => void;
}

export interface Confirmation {
  /** Of so many runs that prove something. */
  readonly shown: number;
  readonly of: number;
  /** Why the others prove nothing. */
  readonly voids: readonly string[];
  /** What the runs said that did not show it: other violations of the same property, or none. */
  readonly instead: readonly string[];
  /** From the first fault to the VIP on another node: computed, and measured; absent where it did not move. */
  readonly firstMoveUs?: {
    readonly simulated: Us;
    readonly measured: readonly Us[];
    readonly driftUs: Us;
  };
}

export async function confirm(request: ConfirmRequest): Promise<Confirmation> {
  const { scenario, property, kind, simulated, backend, times } = request;
  const expected = await runOne(simulated, scenario);
  const voids: string[] = [];
  const instead: string[] = [];
  const measured: Us[] = [];
  let shown = 0;
  for (let attempt = 1; attempt <= times; attempt += 1) {
    request.progress(`${attempt} of ${times}`);
    const world = { ...simulated, backend, seed: simulated.seed + attempt - 1 };
    const run = await runOne(world, scenario, request.directoryOf(attempt), (text) => {
      request.progress(`${attempt} of ${times}: ${text}`);
    });
    if (isVoid(run)) {
      voids.push(run.why);
      continue;
    }
    if (violationIn(run, property, kind) === undefined) {
      instead.push(property.judge(run)[0]?.kind ?? "nothing");
    } else shown += 1;
    const moveUs = firstMoveUs(run);
    if (moveUs !== undefined) measured.push(moveUs);
  }
  const own = isVoid(expected) ? undefined : firstMoveUs(expected);
  const middle = median(measured);
  return {
    shown,
    of: times - voids.length,
    voids,
    instead,
    ...(own === undefined || middle === undefined
      ? {}
      : { firstMoveUs: { simulated: own, measured, driftUs: middle - own } }),
  };
}

function firstMoveUs({ events, topology }: ExploredRun): Us | undefined {
  const first = injections(events)[0];
  const vip = onlyRouter(topology).vips[0]?.address ?? "";
  if (first === undefined) return undefined;
  const move = moves(tenures(events, vip)).find(({ tUs }) => tUs > first.tUs);
  return move === undefined ? undefined : move.tUs - first.tUs;
}
