/** The recipe of many articles: a virtual_server for the node's own mysqld whose notify_down stops keepalived. */
import { formatSeconds, seconds } from "../../../core/time.ts";
import { masterDownUs } from "../../timing.ts";
import { stopsKeepalived } from "../conduct.ts";
import { placeOf } from "../helpers.ts";
import type { Rule, RuleContext } from "../rule.ts";
import type { ScriptUse } from "../script-use.ts";
import { isServedBy, reals, type Real } from "./server-walk.ts";

/** notify_down of this server, if it is known or bound to stop keepalived. */
function suicide({ scripts }: RuleContext, { node, real }: Real): ScriptUse | undefined {
  const use = scripts.find(
    (item) =>
      item.node === node && item.role.kind === "notify-down" && item.command === real.notifyDown,
  );
  if (use === undefined) return undefined;
  const named = /kill|stop/i.test(use.command.text) && /keepalived/i.test(use.command.text);
  return named || stopsKeepalived(use) ? use : undefined;
}

const suicideAtStart: Rule = {
  id: "VD406",
  name: "recipe-stops-at-start",
  severity: "warning",
  title: "keepalived stops itself when it starts before mysqld",
  why: "At start one failure of the first check is enough, whatever retry says, and alpha does not prevent notify_down. The first check comes 1 s + U(0, delay_loop) after the start. Nothing starts keepalived again.",
  mend: "Order the units (After=mysqld.service), or use a vrrp_script with weight 0: it leads to FAULT and ends by itself.",
  source:
    "check_data.c:validate_check_config, check_tcp.c:tcp_epilog (2.2.7); seen with 2.2.7 and 2.3.4",
  *check(context) {
    for (const item of reals(context)) {
      const use = suicide(context, item);
      const { node, server, real } = item;
      if (use === undefined) continue;
      const delayLoopUs = real.checkers[0]?.timing.delayLoopUs ?? 0;
      const instance = node.read.config.instances.find(({ addresses }) =>
        addresses.some(({ address }) => isServedBy(server, address)),
      );
      const down =
        instance === undefined
          ? undefined
          : masterDownUs(instance.priority, instance.advertIntUs, instance);
      const gap = down === undefined ? 0 : seconds(1) + delayLoopUs - down;
      yield {
        node,
        at: placeOf(real, "notify_down"),
        what:
          `If mysqld does not answer yet, keepalived stops 1 to ${formatSeconds(seconds(1) + delayLoopUs)} after its start.` +
          (gap > 0 && instance?.nopreempt === false
            ? ` Until then it may hold the VIP without a service for up to ${formatSeconds(gap)}.`
            : ""),
      };
    }
  },
};

const severalSuicides: Rule = {
  id: "VD415",
  name: "recipe-for-several-servers",
  severity: "error",
  title: "one of several real servers stops keepalived",
  why: "The recipe is meant for the node's own server. With others in the list a director stops itself because of a server elsewhere, and during a partition all directors stop each other.",
  mend: "Keep only the node's own address, or take notify_down out.",
  source: "ipwrapper.c:perform_svr_state (2.2.7)",
  *check(context) {
    for (const item of reals(context)) {
      if (item.server.realServers.length < 2 || suicide(context, item) === undefined) continue;
      yield {
        node: item.node,
        at: placeOf(item.real, "notify_down"),
        what: `keepalived on ${item.node.name} stops when ${item.real.address} does not answer, although other servers do.`,
      };
    }
  },
};

const copiedServer: Rule = {
  id: "VD416",
  name: "recipe-checks-other-node",
  severity: "error",
  title: "two nodes stop themselves because of the same server",
  why: "Each node has to check its own mysqld. With the same address in both files the death of one mysqld stops keepalived on both, and the death of the other on none.",
  mend: "Put each node's own address into its real_server.",
  source: "ipwrapper.c:perform_svr_state (2.2.7)",
  acrossNodes: true,
  *check(context) {
    const seen = new Map<string, Real>();
    for (const item of reals(context)) {
      if (suicide(context, item) === undefined) continue;
      const key = `${item.real.address}:${item.real.port}`;
      const first = seen.get(key);
      if (first === undefined) seen.set(key, item);
      else if (first.node !== item.node) {
        yield {
          node: item.node,
          at: item.real.at,
          related: [{ at: first.real.at, note: `the same server in ${first.node.name}` }],
          what: `${first.node.name} and ${item.node.name} both stop when ${key} is down.`,
        };
      }
    }
  },
};

const notifyDownDies: Rule = {
  id: "VD417",
  name: "recipe-script-dies",
  severity: "info",
  title: "notify_down dies with the keepalived that it stops",
  why: "The script is a child of the checker process and gets SIGTERM when that ends, 10 to 40 ms after the stop. What comes after the stop in the script (a mail, a log line) is not reliable.",
  mend: "Do everything else first, or start it in the background.",
  source: "notify.c:system_call_script (PR_SET_PDEATHSIG, 1.3.3); seen with 2.2.7 and 2.3.4",
  *check(context) {
    if (!context.profile.childrenDieWithParent) return;
    for (const item of reals(context)) {
      const use = suicide(context, item);
      if (use === undefined) continue;
      yield {
        node: item.node,
        at: placeOf(item.real, "notify_down"),
        what: `Nothing that ${use.command.argv[0] ?? "notify_down"} does after the stop is certain to happen, and nothing starts keepalived again.`,
      };
    }
  },
};

export const recipeRules: readonly Rule[] = [
  suicideAtStart,
  severalSuicides,
  copiedServer,
  notifyDownDies,
];
