/** Edits of a node's keepalived.conf, and letting the model's daemon take them. */
import type { JsonObject } from "../../../core/json.ts";
import { restored, type Edited } from "../../../fault/edit.ts";
import { applyOf, planEdit, type ConfigFault } from "../../../fault/edit-plan.ts";
import type { Apply } from "../../../fault/operator/keepalived-reconfigured.ts";
import { KEEPALIVED_CONF } from "../../../topology/topology.ts";
import type { SimHost } from "../host.ts";
import { NOTHING, type CommandCost } from "./costs.ts";
import {
  AT_ONCE,
  type Command,
  type Proof,
  type SimFault,
  type SimFaultContext,
} from "./driver.ts";
import { numbers, pidsOf } from "./service.ts";

/**
 * A shell and `cat` ahead of the init script, which has its own costs. A guess: write and reload together took 7 to
 * 9 ms by hand on idle containers (three images, once each), less than the init script alone elsewhere.
 */
const REWRITE: CommandCost = { beforeUs: [500, 2000], afterUs: [0, 500] };

export function configEdited(fault: ConfigFault, context: SimFaultContext): SimFault {
  const { host, world } = context;
  const apply = applyOf(fault);
  const earlier = textOf(host);
  const plan: Edited = planEdit(fault, {
    name: host.name,
    text: earlier,
    topology: world.topology,
  });
  let healed: Healed | undefined;
  return {
    look: () => lookAtDaemon(context),
    act: () => {
      if (plan.kind !== "edited") return AT_ONCE;
      host.files.set(KEEPALIVED_CONF, plan.text);
      return applied(host, apply);
    },
    prove: (before) =>
      plan.kind === "edited"
        ? proveTaken(context, { text: plan.text, apply }, before)
        : {
            confirmed: false,
            proof: `${KEEPALIVED_CONF} on ${host.name} was not edited: ${plan.why}`,
            facts: {},
          },
    heal: {
      act: () => {
        if (plan.kind !== "edited") return AT_ONCE;
        healed = putBack(context, { earlier, text: plan.text }, apply);
        return healed.command;
      },
      prove: () => healed?.prove() ?? NOTHING_DONE,
    },
    costs: plan.kind === "edited" ? { inject: REWRITE, heal: REWRITE } : UNTOUCHED,
  };
}

const UNTOUCHED = { inject: NOTHING, heal: NOTHING };
const NOTHING_DONE: Proof = {
  confirmed: true,
  proof: "nothing was changed, so nothing is undone",
  facts: {},
};

interface Healed {
  readonly command: Command;
  readonly prove: () => Proof;
}

interface Wanted {
  readonly text: string;
  readonly apply: Apply;
}

function textOf(host: SimHost): string {
  return host.files.get(KEEPALIVED_CONF) ?? "";
}

function applied(host: SimHost, apply: Apply): Command {
  return apply === "none" ? AT_ONCE : host.service("keepalived", apply);
}

/** Every reload makes the VRRP process say one line. */
function lookAtDaemon({ host, world }: SimFaultContext): JsonObject {
  const reloads = world
    .eventsOf("log")
    .filter((event) => event.node === host.name && isReload(event)).length;
  return { pids: pidsOf(host, "keepalived"), reloads };
}

function isReload({ program, text }: { program: string; text: string }): boolean {
  return program === "Keepalived_vrrp" && text === "Reloading";
}

function proveTaken(context: SimFaultContext, { text, apply }: Wanted, before: JsonObject): Proof {
  const { host } = context;
  if (textOf(host) !== text) {
    const proof = `${KEEPALIVED_CONF} on ${host.name} does not have the new text`;
    return { confirmed: false, proof, facts: { before } };
  }
  const after = lookAtDaemon(context);
  const taken = isTaken(apply, before, after);
  return {
    confirmed: taken,
    undecided: !taken,
    proof: `${KEEPALIVED_CONF} on ${host.name} has the new text, and ${words(apply, taken)}`,
    facts: { before, after },
  };
}

function isTaken(apply: Apply, before: JsonObject, after: JsonObject): boolean {
  switch (apply) {
    case "none":
      return true;
    case "reload":
      return Number(after["reloads"]) > Number(before["reloads"]);
    case "restart": {
      const old = numbers(before["pids"]);
      const pids = numbers(after["pids"]);
      return pids.length > 0 && !pids.some((pid) => old.includes(pid));
    }
  }
}

function words(apply: Apply, taken: boolean): string {
  if (apply === "none") return "keepalived was not told";
  if (apply === "reload") return `keepalived logged ${taken ? "the" : "no"} reload`;
  return `keepalived was ${taken ? "" : "not "}restarted`;
}

function putBack(
  context: SimFaultContext,
  { earlier, text }: { readonly earlier: string; readonly text: string },
  apply: Apply,
): Healed {
  const { host } = context;
  const wanted = restored(textOf(host), text, earlier);
  if (wanted === undefined) {
    const proof = `somebody else has changed the same place of ${KEEPALIVED_CONF} on ${host.name}`;
    return { command: AT_ONCE, prove: () => ({ confirmed: false, proof, facts: {} }) };
  }
  const before = lookAtDaemon(context);
  const isDown = apply !== "none" && numbers(before["pids"]).length === 0;
  host.files.set(KEEPALIVED_CONF, wanted);
  const command = isDown ? host.service("keepalived", "start") : applied(host, apply);
  const how = isDown ? "restart" : apply;
  const prove = (): Proof => proveTaken(context, { text: wanted, apply: how }, before);
  return { command: { done: () => command.done() && prove().confirmed }, prove };
}
