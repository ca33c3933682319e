/**
 * Did two nodes hold the VIP, and was anything lost: from the two checkers that judge it, which are asked
 * even where the scenario does not declare them.
 */
import { noLostWrite } from "../../harness/check/no-lost-write.ts";
import { noStaleRead } from "../../harness/check/no-stale-read.ts";
import { singleHolder } from "../../harness/check/single-holder.ts";
import type { Checker, Judgement } from "../../harness/check/checker.ts";
import type { Json, JsonObject } from "../../harness/core/json.ts";
import { formatSeconds } from "../../harness/core/time.ts";
import type { ReportedRun } from "../reported.ts";
import { counted } from "../units.ts";
import type { Answer } from "./answers.ts";

/** As the run was judged; otherwise judged now, with no settings. Absent without a topology. */
function findingOf(run: ReportedRun, checker: Checker): Judgement | undefined {
  const judged = run.result.expectations.find(({ finding }) => finding.checker === checker.name);
  if (judged !== undefined) return judged.finding;
  const { topology } = run.record;
  return topology === undefined
    ? undefined
    : checker.judge({ topology, events: run.events, settings: {} });
}

function numberFact(facts: JsonObject, name: string): number {
  const value = facts[name];
  return typeof value === "number" ? value : 0;
}

function countFact(facts: JsonObject, name: string): number {
  const value = facts[name];
  return Array.isArray(value) ? value.length : 0;
}

/** What each grade means for the data; the letters are the checker's. */
const GRADES: Readonly<Record<string, string>> = {
  a: "Both had the address; that was all that was seen of it (grade a of a to d).",
  b: "Both answered for the address on the network, so clients could reach either (grade b of a to d).",
  c: "Both would have accepted writes: the data could have drifted apart (grade c of a to d).",
  d: "Both acknowledged writes of clients: the data drifts apart (grade d of a to d, the worst).",
};

type Told = Omit<Answer, "id" | "question">;

export function holdersAnswer(run: ReportedRun): Answer {
  const base = { id: "holders", question: "Did two nodes hold the VIP at once?" };
  const finding = findingOf(run, singleHolder);
  if (finding === undefined) {
    return { ...base, tone: "unknown", big: "Not known", words: ["There was no cluster."] };
  }
  return { ...base, ...holdersTold(finding) };
}

function holdersTold({ verdict, reason, facts }: Judgement): Told {
  const splitUs = numberFact(facts, "splitBrainUs");
  const { worstGrade } = facts;
  const grade = typeof worstGrade === "string" ? GRADES[worstGrade] : undefined;
  const foreign = countFact(facts, "foreign");
  if (verdict === "fail") {
    const ended = facts["ended"] !== false;
    const stranger = "A host that is none of the cluster's claimed the VIP while a node had it.";
    return {
      tone: "bad",
      alarm:
        splitUs > 0
          ? `Two nodes held the VIP at once, for ${formatSeconds(splitUs)}${ended ? "" : " and to the end"}.`
          : "A host that is none of the cluster's claimed the VIP.",
      big: splitUs > 0 ? `YES, for ${formatSeconds(splitUs)}` : "YES: a stranger claimed it",
      words: [
        ...(splitUs > 0 ? ["This is called split brain."] : []),
        ...(foreign > 0 ? [stranger] : []),
        ...(splitUs > 0 && grade !== undefined ? [grade] : []),
        ...(ended ? [] : ["It had not ended when watching stopped."]),
      ],
    };
  }
  if (verdict === "inconclusive") {
    const big = splitUs > 0 ? "Perhaps" : "Not known";
    return { tone: "unknown", big, words: [sentence(reason)] };
  }
  const together = longestTogether(facts);
  const words =
    together === undefined
      ? ["At no time did a second node have it."]
      : [
          `Only while it was handed over, for ${formatSeconds(together.lastedUs)}; ` +
            `up to ${formatSeconds(together.permittedUs)} is how the protocol works.`,
        ];
  return { tone: "good", big: "No", words };
}

function longestTogether(
  facts: JsonObject,
): { readonly lastedUs: number; readonly permittedUs: number } | undefined {
  const list: Json = facts["overlaps"] ?? [];
  if (!Array.isArray(list)) return undefined;
  const spans = list.flatMap((item: Json) => {
    if (!isObject(item) || !isObject(item["a"])) return [];
    const lastedUs = numberFact(item["a"], "endUs") - numberFact(item["a"], "startUs");
    return [{ lastedUs, permittedUs: numberFact(item, "permittedUs") }];
  });
  return spans.toSorted((a, b) => b.lastedUs - a.lastedUs)[0];
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function lostAnswer(run: ReportedRun): Answer {
  const base = { id: "lost", question: "Was anything lost?" };
  const finding = findingOf(run, noLostWrite);
  if (finding === undefined) {
    return { ...base, tone: "unknown", big: "Not known", words: ["There was no cluster."] };
  }
  const told = lostTold(finding);
  if (!readStale(run)) return { ...base, ...told };
  const words = [...told.words, "But reads came back that lacked writes acknowledged before them."];
  return { ...base, ...told, words, tone: told.tone === "good" ? "warn" : told.tone };
}

/** Not lost, and not to be seen either: only where the scenario asks. */
function readStale({ result }: ReportedRun): boolean {
  return result.expectations.some(
    ({ finding }) => finding.checker === noStaleRead.name && finding.verdict === "fail",
  );
}

function lostTold({ verdict, reason, facts }: Judgement): Told {
  const acknowledged = numberFact(facts, "acknowledged");
  if (verdict === "inconclusive") {
    return { tone: "unknown", big: "Not known", words: [sentence(reason)] };
  }
  const unknown = unknownWords(facts);
  if (verdict === "pass") {
    const all = `All ${counted(acknowledged, "write")} that clients were told were done are on every node.`;
    return { tone: "good", big: "No", words: [all, ...unknown] };
  }
  const lost = countFact(facts, "lost");
  const partly = countFact(facts, "lostOnSomeCopy");
  const back = countFact(facts, "resurrected");
  const words = [
    ...(lost > 0
      ? [
          `${counted(lost, "write")} of ${acknowledged} that clients were told were done are on no node.`,
        ]
      : []),
    ...(partly > 0
      ? [
          `${counted(partly, "write")} of ${acknowledged} that clients were told were done are missing on a node.`,
        ]
      : []),
    ...(back > 0
      ? [`${counted(back, "write")} that clients were told had failed are there after all.`]
      : []),
    ...unknown,
  ];
  const big =
    lost > 0
      ? `YES: ${counted(lost, "write")}`
      : partly > 0
        ? `YES, on a node: ${counted(partly, "write")}`
        : `No, but ${counted(back, "refused write")} came back`;
  const wrong = lost + partly;
  const alarm = `${counted(wrong, "write")} that clients were told were done ${wrong === 1 ? "is" : "are"} lost or missing on a node.`;
  return { tone: "bad", big, words, ...(wrong > 0 ? { alarm } : {}) };
}

function unknownWords(facts: JsonObject): string[] {
  const unknown = numberFact(facts, "unknown");
  if (unknown === 0) return [];
  const happened = numberFact(facts, "unknownThatHappened");
  return [
    unknown === 1
      ? `Of one write the client never learned the outcome: it ${happened === 1 ? "was done" : "was not done"}.`
      : `Of ${unknown} writes the client never learned the outcome: ${happened} were done.`,
  ];
}

/** Programs are written as their authors write them, also at the begin of a sentence. */
const LOWER = /^(?:mysqld|keepalived|vipdrill|ipvsadm|nopreempt)\b/;

/** Reasons of checkers begin small and end without a stop. Names of nodes, which have digits, stay as they are. */
export function sentence(text: string): string {
  const trimmed = text.trim();
  const isWord = /^[a-z]+(?![\w.-])/.test(trimmed) && !LOWER.test(trimmed);
  const begun = isWord ? trimmed.charAt(0).toUpperCase() + trimmed.slice(1) : trimmed;
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}
