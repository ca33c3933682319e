/** What the documents promise and what came of it, with the runs that show it. */
import { CATALOGUE } from "../../../scenarios/catalogue.ts";
import { PROMISES, type DocumentPromise } from "../../../scenarios/promises.ts";
import type { PromiseTried } from "../../scenario/scenario.ts";
import { evidenceWords, readEvidence, type Evidence } from "./evidence.ts";
import { code, table } from "./markdown.ts";

interface Trial extends PromiseTried {
  readonly scenario: string;
}

const WORDS = { kept: "kept", broken: "broken", "kept-only-if": "kept only if" } as const;

export function trialsOf(id: string): readonly Trial[] {
  return CATALOGUE.flatMap(({ name, promises = [] }) =>
    promises.filter(({ promise }) => promise === id).map((tried) => ({ ...tried, scenario: name })),
  );
}

export function promiseTables(): string {
  const evidence = readEvidence();
  const documents = [...new Set(PROMISES.map(({ id }) => id.split("/")[0] ?? id))];
  return documents
    .flatMap((document) => [
      `## Document ${document}`,
      table(
        ["promise", "comes out", "scenario", "runs on containers that came out as declared"],
        PROMISES.filter(({ id }) => id.startsWith(`${document}/`)).flatMap((promise) =>
          rowsOf(promise, evidence),
        ),
      ),
    ])
    .join("\n\n");
}

function rowsOf(promise: DocumentPromise, evidence: Evidence): string[][] {
  const trials = trialsOf(promise.id);
  if (trials.length === 0) {
    return [[promise.text, "not tried", promise.untried ?? "", ""]];
  }
  return trials.map((trial, index) => [
    index === 0 ? promise.text : "",
    `**${WORDS[trial.comesOut]}**${trial.note === undefined ? "" : ` ${trial.comesOut === "kept-only-if" ? "" : "("}${trial.note}${trial.comesOut === "kept-only-if" ? "" : ")"}`}`,
    code(trial.scenario),
    evidenceWords(evidence.scenarios[trial.scenario]),
  ]);
}
