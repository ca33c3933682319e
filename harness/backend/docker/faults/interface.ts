/** Takes the node's interface down and up, as an administrator would. */
import type { JsonObject } from "../../../core/json.ts";
import type { Receipt } from "../../../fault/receipt.ts";
import { inToolbox, timed, type DockerNode } from "../node.ts";
import type { FaultDriver } from "./driver.ts";

export interface InterfaceState extends JsonObject {
  readonly exists: boolean;
  /** UP and LOWER_UP: it carries packets. */
  readonly up: boolean;
  readonly mac: string;
  readonly addresses: readonly string[];
  /** IPv4 routes that the kernel does not make by itself, in the words of `ip route`. */
  readonly routes: readonly string[];
}

/** Looks at 20 ms distance; a veth carries packets a few ms after it was taken up. */
const UP_LOOKS_MAX = 250;

export function interfaceDownDriver(): FaultDriver {
  let before: InterfaceState | undefined;
  return {
    look: ({ node }) => readInterface(node),
    act: async ({ node }) => {
      before = await readInterface(node);
      return timed(node.toolbox, `ip link set dev ${node.spec.interface} down`);
    },
    prove: async ({ node }, { up: wasUp }) => {
      const now = await readInterface(node);
      const confirmed = wasUp === true && now.exists && !now.up;
      const state = now.up ? "is up" : "is down";
      const proof =
        wasUp === true
          ? `${node.spec.interface} of ${node.spec.name} ${state}`
          : `${node.spec.interface} of ${node.spec.name} was not up before`;
      return { confirmed, proof, facts: { now } };
    },
    heal: async ({ node }) => {
      // What was down before is not ours to take up.
      const command = before?.up === true ? upScript(node, before) : "true";
      const done = await timed(node.toolbox, command);
      return { ...done, receipt: await restored(node, before) };
    },
  };
}

function upScript(node: DockerNode, before: InterfaceState): string {
  const device = node.spec.interface;
  return [`ip link set dev ${device} up`, ...routeCommands(device, before.routes)].join("; ");
}

/** `replace`, because keepalived or the kernel may have been quicker. */
export function routeCommands(device: string, routes: readonly string[]): readonly string[] {
  return routes.map((route) => `ip route replace ${route} dev ${device}`);
}

/** Everything is as it was, the addresses that keepalived moves left aside. */
export async function restored(
  node: DockerNode,
  before: InterfaceState | undefined,
): Promise<Receipt> {
  const { spec } = node;
  if (before?.up !== true) {
    return { confirmed: true, proof: "nothing was taken down", facts: {} };
  }
  const now = await waitUntilUp(node);
  const lacking = before.routes.filter((route) => !now.routes.includes(route));
  const faults = [
    ...(now.up ? [] : [`${spec.interface} is not up`]),
    ...(now.addresses.includes(spec.address) ? [] : [`${spec.address} is missing`]),
    ...(now.mac === before.mac ? [] : [`its hardware address is ${now.mac}, not ${before.mac}`]),
    ...lacking.map((route) => `route ${route} is missing`),
  ];
  return {
    confirmed: faults.length === 0,
    proof:
      faults.length === 0
        ? `${spec.interface} of ${spec.name} is up, with ${spec.address} and its routes`
        : faults.join("; "),
    facts: { before, now },
  };
}

async function waitUntilUp(node: DockerNode): Promise<InterfaceState> {
  const device = node.spec.interface;
  await inToolbox(
    node,
    `i=0; while [ $i -lt ${UP_LOOKS_MAX} ]; do
       ip -o link show dev ${device} 2>/dev/null | grep -q '[<,]LOWER_UP[,>]' && break
       i=$((i + 1)); sleep 0.02
     done`,
  );
  return readInterface(node);
}

export async function readInterface(node: DockerNode): Promise<InterfaceState> {
  const device = node.spec.interface;
  const text = await inToolbox(
    node,
    `ip -o link show dev ${device} 2>/dev/null; echo ---; ip -o -4 address show dev ${device} 2>/dev/null
     echo ---; ip -4 route show dev ${device} 2>/dev/null; true`,
  );
  return parseInterface(text);
}

const NOT_THERE: InterfaceState = { exists: false, up: false, mac: "", addresses: [], routes: [] };

/** Link, addresses and routes in the words of iproute2, with `---` between them. */
export function parseInterface(text: string): InterfaceState {
  const [link = "", addresses = "", routes = ""] = text.split(/^---\n/m);
  const flags = /<([^>]*)>/.exec(link)?.[1]?.split(",");
  if (flags === undefined) return NOT_THERE;
  return {
    exists: true,
    up: flags.includes("UP") && flags.includes("LOWER_UP"),
    mac: /link\/ether (\S+)/.exec(link)?.[1] ?? "",
    addresses: [...addresses.matchAll(/ inet ([\d.]+)\/\d+ /g)].map((match) => match[1] ?? ""),
    routes: routes
      .split("\n")
      .map((route) => route.trim())
      .filter((route) => route !== "" && !/ proto (?:kernel|keepalived)\b/.test(route)),
  };
}
