/** Building blocks for rules that compare two members of one router. */
import { placeOf } from "../helpers.ts";
import { allAddresses, pairsOf, type Member } from "../routers.ts";
import type { Problem, Rule, RuleContext } from "../rule.ts";

/** A rule about two members of one router that say something different. */
export function differs(
  rule: Omit<Rule, "check" | "acrossNodes">,
  compare: (first: Member, second: Member, context: RuleContext) => Partial<Problem> | undefined,
): Rule {
  return {
    ...rule,
    acrossNodes: true,
    *check(context) {
      for (const router of context.routers) {
        for (const [first, second] of pairsOf(router)) {
          const problem = compare(first, second, context);
          if (problem === undefined) continue;
          yield {
            node: second.node,
            at: second.instance.at,
            what: "",
            related: [
              { at: first.instance.at, note: `${first.node.name}: ${first.instance.name}` },
            ],
            ...problem,
          };
        }
      }
    },
  };
}

export function both(
  first: Member,
  second: Member,
  ...keywords: readonly string[]
): Partial<Problem> {
  return {
    at: placeOf(second.instance, ...keywords),
    related: [
      {
        at: placeOf(first.instance, ...keywords),
        note: `${first.node.name}: ${first.instance.name}`,
      },
    ],
  };
}

/** A VIP that both have. */
export function shared(first: Member, second: Member): string | undefined {
  const others = new Set(allAddresses(second.instance).map(({ address }) => address));
  return allAddresses(first.instance).find(({ address }) => others.has(address))?.address;
}

/** The same VRID for something else: no VIP in common and another name. */
export function isOtherService(first: Member, second: Member): boolean {
  return shared(first, second) === undefined && first.instance.name !== second.instance.name;
}
