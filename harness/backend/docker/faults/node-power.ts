/**
 * Drivers that take a node away as a whole and let it boot: power cut and reboot. The container stays, because
 * its namespaces are where our observers live; what a machine loses with its power is taken from it by hand.
 */
import type { JsonObject } from "../../../core/json.ts";
import { DEFAULT_BOOT, type BootOrder } from "../../../fault/node/index.ts";
import type { Receipt } from "../../../fault/receipt.ts";
import { parseAddressDump } from "../../../observe/netlink.ts";
import { inToolbox, livePids, PROCESS_NAMES, timed, waitUntilGone, type Service } from "../node.ts";
import { takeForwarded } from "../real-server.ts";
import type { Applied, FaultContext, FaultDriver } from "./driver.ts";
import { NETWORK_FAMILY, networkCut, networkDropped } from "./node-network.ts";
import { OWN_PROCESSES, ownPids } from "./node-processes.ts";
import { SERVICE_TIMEOUT_MS } from "./service.ts";
import { isTableThere, loadTable, tableName } from "./table.ts";

/** A clean stop of keepalived with children takes at most 5 s (2.2.7 `main.c:sigend`). */
const KEEPALIVED_GONE_SECONDS = 10;

export function powerOffDriver(boot: BootOrder = DEFAULT_BOOT): FaultDriver {
  let hadSyslog = false;
  return {
    look: async ({ node }) => ({ pids: await ownPids(node) }),
    act: async (context) => {
      hadSyslog = await hasSyslog(context);
      return switchOff(context);
    },
    prove: proveOff,
    heal: async (context) => {
      const dropped = await networkDropped(context);
      const booted = await bootUp(context, boot, hadSyslog);
      return { ...booted, receipt: await proveUp(context, booted, { dropped }) };
    },
  };
}

/** One action from the shutdown to the end of the boot. */
export function rebootDriver(downUs: number, boot: BootOrder = DEFAULT_BOOT): FaultDriver {
  let done: { readonly dropped: { in: number; out: number }; readonly booted: Booted } | undefined;
  return {
    look: async (context) => ({ pids: await servicePids(context) }),
    act: async (context) => {
      const hadSyslog = await hasSyslog(context);
      const down = await shutDown(context);
      await switchOff(context);
      const away = timed(context.node.toolbox, `sleep ${downUs / 1_000_000}`, {
        timeoutMs: downUs / 1000 + SERVICE_TIMEOUT_MS,
      });
      const [dropped] = await Promise.all([networkDropped(context), away]);
      const booted = await bootUp(context, boot, hadSyslog);
      done = { dropped, booted };
      return { beginEpochUs: down.beginEpochUs, endEpochUs: booted.endEpochUs };
    },
    prove: async (context, before) => {
      if (done === undefined) {
        return {
          confirmed: false,
          proof: `${context.node.spec.name} was not away`,
          facts: { before },
        };
      }
      const { dropped, booted } = done;
      const old = (before["pids"] as readonly number[] | undefined) ?? [];
      const left = (await servicePids(context)).filter((pid) => old.includes(pid));
      const up = await proveUp(context, booted, { before: [...old], left, dropped });
      const wasAway = dropped.in > 0 && dropped.out > 0;
      return {
        confirmed: up.confirmed && wasAway && left.length === 0,
        proof: [
          wasAway ? "its frames were dropped both ways" : "no frame was dropped while it was away",
          left.length === 0
            ? "no service process of before is left"
            : `${left.join(", ")} never ended`,
          up.proof,
        ].join("; "),
        facts: up.facts,
      };
    },
  };
}

function servicesOf({ node }: FaultContext): readonly Service[] {
  const { mysql, keepalived } = node.spec;
  return [
    ...(mysql === undefined ? [] : (["mysql"] as const)),
    ...(keepalived === undefined ? [] : (["keepalived"] as const)),
  ];
}

async function servicePids(context: FaultContext): Promise<number[]> {
  const all = await Promise.all(servicesOf(context).map((name) => livePids(context.node, name)));
  return all.flat();
}

async function hasSyslog({ node }: FaultContext): Promise<boolean> {
  return (await inToolbox(node, "pgrep -x rsyslogd || true")).trim() !== "";
}

/** keepalived first, so that the VIP has moved by the time MySQL stops, as the init system orders it. */
async function shutDown(context: FaultContext): Promise<Applied> {
  const { node } = context;
  const pids = await livePids(node, "keepalived");
  const options = { timeoutMs: SERVICE_TIMEOUT_MS };
  const stopped = await timed(node.host, "service keepalived stop >/dev/null", options);
  if (pids.length > 0) await waitUntilGone(node, pids, KEEPALIVED_GONE_SECONDS);
  if (node.spec.mysql === undefined) return stopped;
  const last = await timed(node.host, "service mysql stop >/dev/null", options);
  return { beginEpochUs: stopped.beginEpochUs, endEpochUs: last.endEpochUs };
}

/**
 * The network goes first, so that nothing the kernel says for dying processes gets out. Stopped before they
 * are killed, so that none sees another die. RTPROT_KEEPALIVED is 18 (linux/rtnetlink.h).
 */
async function switchOff(context: FaultContext): Promise<Applied> {
  const { node } = context;
  const { address } = node.spec;
  const cut = await loadTable(context, NETWORK_FAMILY, networkCut(context));
  const script = `kill -STOP $pids; kill -KILL $pids
i=0; while [ $i -lt 50 ]; do
  left=$(own_processes); [ -z "$left" ] && break
  kill -KILL $left; i=$((i + 1)); sleep 0.02
done
ip -o address show scope global | while read -r number device family own rest; do
  case "$own" in ${address}/*) ;; *) ip address del "$own" dev "$device" ;; esac
done
ip route flush proto 18; ip rule flush protocol 18
ip -o link show type macvlan | sed -n 's/^[0-9]*: \\([^@:]*\\).*/\\1/p' | while read -r device; do ip link del "$device"; done
nft list tables | sed -n 's/^table \\(.* keepalived.*\\)$/delete table \\1/p' | nft -f -
i=0; while [ $i -lt 50 ] && [ -n "$(ss -tHn state connected)" ]; do
  ss -K -t -n state connected >/dev/null; i=$((i + 1)); sleep 0.02
done
ip neigh flush all`;
  const dead = await timed(node.toolbox, `{ ${script}\n} 2>/dev/null`, {
    before: `${OWN_PROCESSES}\npids=$(own_processes)`,
  });
  return { beginEpochUs: cut.beginEpochUs, endEpochUs: dead.endEpochUs };
}

async function proveOff(context: FaultContext, before: JsonObject): Promise<Receipt> {
  const { node } = context;
  const old = (before["pids"] as readonly number[] | undefined) ?? [];
  if (old.length === 0) {
    return {
      confirmed: false,
      proof: `nothing ran on ${node.spec.name} before, so there was no power to cut`,
      facts: { before: [] },
    };
  }
  const left = await ownPids(node);
  const addresses = parseAddressDump(await inToolbox(node, "ip -o -4 address show"));
  const connections = await inToolbox(node, "ss -tHn state connected | wc -l");
  const dropped = await networkDropped(context);
  const faults = [
    ...(left.length === 0 ? [] : [`${left.length} processes are left on ${node.spec.name}`]),
    ...(addresses.includes(context.vip) ? [`it still has ${context.vip}`] : []),
    ...(dropped.in > 0 ? [] : ["nothing sent to it was dropped"]),
    ...(dropped.out > 0 ? [] : ["nothing it sends was dropped"]),
  ];
  return {
    confirmed: faults.length === 0,
    proof:
      faults.length === 0
        ? `${old.length} processes are gone and none is left, ${context.vip} is not on ${node.spec.name}, and frames are dropped both ways`
        : faults.join("; "),
    facts: { before: [...old], left, addresses, dropped, connectionsLeft: Number(connections) },
  };
}

interface Booted extends Applied {
  /** Processes that each service had right after its start command. */
  readonly started: Readonly<Record<Service, readonly number[]>>;
}

/** What images/host/host-main does at boot, then the services. */
async function bootUp(context: FaultContext, boot: BootOrder, hadSyslog: boolean): Promise<Booted> {
  const { node } = context;
  const syslog = hadSyslog ? "rsyslogd;" : "";
  await timed(node.host, `rm -f /run/*.pid /run/mysqld/*; ${syslog}`);
  await takeForwarded(node, context.topology);
  const back = await timed(node.wire, `nft delete table ${NETWORK_FAMILY} ${tableName(context)}`);
  const done = await timed(node.host, startScript(servicesOf(context), boot), {
    timeoutMs: 2 * SERVICE_TIMEOUT_MS,
  });
  const pidsOf = (name: Service): number[] =>
    [...done.stdout.matchAll(new RegExp(`^${name} (\\d+)$`, "gm"))].map(([, pid]) => Number(pid));
  return {
    beginEpochUs: back.beginEpochUs,
    endEpochUs: done.endEpochUs,
    started: { mysql: pidsOf("mysql"), keepalived: pidsOf("keepalived") },
  };
}

/** Each start command is followed by a look at what it started, with the shell's own means. */
function startScript(services: readonly Service[], boot: BootOrder): string {
  const order = boot === "keepalived-first" ? services.toReversed() : services;
  const commands = order.map(
    (name) => `{ service ${name} start >/dev/null; look ${name} '${PROCESS_NAMES[name]}'; }`,
  );
  const look = `look() { for dir in /proc/[0-9]*; do
  read -r name <$dir/comm 2>/dev/null || continue
  case "|$2|" in *"|$name|"*) echo "$1 \${dir#/proc/}" ;; esac
done; }`;
  const run =
    boot === "together"
      ? `${commands.map((command) => `${command} &`).join(" ")} wait`
      : commands.join("; ");
  return `${look}\n${run}`;
}

/**
 * The node has booted when its link is back and every service was started. One that has ended since (keepalived, if
 * its check script stops it) was started all the same: that is what the boot led to, and not a failure to boot.
 */
async function proveUp(context: FaultContext, booted: Booted, facts: JsonObject): Promise<Receipt> {
  const { node } = context;
  const isCut = await isTableThere(context, NETWORK_FAMILY);
  const found = await Promise.all(
    servicesOf(context).map(async (name) => ({
      name,
      started: booted.started[name],
      running: await livePids(node, name),
    })),
  );
  const missing = found.filter(({ started }) => started.length === 0).map(({ name }) => name);
  const words = found.map(({ name, started, running }) =>
    running.length > 0
      ? `${name} runs as ${running.join(", ")}`
      : `${name} was started as ${started.join(", ")} and has ended since`,
  );
  return {
    confirmed: !isCut && missing.length === 0,
    proof: isCut
      ? `frames of ${node.spec.name} are still dropped`
      : missing.length > 0
        ? `${missing.join(" and ")} did not start on ${node.spec.name}`
        : `${node.spec.name} has booted: ${words.join("; ")}`,
    facts: {
      ...facts,
      ...Object.fromEntries(
        found.map(({ name, started, running }) => [name, { started: [...started], running }]),
      ),
    },
  };
}
