/** What came of the run against what its scenario declares, without the names of checkers. */
import { findChecker } from "../../harness/check/checkers.ts";
import type { RunResult } from "../../harness/run/judge.ts";
import type { FindingRow } from "../findings.ts";
import { findingRows } from "../findings.ts";
import type { ReportedRun } from "../reported.ts";
import { counted } from "../units.ts";
import { sentence } from "./answers-safety.ts";

export interface VerdictWords {
  /** One sentence beside the badge. */
  readonly lead: string;
  /** What was demanded and how it stands; empty when all is plain. */
  readonly points: readonly VerdictPoint[];
  /** For a run that says nothing: what is not known, and what to do. */
  readonly unknown?: { readonly what: string; readonly toDo: string };
}

export interface VerdictPoint {
  readonly demanded: string;
  readonly seen: string;
  readonly because?: string;
}

export function verdictWords(run: ReportedRun): VerdictWords {
  const { outcome } = run.result;
  if (
    run.record.scenario.canary !== undefined &&
    (outcome === "as-expected" || outcome === "unexpected")
  ) {
    return canaryWords(run);
  }
  switch (outcome) {
    case "as-expected":
      return expectedWords(run);
    case "unexpected":
      return unexpectedWords(run);
    case "inconclusive":
      return voidWords(run);
    case "skipped":
      return skippedWords(run);
    case "error":
      return errorWords(run);
  }
}

/** What holds when the checker passes; of a checker of another version, its name. */
export function promiseOf(checker: string): string {
  return sentence(findChecker(checker)?.promise ?? checker);
}

function pointOf(row: FindingRow): VerdictPoint {
  return {
    demanded: promiseOf(row.checker),
    seen: sentence(row.reason),
    ...(row.because === undefined ? {} : { because: sentence(row.because) }),
  };
}

function expectedWords(run: ReportedRun): VerdictWords {
  const rows = findingRows(run).filter((row) => row.role === "expectation");
  const declared = rows.filter((row) => row.standing === "declared");
  if (declared.length === 0) {
    return {
      lead: `All that this drill demands was met (${counted(rows.length, "demand")}).`,
      points: [],
    };
  }
  return {
    lead:
      `This drill is there to show what goes wrong: of its ${rows.length} demands ${declared.length} ` +
      `${declared.length === 1 ? "is" : "are"} broken, as declared.`,
    points: declared.map(pointOf),
  };
}

function unexpectedWords(run: ReportedRun): VerdictWords {
  const rows = findingRows(run).filter((row) => row.standing === "unexpected");
  const [first] = rows;
  return {
    lead:
      first === undefined
        ? "Something came out other than this drill declares."
        : `${counted(rows.length, "demand")} of this drill came out other than declared: "${promiseOf(first.checker)}"`,
    points: rows.map(pointOf),
  };
}

function canaryWords(run: ReportedRun): VerdictWords {
  const { result, record } = run;
  const caught = result.outcome === "as-expected";
  const caughtBy = findingRows(run).find((row) => row.checker === record.scenario.canary?.caughtBy);
  return {
    lead: `This drill is a trap for the tool itself, and the tool ${caught ? "noticed" : "did NOT notice"}.`,
    points: [
      {
        demanded: "Here something is wrong on purpose, and the tool must notice.",
        seen: sentence(caught && caughtBy !== undefined ? caughtBy.reason : result.reason),
      },
    ],
  };
}

/** What to do about a precondition that is not met, by the checker that says so. */
const TO_DO: Readonly<Record<string, string>> = {
  settled:
    "Look at the time line before the drill: which node or server was not ready? Then run it again.",
  "fault-confirmed":
    "Look at the fault and its receipt in the time line: it did not do what it was to do. Then run it again.",
  "enough-activity":
    "Look at the client operations before the fault: the load did not get through. Then run it again.",
  "observation-complete":
    "Look for a lost observer in the time line: what was not watched cannot be judged. Then run it again.",
  "clock-steady": "Leave the clock of the machine alone while drills run, then run it again.",
  "witnesses-agree":
    "Run it again; if packets and kernel disagree once more, that is a fault of the tool.",
  "machine-quiet":
    "Run it again on a machine with less other work, or with fewer clusters at once (--jobs 1).",
};

function voidWords(run: ReportedRun): VerdictWords {
  const rows = findingRows(run);
  const broken = rows.filter((row) => row.role === "precondition" && row.standing !== "fine");
  const unclear = rows.filter((row) => row.role === "expectation" && row.standing === "unclear");
  const first = broken[0] ?? unclear[0];
  const noisy = /noisy|machine was late/.test(run.result.reason);
  const toDo =
    (first === undefined ? undefined : TO_DO[first.checker]) ??
    (noisy ? TO_DO["machine-quiet"] : undefined);
  const points = (broken.length > 0 ? broken : unclear).map(pointOf);
  return {
    lead:
      broken.length > 0
        ? "This run proves nothing: a condition that every drill rests on was not met."
        : "This run proves nothing: there is not enough evidence.",
    points:
      points.length > 0
        ? points
        : [{ demanded: "Evidence for a verdict.", seen: sentence(run.result.reason) }],
    unknown: {
      what: "What stands below was seen, and is not proven. It must not be taken for a result, good or bad.",
      toDo: toDo ?? "Look at the findings below for what is missing, then run it again.",
    },
  };
}

/** What a run without a verdict leaves open. */
const OPEN =
  "whether the VIP would move, how long clients would wait, and whether anything would be lost.";

function skippedWords(run: ReportedRun): VerdictWords {
  const { skipped } = run.record;
  const why = skipped ?? [run.result.reason.replace(/^skipped: /, "")];
  return {
    lead: "This drill was not run here, so nothing is known of it.",
    points: why.map((seen) => ({ demanded: "Why.", seen: sentence(seen) })),
    unknown: {
      what: OPEN,
      toDo: "Run it where what it needs is to be had; vipdrill doctor says what this machine has.",
    },
  };
}

function errorWords(run: ReportedRun): VerdictWords {
  const { error } = run.record;
  const seen = error === undefined ? run.result.reason : `${error.code}: ${error.message}`;
  const facts = Object.entries(error?.facts ?? {}).map(
    ([name, value]) => `${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`,
  );
  return {
    lead: "The drill did not come to its end, so there is no result.",
    points: [
      { demanded: "What went wrong.", seen: sentence(seen) },
      ...facts.map((fact) => ({ demanded: "To that.", seen: fact })),
    ],
    unknown: {
      what: OPEN,
      toDo: "Mend what is said above; vipdrill doctor looks for the common causes.",
    },
  };
}

/** Whether the four questions have answers at all. */
export function isAnswered({ outcome }: RunResult): boolean {
  return outcome !== "skipped" && outcome !== "error";
}
