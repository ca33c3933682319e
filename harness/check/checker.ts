/**
 * A checker judges one property of a finished run from its history alone: no clock, no files, no
 * memory. It cites the events it relies on, and says `inconclusive` rather than guess.
 */
import { InputError } from "../core/errors.ts";
import type { Json, JsonObject } from "../core/json.ts";
import type { Verdict } from "../core/verdict.ts";
import type { Event } from "../history/events.ts";
import type { ResolvedTopology } from "../topology/resolve.ts";

export interface Subject {
  readonly topology: ResolvedTopology;
  readonly events: readonly Event[];
  /** What the scenario sets for this checker. */
  readonly settings: JsonObject;
}

export interface Judgement {
  readonly verdict: Verdict;
  /** One sentence a tired operator understands. */
  readonly reason: string;
  /** Seq of the events it rests on. */
  readonly evidence: readonly number[];
  readonly facts: { readonly [name: string]: Json };
}

export interface Finding extends Judgement {
  readonly checker: string;
}

/** What a setting takes; a list is the words that it may be. */
export type SettingKind = "number" | "flag" | "text" | readonly string[];

export interface Checker {
  readonly name: string;
  /** What holds when it passes, in one sentence. */
  readonly promise: string;
  /** Without it the run proves nothing: a run whose precondition does not pass is void. */
  readonly precondition?: true;
  /** Names of the settings a scenario may give it; any other is a mistake. */
  readonly settings?: Readonly<Record<string, SettingKind>>;
  readonly judge: (subject: Subject) => Judgement;
}

export function pass(
  reason: string,
  evidence: readonly number[] = [],
  facts: Judgement["facts"] = {},
): Judgement {
  return { verdict: "pass", reason, evidence, facts };
}

export function fail(
  reason: string,
  evidence: readonly number[],
  facts: Judgement["facts"] = {},
): Judgement {
  return { verdict: "fail", reason, evidence, facts };
}

export function inconclusive(
  reason: string,
  evidence: readonly number[] = [],
  facts: Judgement["facts"] = {},
): Judgement {
  return { verdict: "inconclusive", reason, evidence, facts };
}

/** A number from the scenario's settings, or the checker's own default. */
export function setting(subject: Subject, name: string, fallback: number): number {
  const value = subject.settings[name];
  return typeof value === "number" ? value : fallback;
}

/** A name from the scenario's settings; absent when it is not given. */
export function named(subject: Subject, name: string): string | undefined {
  const value = subject.settings[name];
  return typeof value === "string" ? value : undefined;
}

/** One of a few words from the scenario's settings; absent when it is not given. */
export function choice<W extends string>(
  subject: Subject,
  name: string,
  words: readonly W[],
): W | undefined {
  const value = subject.settings[name];
  if (value === undefined) return undefined;
  const found = words.find((word) => word === value);
  if (found !== undefined) return found;
  throw new InputError(
    "SCENARIO_INVALID",
    `setting ${name} is ${JSON.stringify(value)}; it can be ${words.join(" or ")}`,
  );
}
