/** All rules, in the order of their ids. */
import { compareText } from "../../core/text.ts";
import { addressRules } from "./rules/addresses.ts";
import { conductRules } from "./rules/conduct.ts";
import { daemonRules } from "./rules/daemon.ts";
import { mismatchRules } from "./rules/mismatches.ts";
import { partnerRules } from "./rules/partners.ts";
import { priorityRules } from "./rules/priorities.ts";
import { recipeRules } from "./rules/recipes.ts";
import { roleRules } from "./rules/role.ts";
import { scriptRules } from "./rules/scripts.ts";
import { serverRules } from "./rules/servers.ts";
import { stoppingRules } from "./rules/stopping.ts";
import { textRules } from "./rules/text.ts";
import { timeRules } from "./rules/times.ts";
import type { Rule } from "./rule.ts";

export const RULES: readonly Rule[] = [
  ...daemonRules,
  ...roleRules,
  ...addressRules,
  ...scriptRules,
  ...conductRules,
  ...stoppingRules,
  ...textRules,
  ...serverRules,
  ...recipeRules,
  ...mismatchRules,
  ...partnerRules,
  ...priorityRules,
  ...timeRules,
].sort((a, b) => compareText(a.id, b.id));
