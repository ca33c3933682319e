/**
 * Do two members take each other's adverts? Where they do not, both become MASTER and there is
 * nothing to predict.
 *
 * Source: the order of checks in keepalived 2.2.7 and 2.3.4 `vrrp.c:vrrp_check_packet`.
 */
import { formatSeconds } from "../core/time.ts";
import type { VrrpInstance } from "../keepalived/config.ts";
import { addressOf, type Member, type Router } from "./cluster.ts";

/** Why the first rejects what the second sends. */
function rejects(own: Member, other: Member): string | undefined {
  const [a, b] = [own.instance, other.instance];
  if (a.version !== b.version) return `VRRP version ${a.version} against ${b.version}`;
  if (passwordOf(a) !== passwordOf(b)) return "their authentication differs";
  if (a.version === 2 && own.profile.intervalMismatchRejected && a.advertIntUs !== b.advertIntUs) {
    return `advert_int ${formatSeconds(a.advertIntUs)} against ${formatSeconds(b.advertIntUs)}`;
  }
  if (own.profile.vipMismatchRejected && vipsOf(a) !== vipsOf(b)) return "their VIP lists differ";
  return routes(own, other);
}

function routes(own: Member, other: Member): string | undefined {
  const [a, b] = [own.instance, other.instance];
  const [unicast, otherUnicast] = [a.unicastPeers.length > 0, b.unicastPeers.length > 0];
  if (unicast !== otherUnicast) return "one uses unicast, the other multicast";
  if (!unicast) {
    return a.multicastGroup === b.multicastGroup ? undefined : "their multicast groups differ";
  }
  const address = addressOf(own);
  const listed = b.unicastPeers.some((peer) => peer.address === address);
  return address === undefined || listed
    ? undefined
    : `${other.node.name} does not list ${address} as a unicast peer`;
}

function passwordOf({ version, authentication }: VrrpInstance): string {
  if (version === 3 || authentication === undefined) return "";
  return `${authentication.type} ${authentication.password}`;
}

function vipsOf({ addresses }: VrrpInstance): string {
  return addresses
    .map(({ address }) => address)
    .toSorted()
    .join(" ");
}

/** The first quarrel of a router, as a sentence. Before 2.0.0 some of these went unnoticed for long. */
export function quarrelIn({ members }: Router): string | undefined {
  for (const own of members) {
    for (const other of members) {
      const why = own === other ? undefined : rejects(own, other);
      if (why === undefined) continue;
      return `${own.node.name} does not take the adverts of ${other.node.name} (${why}): both become MASTER`;
    }
  }
  return undefined;
}
