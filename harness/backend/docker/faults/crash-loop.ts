/**
 * mysqld killed and started over and over by a shell on the node. It runs in the node's own container, and
 * not in the toolbox, because only there is the init script; it goes when the node goes.
 */
import type { Us } from "../../../core/time.ts";
import { HarnessError } from "../../../core/errors.ts";
import type { Receipt } from "../../../fault/receipt.ts";
import { lineSplitter, startStream, type RunningStream } from "../stream.ts";
import { inToolbox, livePids, PROCESS_NAMES, timed, type DockerNode } from "../node.ts";
import type { FaultDriver } from "./driver.ts";
import { proveRunning, SERVICE_TIMEOUT_MS } from "./service.ts";
import { until } from "./until.ts";

interface Span {
  readonly upUs: Us;
  readonly downUs: Us;
}

interface Death {
  readonly beginEpochUs: number;
  readonly endEpochUs: number;
  readonly pids: readonly string[];
}

/** What the loop says of itself, line by line. */
interface Loop {
  pid: number | undefined;
  /** From the kill to the line that says all are gone. */
  readonly deaths: Death[];
  starts: number;
  failures: number;
  stream: RunningStream | undefined;
}

/** A start takes up to a minute before the init script gives up; a good one takes a second or two. */
const START_MS_MAX = 40_000;
const FIRST_DEATH_MS_MAX = 15_000;

export function crashLoopDriver(span: Span): FaultDriver {
  const loop: Loop = { pid: undefined, deaths: [], starts: 0, failures: 0, stream: undefined };
  return {
    look: async (context) => ({ pids: await livePids(context.node, "mysql") }),
    act: async (context) => {
      await begin(context.node, span, loop);
      await until(() => loop.deaths.length > 0 || loop.starts > 0, FIRST_DEATH_MS_MAX);
      const [first] = loop.deaths;
      return first ?? timed(context.node.host, "true");
    },
    prove: (context, before) => proveDeaths(context.node, { span, loop }, before["pids"]),
    heal: (context) => end(context.node, loop),
  };
}

/**
 * The text comes over standard input, so that the command line is `sh -s` and no check that greps for mysqld in
 * the process list finds it. A nap is a child that is waited for, so that TERM is heard at once.
 */
function textOf({ upUs, downUs }: Span): string {
  const names = PROCESS_NAMES.mysql;
  return `loop() {
  nap() { sleep "$1" & nap=$!; wait $nap; nap=; }
  daemons() {
    for d in /proc/[0-9]*; do
      read -r name <$d/comm && case $name in ${names})
        read -r stat <$d/stat; set -- \${stat##*) }; [ "$1" = Z ] || echo "\${d#/proc/}" ;;
      esac
    done 2>/dev/null
  }
  trap 'stop=1; [ -z "$nap" ] || kill $nap' TERM
  echo "loop $$"
  while [ -z "$stop" ]; do
    pids=$(daemons)
    if [ -n "$pids" ]; then
      begin=$(date +%s%6N); kill -KILL $pids; end=$(date +%s%6N)
      i=0; while [ -n "$(daemons)" ] && [ $i -lt 250 ]; do i=$((i + 1)); sleep 0.02; done
      [ -n "$(daemons)" ] || echo death $begin $end $pids
    fi
    nap ${inSeconds(downUs)}
    [ -z "$stop" ] || break
    if service mysql start >/dev/null 2>&1; then echo start; else echo failure; fi
    [ -z "$stop" ] || break
    nap ${inSeconds(upUs)}
  done
}
loop </dev/null
`;
}

function inSeconds(us: Us): string {
  return (us / 1_000_000).toFixed(6);
}

async function begin(node: DockerNode, span: Span, loop: Loop): Promise<void> {
  const heard = lineSplitter((line) => {
    hear(loop, line);
  });
  loop.stream = await startStream(node.host, ["sh", "-s"], {
    stdin: true,
    onStdout: heard,
    onStderr: () => undefined,
  });
  loop.stream.write(textOf(span));
  loop.stream.endInput();
  if (await until(() => loop.pid !== undefined, FIRST_DEATH_MS_MAX)) return;
  throw new HarnessError("COMMAND_FAILED", `the loop on ${node.spec.name} did not begin`);
}

function hear(loop: Loop, line: string): void {
  const [word, ...rest] = line.trim().split(" ");
  switch (word) {
    case "loop":
      loop.pid = Number(rest[0]);
      return;
    case "death": {
      const [beginUs, endUs, ...pids] = rest;
      loop.deaths.push({ beginEpochUs: Number(beginUs), endEpochUs: Number(endUs), pids });
      return;
    }
    case "start":
      loop.starts += 1;
      return;
    case "failure":
      loop.failures += 1;
      return;
    default:
      return;
  }
}

async function proveDeaths(
  node: DockerNode,
  { span, loop }: { readonly span: Span; readonly loop: Loop },
  before: unknown,
): Promise<Receipt> {
  const boundMs = (span.upUs + span.downUs) / 1000 + START_MS_MAX;
  if (loop.pid !== undefined) await until(() => loop.deaths.length >= 2, boundMs);
  const deaths = loop.deaths.map(({ pids }) => pids.map(Number));
  const facts = { before: pidsOf(before), deaths, starts: loop.starts, failures: loop.failures };
  if (pidsOf(before).length === 0) {
    const proof = `mysql was not running on ${node.spec.name} before the fault`;
    return { confirmed: false, proof, facts };
  }
  const confirmed = deaths.length >= 2;
  return {
    confirmed,
    proof: confirmed
      ? `mysqld processes ${deaths[0]?.join(", ") ?? ""} died, and after a start ${deaths[1]?.join(", ") ?? ""}`
      : `${deaths.length} deaths of mysqld were seen within ${boundMs / 1000} s, ${loop.starts} starts and ${loop.failures} that failed`,
    facts,
  };
}

async function end(node: DockerNode, loop: Loop): ReturnType<NonNullable<FaultDriver["heal"]>> {
  const { pid } = loop;
  const stop =
    pid === undefined
      ? ""
      : `kill -TERM ${pid}; i=0; while [ -d /proc/${pid} ] && [ $i -lt 4000 ]; do i=$((i + 1)); sleep 0.02; done;`;
  const started = await timed(node.host, `${stop} service mysql start >/dev/null </dev/null`, {
    timeoutMs: 2 * SERVICE_TIMEOUT_MS,
  });
  const left = pid === undefined ? "" : await inToolbox(node, `ps -o pid= -p ${pid} || true`);
  const running = await proveRunning(node, "mysql");
  const ended = left.trim() === "";
  const facts = { ...running.facts, deaths: loop.deaths.length, starts: loop.starts };
  const receipt: Receipt = {
    confirmed: ended && running.confirmed,
    proof: ended
      ? `the loop has ended and ${running.proof}`
      : `the loop ${pid ?? 0} is still alive`,
    facts,
  };
  return { ...started, receipt };
}

function pidsOf(value: unknown): number[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "number") : [];
}
