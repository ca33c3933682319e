/** A foreign host sends adverts of the cluster's VRID, from a process of its own, until it is ended. */
import { present } from "../../../core/assert.ts";
import { HarnessError } from "../../../core/errors.ts";
import { MICROSECONDS_PER_SECOND } from "../../../core/time.ts";
import type { VrrpInstance } from "../../../keepalived/config.ts";
import type { Receipt } from "../../../fault/receipt.ts";
import { onlyRouter } from "../../../topology/resolve.ts";
import { configOf } from "../../../topology/routers.ts";
import { execute } from "../exec.ts";
import { onWire, timed } from "../node.ts";
import { strangerAddress, type Stranger } from "../stranger.ts";
import { advertBytes } from "./advert-bytes.ts";
import type { FaultContext, FaultDriver } from "./driver.ts";

/** The first advert leaves as soon as perl has started; a busy machine gets some seconds more. */
const SEEN_BOUND_SECONDS = 5;

/** Sends the same bytes again and again; the kernel puts our address in front. */
const SEND = `use Socket; my ($if, $hex, $seconds) = @ARGV;
  socket(my $s, PF_INET, SOCK_RAW, 112) or die $!;
  setsockopt($s, 0, 33, pack("i", 255)) or die $!; # IP_MULTICAST_TTL: keepalived demands 255
  setsockopt($s, SOL_SOCKET, 25, pack("Z16", $if)) or die $!; # SO_BINDTODEVICE
  my $to = pack_sockaddr_in(0, inet_aton("224.0.0.18"));
  while (1) { send($s, pack("H*", $hex), 0, $to); select(undef, undef, undef, $seconds); }`;

export function rogueRouterDriver(priority: number): FaultDriver {
  return {
    look: () => Promise.resolve({}),
    act: async (context) => {
      const stranger = await context.stranger();
      const instance = instanceOf(context);
      const bytes = advertBytes({
        version: instance.version,
        source: stranger.address,
        vrid: instance.virtualRouterId,
        priority,
        addresses: onlyRouter(context.topology).vips.map((vip) => vip.address),
        advertIntUs: instance.advertIntUs,
        ...(instance.authentication?.type === "PASS"
          ? { password: instance.authentication.password }
          : {}),
      });
      const seconds = instance.advertIntUs / MICROSECONDS_PER_SECOND;
      const words = `${stranger.interface} ${Buffer.from(bytes).toString("hex")} ${seconds}`;
      return timed(
        stranger.container,
        `perl -e '${SEND}' ${words} >/dev/null 2>&1 </dev/null & echo $! > ${pidFile(context)}`,
      );
    },
    prove: (context) => prove(context, priority),
    heal: async (context) => {
      const stranger = await context.stranger();
      const done = await timed(stranger.container, `kill "$(cat ${pidFile(context)})"`);
      return { ...done, receipt: await proveSilent(context, stranger) };
    },
  };
}

function pidFile({ handle }: FaultContext): string {
  return `/tmp/vipdrill_${handle}.pid`;
}

/** As the holder of the VIP reads its own text. */
function instanceOf({ node, topology }: FaultContext): VrrpInstance {
  const { vrid } = onlyRouter(topology);
  const config = configOf(node.spec, topology.keepalivedVersion);
  const found = config?.instances.find((instance) => instance.virtualRouterId === vrid);
  return present(found, `instance of VRID ${vrid} on ${node.spec.name}`);
}

/**
 * Captured at the holder, so that it was on the wire. Another rogue's adverts do not count: they are told
 * by their priority, the third byte of an advert (RFC 3768, section 5.1), and one of the same by our process.
 */
async function prove(context: FaultContext, priority: number): Promise<Receipt> {
  const { node } = context;
  const source = strangerAddress(context.topology);
  const intervals = (2 * instanceOf(context).advertIntUs) / MICROSECONDS_PER_SECOND;
  const bound = Math.ceil(SEEN_BOUND_SECONDS + intervals);
  const filter = `ip proto 112 and src host ${source} and ip[22] = ${priority}`;
  const seen = await onWire(
    node,
    `timeout ${bound} tcpdump -Z root -p -n -c 1 -i ${node.spec.interface} '${filter}' 2>/dev/null || true`,
  );
  const advert = seen.split("\n").find((line) => line.includes("VRRP"));
  const words = `of priority ${priority} from ${source} reached ${node.spec.name}`;
  if (advert === undefined) {
    const proof = `no advert ${words} within ${bound} s`;
    return { confirmed: false, proof, facts: { seen: "" } };
  }
  const confirmed = await sends(context);
  return {
    confirmed,
    proof: `an advert ${words}${confirmed ? "" : ", but our program does not run"}`,
    facts: { seen: advert },
  };
}

/** Asked only where an advert was seen: a foreign host that was never made has no process. */
async function sends(context: FaultContext): Promise<boolean> {
  const { container } = await context.stranger();
  const { exitCode } = await execute(container, [
    "sh",
    "-c",
    `kill -0 "$(cat ${pidFile(context)})"`,
  ]);
  return exitCode === 0;
}

async function proveSilent(context: FaultContext, stranger: Stranger): Promise<Receipt> {
  const script = `pid=$(cat ${pidFile(context)}) || exit 2
    for i in 1 2 3 4 5 6 7 8 9 10; do kill -0 "$pid" 2>/dev/null || exit 0; sleep 0.1; done; exit 1`;
  const { exitCode } = await execute(stranger.container, ["sh", "-c", script]);
  if (exitCode === 2) {
    throw new HarnessError("FAULT_NOT_HEALED", "the rogue router left no process id");
  }
  return {
    confirmed: exitCode === 0,
    proof: exitCode === 0 ? "the program that sent adverts is gone" : "it still sends adverts",
    facts: {},
  };
}
