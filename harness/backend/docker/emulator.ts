/**
 * The link emulator: holds back what leaves an interface, where the kernel has no netem. A rule in the netdev egress hook
 * marks the frames and forwards them to the loopback interface (a pair of interfaces of our own would do as well, but
 * keepalived notices and logs those); the toolbox's `link-emulator` reads them there, waits, and sends them out of the
 * interface with another mark by which the rule knows them. All of it is in the node's network namespace, works beside any
 * container whose interface is there, and goes when the namespace goes.
 *
 * The chain comes before those of other faults, which thereby see each frame once: when it really leaves.
 */
import type Dockerode from "dockerode";
import type { JsonObject } from "../../core/json.ts";
import type { Us } from "../../core/time.ts";
import type { Receipt } from "../../fault/receipt.ts";
import { executeOk } from "./exec.ts";
import { tableText, type Chain } from "./faults/table.ts";
import { timed, type TimedCommand } from "./node.ts";

export interface Emulation {
  readonly device: string;
  /** Frames that are taken, in the words of nft; absent: all. */
  readonly match?: string;
  /** Of the frames taken; the others leave at once. */
  readonly share: number;
  readonly delayUs: Us;
  /** Drawn anew for each frame, from less this to plus this. */
  readonly jitterUs: Us;
}

/** Frames; lateness is beyond the delay that was asked for. */
export interface EmulatorCounts extends JsonObject {
  readonly taken: number;
  readonly held: number;
  readonly sent: number;
  readonly dropped: number;
  readonly waiting: number;
  readonly worstLateUs: number;
  /** The sum over all that were sent. */
  readonly lateUs: number;
}

/** One emulator in a namespace: with two, each would take what the other has sent. The second finds the name taken. */
const TABLE = "vipdrill_emulator";
const DETOUR = "lo";
/** "ve" for what has waited, the next number for what is to wait. */
const PASS_MARK = "0x7665";
const TAKE_MARK = "0x7666";
/** Of the duplicating fault: its copies have waited already. */
const COPY_MARK = "0x7664";
const FILES = "/run/vipdrill-emulator";
/** Looks 10 ms apart, for 10 s: a busy machine takes its time to start a program. */
const LOOKS = 1000;

/** What has been read must not reach the node's own stack as well; readers come before this hook. */
export function sinkChain(): Chain {
  return {
    name: "sink",
    hook: `type filter hook ingress device "${DETOUR}" priority 0;`,
    rules: [`meta mark ${TAKE_MARK} drop`],
  };
}

/** Other faults' chains find the mark 0, which frames have as a rule. On `lo` itself what takes the detour passes once more. */
export function takingChain({ device, match }: Pick<Emulation, "device" | "match">): Chain {
  return {
    name: "out",
    hook: `type filter hook egress device "${device}" priority -100;`,
    rules: [
      `meta mark ${PASS_MARK} counter meta mark set 0 accept`,
      `meta mark { ${COPY_MARK}, ${TAKE_MARK} } accept`,
      `${match === undefined ? "" : `${match} `}counter meta mark set ${TAKE_MARK} fwd to "${DETOUR}"`,
    ],
  };
}

function load(chain: Chain): string {
  return `nft -f - <<'RULES'\n${tableText("netdev", TABLE, [chain])}RULES`;
}

/**
 * The program, which gets nothing yet; sets `ready=1` once it watches. When it ends, whatever the reason, its rules go:
 * frames then leave as if nothing had been there.
 */
export function prepareScript({ device, share, delayUs, jitterUs }: Emulation): string {
  const marks = `from=${DETOUR} take=${TAKE_MARK} to=${device} pass=${PASS_MARK}`;
  const options = `${marks} delayUs=${delayUs} jitterUs=${jitterUs} share=${share}`;
  return `ready=0
if nft create table netdev ${TABLE}; then
  rm -f ${FILES}.*
  ${load(sinkChain())}
  setsid sh -c 'nice -n -20 link-emulator ${options} status=${FILES}.status & echo $! >${FILES}.pid; wait $!
    nft delete table netdev ${TABLE}' </dev/null >/dev/null 2>${FILES}.log &
  ${waitUntil(`[ -s ${FILES}.status ] || [ -s ${FILES}.log ]`)}
  if [ -s ${FILES}.status ]; then ready=1; else cat ${FILES}.log >&2; fi
fi`;
}

export function takeScript(emulation: Emulation): string {
  return `[ "$ready" = 1 ] && ${load(takingChain(emulation))}`;
}

const IS_THERE = `nft list tables | grep -qx 'table netdev ${TABLE}'`;

/** Bounded. */
function waitUntil(condition: string): string {
  return `i=0; until ${condition} || [ $i -ge ${LOOKS} ]; do i=$((i + 1)); sleep 0.01; done`;
}

/** Prints the counters as JSON; nothing when no emulator runs. */
export const ASK_SCRIPT: string = `if ${IS_THERE}; then
rm -f ${FILES}.status; kill -USR1 "$(cat ${FILES}.pid)" && { ${waitUntil(`[ -s ${FILES}.status ]`)}; cat ${FILES}.status; }
fi`;

/** The rule goes first; what is held then leaves in order, and the program ends. */
export const END_SCRIPT: string = `if ${IS_THERE}; then
nft delete chain netdev ${TABLE} out; kill -TERM "$(cat ${FILES}.pid)"
${waitUntil(`! ${IS_THERE}`)}
fi`;

/** The last counters, what the program complained of, and what is left of it: a line each. */
export const LAST_SCRIPT: string = `printf '%s\\n' "$(cat ${FILES}.status 2>/dev/null)" "$(tail -n 1 ${FILES}.log 2>/dev/null)"
nft list tables | grep -x 'table netdev ${TABLE}'; true`;

const TRIAL: Emulation = { device: "lo", share: 1, delayUs: 1000, jitterUs: 0 };

export function startEmulator(
  tools: Dockerode.Container,
  emulation: Emulation,
): Promise<TimedCommand> {
  return timed(tools, takeScript(emulation), { before: prepareScript(emulation) });
}

export async function emulatorCounts(
  tools: Dockerode.Container,
): Promise<EmulatorCounts | undefined> {
  return countsIn(await run(tools, `${ASK_SCRIPT}; true`));
}

export function countsIn(text: string): EmulatorCounts | undefined {
  const json = text.trim();
  return json === "" ? undefined : (JSON.parse(json) as EmulatorCounts);
}

export async function endEmulator(
  tools: Dockerode.Container,
): Promise<TimedCommand & { readonly receipt: Receipt }> {
  const done = await timed(tools, END_SCRIPT);
  return { ...done, receipt: endReceipt(await run(tools, LAST_SCRIPT)) };
}

/** That it is gone is not enough: it has to have worked until then. A node that lost its power has taken it along. */
export function endReceipt(last: string): Receipt {
  const [status = "", complaint = "", ...left] = last.trimEnd().split("\n");
  const counts = countsIn(status);
  const facts = { by: "emulator", ...counts };
  if (left.length > 0) {
    return { confirmed: false, proof: `of the link emulator is left: ${left.join("; ")}`, facts };
  }
  if (complaint !== "") {
    return { confirmed: false, proof: `the link emulator had ended early: ${complaint}`, facts };
  }
  const said = counts === undefined ? "" : `: ${emulatorWords(counts)}`;
  return { confirmed: true, proof: `the link emulator is gone${said}`, facts };
}

export function emulatorWords({ sent, waiting, dropped, worstLateUs }: EmulatorCounts): string {
  if (sent === 0) return `${waiting} frames wait, none was sent, ${dropped} dropped`;
  return `${sent} frames sent, worst lateness ${(worstLateUs / 1000).toFixed(1)} ms, ${dropped} dropped`;
}

/**
 * On the loopback interface of a throw-away container; what fails says why. Nothing answers there: the kernel takes its own
 * address from outside for a forged one.
 */
export const TRIAL_SCRIPT: string = `${prepareScript(TRIAL)}
${takeScript(TRIAL)}
[ $? = 0 ] && {
ping -c 1 -W 0.1 127.0.0.1 >/dev/null
{ ${ASK_SCRIPT}; } | grep -q '"sent":[1-9]' && { ${END_SCRIPT}; } && ! ${IS_THERE}; }`;

function run(tools: Dockerode.Container, script: string): Promise<string> {
  return executeOk(tools, "the link emulator", ["sh", "-c", script]);
}

/** The kernel has no such queue, as tc tells it: with extended error reports, and before there were any. */
export function lacksQueue(stderr: string): boolean {
  return /qdisc kind is unknown|RTNETLINK answers: No such file/i.test(stderr);
}

/** What a timed command printed, without its time stamps, in one line. */
export function complaintOf(stderr: string): string {
  return stderr
    .replaceAll(/^@\d{16}$/gm, "")
    .trim()
    .replaceAll(/\s*\n\s*/g, "; ");
}
