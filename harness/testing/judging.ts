/** One checker asked about one history, as a run would ask it. */
import type { Judgement } from "../check/checker.ts";
import { findChecker } from "../check/checkers.ts";
import { present } from "../core/assert.ts";
import type { JsonObject } from "../core/json.ts";
import type { Event } from "../history/events.ts";
import type { ResolvedTopology } from "../topology/resolve.ts";
import { resolvedPair } from "./topology.ts";

export interface Question {
  readonly settings?: JsonObject;
  readonly topology?: ResolvedTopology;
}

export function judge(
  checker: string,
  events: readonly Event[],
  { settings = {}, topology = resolvedPair() }: Question = {},
): Judgement {
  return present(findChecker(checker), `checker ${checker}`).judge({ topology, events, settings });
}

/** Verdict and reason, as a person would read them. */
export function said(checker: string, events: readonly Event[], question?: Question): string {
  const { verdict, reason } = judge(checker, events, question);
  return `${verdict}: ${reason}`;
}
