/** service, systemctl, init scripts, and daemons started by their program. */
import { SYSTEMCTL_US } from "../costs.ts";
import type { CommandEnd, ServiceAction, ServiceOutcome } from "../host.ts";
import { ended, unmodelled, type Call } from "./call.ts";

function outcome(result: ServiceOutcome, quiet = false): CommandEnd {
  return ended(quiet ? "" : result.stdout, result.status, "", result.durationUs);
}

function actionOf(verb: string): ServiceAction | undefined {
  switch (verb) {
    case "start":
    case "stop":
    case "restart":
    case "reload":
    case "status":
    case "kill":
      return verb;
    case "try-restart":
    case "condrestart":
    case "force-restart":
      return "restart";
    case "force-reload":
    case "reload-or-restart":
      return "reload";
    default:
      return undefined;
  }
}

export function service(call: Call): CommandEnd {
  const [name, verb = ""] = call.args.filter((arg) => !arg.startsWith("-"));
  if (name === undefined)
    return ended(
      "",
      1,
      "Usage: service < option > | --status-all | [ service_name [ command ] ]\n",
    );
  const action = actionOf(verb);
  if (action === undefined)
    return ended("", 1, `Usage: /etc/init.d/${name} {start|stop|restart|reload|status}\n`);
  return outcome(call.host.service(name, action));
}

/** `/etc/init.d/NAME ACTION`, whatever folder it is called in. */
export function initScript(call: Call): CommandEnd {
  return service({ ...call, args: [call.name, ...call.args] });
}

function unit(name: string): string {
  return name.replace(/\.service$/, "");
}

export function systemctl(call: Call): CommandEnd {
  const [verb = "", ...names] = call.args.filter((arg) => !arg.startsWith("-"));
  const quiet = call.args.some((arg) => arg === "-q" || arg === "--quiet");
  if (verb === "is-active" || verb === "is-failed") {
    const { status } = call.host.service(unit(names[0] ?? ""), "status");
    const active = status === 0;
    const text = quiet ? "" : `${active ? "active" : "inactive"}\n`;
    const good = verb === "is-active" ? active : !active;
    return ended(text, good ? 0 : verb === "is-active" ? 3 : 1, "", SYSTEMCTL_US);
  }
  if (verb === "daemon-reload" || verb === "reset-failed") return ended("", 0, "", SYSTEMCTL_US);
  if (/^(?:enable|disable|mask|unmask)$/.test(verb)) {
    call.host.act(call.argv);
    return ended("", 0, "", SYSTEMCTL_US);
  }
  if (verb === "is-enabled") return ended(quiet ? "" : "enabled\n", 0, "", SYSTEMCTL_US);
  const action = actionOf(verb);
  if (action === undefined || names.length === 0)
    return unmodelled(`systemctl ${call.args.join(" ")}`);
  let worst = ended("", 0, "", SYSTEMCTL_US);
  for (const name of names) {
    const result = call.host.service(unit(name), action);
    const missing =
      result.status === 5
        ? `Failed to ${verb} ${unit(name)}.service: Unit ${unit(name)}.service not found.\n`
        : "";
    // systemctl says nothing of what it did; only `status` writes.
    worst = ended(
      verb === "status" ? result.stdout : "",
      result.status,
      missing,
      SYSTEMCTL_US + result.durationUs,
    );
  }
  return worst;
}

/** A program that is a daemon: in the model it runs, or says no, and comes back at once. */
export function daemon(call: Call): CommandEnd {
  const result = call.host.startDaemon(call.name, call.args);
  if (result === undefined) return unmodelled(`program ${call.argv[0] ?? ""}`);
  return outcome(result);
}
