/**
 * A check script that is replaced by one of ours. The node's own is kept beside it, and both changes are
 * renames, so that no run ever reads half a file.
 */
import { unreachable } from "../../../core/assert.ts";
import type { JsonObject } from "../../../core/json.ts";
import {
  REPLACED_MARK,
  type CheckScriptReplaced,
} from "../../../fault/process/check-script-replaced.ts";
import type { Receipt } from "../../../fault/receipt.ts";
import { inHost, timed, type DockerNode } from "../node.ts";
import type { FaultContext, FaultDriver } from "./driver.ts";

export function scriptDriver(fault: CheckScriptReplaced): FaultDriver {
  return {
    look: (context) => lookAtScript(context.node, fault.path),
    act: (context) => replace(context, fault),
    prove: (context, before) => proveRun(context, fault, before),
    heal: (context) => putBack(context, fault),
  };
}

interface Places {
  /** The script itself, where a link to it ends. */
  readonly real: string;
  readonly aside: string;
  readonly fresh: string;
  /** Not sticky, so that a script of any user may write into it (fs.protected_regular, proc_sys_fs(5)). */
  readonly folder: string;
  readonly marks: string;
}

/** Expanded on the node: `$real` is set ahead of everything that uses these. */
function placesOf({ handle }: FaultContext): Places {
  const folder = `/run/vipdrill_${handle}`;
  return {
    real: '"$real"',
    aside: `"$real.vipdrill_${handle}"`,
    fresh: `"$real.vipdrill_${handle}.new"`,
    folder,
    marks: `${folder}/runs`,
  };
}

function resolved(path: string): string {
  return `real=$(readlink -f ${path})`;
}

/** Contents, owner and mode; the contents as a sum only. */
async function lookAtScript(node: DockerNode, path: string): Promise<JsonObject> {
  const { exitCode, stdout } = await inHost(node, [
    "sh",
    "-c",
    `${resolved(path)}; [ -f "$real" ] && sha256sum <"$real" && stat -c '%a %u:%g' "$real" && head -c 400 "$real"`,
  ]);
  const [sum = "", mode = "", ...head] = stdout.split("\n");
  return exitCode === 0
    ? { there: true, sum: sum.slice(0, 64), mode, ours: head.join("\n").includes(REPLACED_MARK) }
    : { there: false, sum: "", mode: "", ours: false };
}

async function replace(
  context: FaultContext,
  fault: CheckScriptReplaced,
): ReturnType<FaultDriver["act"]> {
  const { aside, fresh, folder, real } = placesOf(context);
  const seen = await lookAtScript(context.node, fault.path);
  if (seen["there"] !== true || seen["ours"] === true) return timed(context.node.host, "true");
  const before =
    `${resolved(fault.path)}; mkdir -p -m 777 ${folder} && cp -p ${real} ${aside} && ` +
    `cp -p ${real} ${fresh} && { echo '#!/bin/sh'; printf "own='%s'\\n" ${aside}; cat; } >${fresh}`;
  return timed(context.node.host, `mv ${fresh} ${real}`, {
    before,
    input: textOf(fault, placesOf(context)),
  });
}

/**
 * Who runs it is looked up among its ancestors with what a shell has of itself: a keepalived before 2.0 has a
 * shell in between, and a user may have a wrapper.
 */
function textOf(fault: CheckScriptReplaced, { marks }: Places): string {
  return `# ${REPLACED_MARK}
mark() {
  p=$PPID
  while [ "$p" -gt 1 ] && read -r name </proc/$p/comm && read -r stat </proc/$p/stat; do
    case $name in keepalived*) echo keepalived >>${marks}; return ;; esac
    set -- \${stat##*) }
    p=$2
  done
  echo other >>${marks}
}
mark
${bodyOf(fault)}
`;
}

function bodyOf({ behaviour, slowUs = 0 }: CheckScriptReplaced): string {
  switch (behaviour) {
    case "hangs":
      return "exec sleep 86400";
    case "slow":
      return `sleep ${(slowUs / 1_000_000).toFixed(6)}\nexec "$own" "$@"`;
    case "always-fails":
      return "exit 1";
    case "always-succeeds":
      return "exit 0";
    default:
      return unreachable(behaviour);
  }
}

/** As long as the receipts of a simulator wait, so that a check that passes there passes here. */
const RUN_BOUND_SECONDS = 10;

async function proveRun(
  context: FaultContext,
  { path }: CheckScriptReplaced,
  before: JsonObject,
): Promise<Receipt> {
  const { node } = context;
  const where = `${path} on ${node.spec.name}`;
  const no = (proof: string): Receipt => ({ confirmed: false, proof, facts: { before } });
  if (before["there"] !== true) return no(`${where} is no file`);
  if (before["ours"] === true) return no(`${where} was replaced already`);
  const now = await lookAtScript(node, path);
  if (now["ours"] !== true) return no(`${where} is not ours`);
  const { marks } = placesOf(context);
  const { stdout } = await inHost(node, [
    "sh",
    "-c",
    `i=0; until grep -qs keepalived ${marks} || [ $i -ge ${RUN_BOUND_SECONDS * 50} ]; do i=$((i + 1)); sleep 0.02; done
     cat ${marks} 2>/dev/null`,
  ]);
  const runs = stdout.split("\n").filter(Boolean);
  const confirmed = runs.includes("keepalived");
  return {
    confirmed,
    proof: confirmed
      ? `${where} is ours, and keepalived has run it`
      : `${where} is ours, and keepalived has not run it within ${RUN_BOUND_SECONDS} s`,
    facts: { before, runs },
  };
}

async function putBack(
  context: FaultContext,
  { path }: CheckScriptReplaced,
): ReturnType<NonNullable<FaultDriver["heal"]>> {
  const { node } = context;
  const { aside, real, folder } = placesOf(context);
  const { stdout } = await inHost(node, [
    "sh",
    "-c",
    `${resolved(path)}; sha256sum <${aside} && stat -c '%a %u:%g' ${aside}; wc -l <${folder}/runs`,
  ]);
  const [sum = "", mode = "", runs = "0"] = stdout.split("\n");
  const done = await timed(node.host, `mv ${aside} ${real}`, { before: resolved(path) });
  await inHost(node, ["rm", "-rf", folder]);
  const now = await lookAtScript(node, path);
  const confirmed = done.exitCode === 0 && now["sum"] === sum.slice(0, 64) && now["mode"] === mode;
  const receipt: Receipt = {
    confirmed,
    proof: confirmed
      ? `${path} on ${node.spec.name} is what it was`
      : `${path} on ${node.spec.name} could not be put back: ${done.stderr.trim()}`,
    facts: { now, runs: Number(runs) },
  };
  return { ...done, receipt };
}
