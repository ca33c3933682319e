/** Small questions that many rules ask. */
import { formatSeconds, type Us } from "../../core/time.ts";
import type { Block, Tracked, VrrpInstance, VrrpScript } from "../config.ts";
import type { Location } from "../location.ts";
import type { LintNode, RuleContext } from "./rule.ts";
import { membersOf, type Member } from "./routers.ts";

/** Where a keyword was written, or its block. */
export function placeOf(block: Block, ...keywords: readonly string[]): Location {
  for (const keyword of keywords) {
    const found = block.given[keyword];
    if (found !== undefined) return found;
  }
  return block.at;
}

export function isGiven(block: Block, keyword: string): boolean {
  return block.given[keyword] !== undefined;
}

/** Keywords that the daemon did not take, among them unknown ones. */
export function otherKeyword(block: Block, name: string): Location | undefined {
  return block.other.find(({ words }) => words[0] === name)?.at;
}

export function eachInstance({ nodes }: RuleContext): Member[] {
  return nodes.flatMap(membersOf);
}

export function eachScript({ nodes }: RuleContext): { node: LintNode; script: VrrpScript }[] {
  return nodes.flatMap((node) => node.read.config.scripts.map((script) => ({ node, script })));
}

export function scriptNamed(node: LintNode, name: string): VrrpScript | undefined {
  return node.read.config.scripts.find((script) => script.name === name);
}

/** Checks that really run for an instance: its own and its group's, without those that were dropped. */
export function liveChecks({ node, instance }: Member): { tracked: Tracked; script: VrrpScript }[] {
  const group = node.read.config.syncGroups.find(({ name }) => name === instance.syncGroup);
  return [...instance.trackScripts, ...(group?.trackScripts ?? [])].flatMap((tracked) => {
    const script = scriptNamed(node, tracked.name);
    return script?.usable === true ? [{ tracked, script }] : [];
  });
}

/** Instances of the node in which a script counts, with the weight it has there. */
export function trackersOf(
  node: LintNode,
  script: VrrpScript,
): { member: Member; tracked: Tracked }[] {
  return membersOf(node).flatMap((member) =>
    liveChecks(member)
      .filter((check) => check.script.name === script.name)
      .map(({ tracked }) => ({ member, tracked })),
  );
}

/** Is anything but the daemon and its interface watched? */
export function isWatched(member: Member): boolean {
  const { node, instance } = member;
  const group = node.read.config.syncGroups.find(({ name }) => name === instance.syncGroup);
  const others = [instance, ...(group === undefined ? [] : [group])].some(
    ({ trackFiles, trackProcesses }) => trackFiles.length + trackProcesses.length > 0,
  );
  return others || liveChecks(member).length > 0;
}

/** `MASTER` as written, whatever the daemon made of it. */
export function wantsMaster(instance: VrrpInstance): boolean {
  return instance.state === "MASTER";
}

/** `a and b`, `a, b and c`. */
export function listed(words: readonly string[]): string {
  if (words.length < 2) return words.join("");
  return `${words.slice(0, -1).join(", ")} and ${words.at(-1) ?? ""}`;
}

/** `2.6 to 4.6 s`; one figure where both are the same. */
export function span(minUs: Us, maxUs: Us): string {
  if (minUs === maxUs) return formatSeconds(minUs);
  return `${formatSeconds(minUs).replace(/ s$/, "")} to ${formatSeconds(maxUs)}`;
}
