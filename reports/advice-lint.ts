/**
 * What lint finds in the configuration of this run, as far as it bears on what was seen: a rule counts when its subject
 * went wrong here. The rest is for `vipdrill lint`.
 */
import { durationUs, formatSeconds, seconds } from "../harness/core/time.ts";
import type { PlainFault } from "../harness/fault/fault.ts";
import { lintCluster } from "../harness/keepalived/lint/engine.ts";
import { severityRank, type Finding } from "../harness/keepalived/lint/rule.ts";
import { decodeUtf8, lineAt } from "../harness/keepalived/syntax.ts";
import type { AdviceSetting, Weighed } from "./advice.ts";
import { judged, type AdviceContext } from "./advice-context.ts";
import { episodesOf, harmed } from "./advice-episodes.ts";
import { WEIGHT } from "./advice-weight.ts";
import { freshOutages, longestFirst } from "./clients.ts";

interface Bearing {
  /** What was seen, to stand before what lint says. */
  readonly seen: string;
  readonly rules: ReadonlySet<string>;
  readonly weight: number;
}

const rules = (text: string): ReadonlySet<string> => new Set(text.split(" "));

/** Nodes that do not take each other's adverts, and addresses that stay behind. */
const TWO_HOLDERS = rules(
  "VD111 VD112 VD117 VD305 VD502 VD503 VD504 VD505 VD506 VD509 VD510 VD511 VD512",
);
/** Checks that are not there, or whose failure moves nothing. */
const UNNOTICED = "VD104 VD105 VD109 VD201 VD202 VD203 VD205 VD211 VD411 VD516 VD518";
/** Checks that do not see this. */
const UNSEEN: Readonly<Partial<Record<PlainFault["kind"], string>>> = {
  "mysqld-killed": "VD301 VD302 VD313 VD316",
  "mysqld-stopped": "VD301 VD302 VD313 VD316",
  "mysqld-crash-looping": "VD301 VD302 VD313 VD316",
  "service-frozen": "VD301 VD302 VD309 VD316 VD407",
  "mysql-read-only": "VD322",
  "crash-recovery-slow": "VD301 VD302 VD313 VD316",
  "memory-exhausted": "VD301 VD302 VD313 VD316",
  "connections-exhausted": "VD301",
};
/** Timers and checks that take long. */
const SLOW = "VD315 VD402 VD403 VD414 VD601";
/** A VIP that moves and does not serve. */
const NO_SERVICE = rules("VD108 VD116 VD406 VD408 VD410 VD413 VD415 VD416");
const PREEMPTION = rules("VD101 VD102 VD517 VD521");
/** Checks of real servers that are missing, or rare by default. */
const BEHIND_DIRECTOR = rules("VD411 VD414");
const ANNOUNCEMENTS = rules("VD602 VD603 VD604");

export function lintAdvice(context: AdviceContext): Weighed[] {
  const bearings = bearingsOf(context);
  if (bearings.length === 0) return [];
  const findings = findingsOf(context);
  const told = new Set<string>();
  return bearings.flatMap(({ seen, rules: wanted, weight }) =>
    findings
      .filter(({ rule }) => wanted.has(rule))
      .toSorted((a, b) => severityRank(b.severity) - severityRank(a.severity))
      .flatMap((finding) => {
        if (told.has(finding.rule)) return [];
        told.add(finding.rule);
        return [weighed(context, finding, seen, weight)];
      }),
  );
}

function findingsOf({ nodes, read }: AdviceContext): Finding[] {
  return lintCluster(
    nodes.map((node) => ({
      name: node.name,
      file: node.main,
      scripts: node.scripts,
      read: read.find(({ name }) => name === node.name)?.result ?? EMPTY,
    })),
  );
}

/** Errors by which nodes never take each other's adverts, whatever is done to them. */
const NEVER_TAKEN = rules("VD502 VD503 VD504 VD509 VD510 VD511");

/** Why these nodes do not take each other's adverts at any time, by lint; undefined when lint knows of nothing. */
export function advertsNeverTaken(context: AdviceContext): Finding | undefined {
  return findingsOf(context).find(
    ({ rule, severity }) => severity === "error" && NEVER_TAKEN.has(rule),
  );
}

const EMPTY = { config: undefined as never, diagnostics: [], files: [] };

function bearingsOf(context: AdviceContext): Bearing[] {
  const { run, fault, holder } = context;
  const { failover } = run.result;
  const fails = (name: string): boolean => judged(context, name)?.verdict === "fail";
  const found: Bearing[] = [];
  if (fails("single-holder")) {
    found.push({ seen: "two nodes held the VIP", rules: TWO_HOLDERS, weight: WEIGHT.data });
  }
  const [longest] = freshOutages(run).toSorted(longestFirst);
  const outUs = longest === undefined ? 0 : durationUs(longest);
  const out = outUs > seconds(1) ? outUs : 0;
  const blind = fault !== undefined && UNSEEN[fault.kind] !== undefined;
  if (blind && holder !== undefined && failover === undefined && out > 0) {
    const seen = `the VIP stayed, and clients were out for ${formatSeconds(out)}`;
    found.push({
      seen,
      rules: rules(`${UNNOTICED} ${UNSEEN[fault.kind] ?? ""}`),
      weight: WEIGHT.service,
    });
  }
  if (failover !== undefined && out > 0) {
    const seen = `clients were out for ${formatSeconds(out)}`;
    const hung = fault?.kind === "service-frozen" ? `${SLOW} VD308` : SLOW;
    if (blind) found.push({ seen, rules: rules(hung), weight: WEIGHT.remark });
    if (failover.outage === undefined) {
      found.push({ seen, rules: NO_SERVICE, weight: WEIGHT.service });
    }
  }
  const [episode] = episodesOf(context);
  if (episode !== undefined && harmed(episode.meanwhile)) {
    const seen = `new connections failed for ${formatSeconds(episode.meanwhile.failedUs)} while ${episode.server} was in the table`;
    found.push({ seen, rules: BEHIND_DIRECTOR, weight: WEIGHT.remark });
  }
  if (fails("preemption") || fails("no-flapping")) {
    found.push({
      seen: "the VIP moved where it should not",
      rules: PREEMPTION,
      weight: WEIGHT.remark,
    });
  }
  if (fails("arp-converged")) {
    found.push({
      seen: "neighbours sent to the old holder",
      rules: ANNOUNCEMENTS,
      weight: WEIGHT.remark,
    });
  }
  return found;
}

function weighed(
  context: AdviceContext,
  { rule, title, node, at, what, mend, severity }: Finding,
  seen: string,
  weight: number,
): Weighed {
  const setting = placeOf(context, node, at);
  return {
    // Below what was seen itself, which has the same weight and its length on top.
    weight: weight - 10 + severityRank(severity),
    advice: {
      id: `lint:${rule}`,
      title: `${title.charAt(0).toUpperCase()}${title.slice(1)}`,
      ...(setting === undefined ? {} : { setting }),
      because: { words: `${seen}; lint: ${what}`, events: [], rule },
      suggestion: mend,
      standing: "predicted",
    },
  };
}

function placeOf(
  { read, nodes }: AdviceContext,
  node: string,
  at: Finding["at"],
): AdviceSetting | undefined {
  const file = read
    .find(({ name }) => name === node)
    ?.result.files.find((item) => item.file === at.file);
  const script = nodes.find(({ name }) => name === node)?.scripts(at.file);
  const text =
    file === undefined
      ? script?.split("\n")[at.line - 1]
      : decodeUtf8(lineAt(file, at.line - 1).text);
  if (text === undefined) return undefined;
  return { node, file: at.file, line: at.line, text: text.trim(), written: true };
}
