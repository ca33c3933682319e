/** Faults of VRRP, ARP and the virtual address against the rows. */
import { fails, type Topology } from "../../harness/scenario/index.ts";
import type { Row } from "../stories/row.ts";
import type { Declared, Entry } from "./matrix.ts";

const HOLDER = { role: "holder" } as const;

/**
 * A split brain that a reload of the winner ends: its first advert makes the loser yield, and no gratuitous ARP tells the
 * neighbours, who go on asking the loser until their entries expire.
 */
export const RELOADED: Declared = {
  becomes: "both",
  unserved: true,
  but: [
    fails(
      "arp-converged",
      "the reloaded master announces nothing when the other one yields, so neighbours go on asking a host without the VIP",
    ),
  ],
};

/** The VIP stays where it is, and no answer of it arrives. */
const UNANSWERED: Declared = {
  becomes: "stays",
  but: [fails("outage-within", "the VIP is there, and nothing it answers arrives")],
};

/**
 * Whoever was told goes on sending there after it has left, for as long as the kernel believes it: the client's entry was
 * REACHABLE again 5 s after the announcement, without an ARP answer (what the foreign host refuses confirms it), and then holds
 * for 15 to 45 s (arp(7), `base_reachable_time`); or it was not, and the client was back after 8 s. Both were seen; the drill does not wait.
 */
const TAKEN: Declared = {
  becomes: "stays",
  watchSeconds: 3,
  unserved: true,
  but: [fails("single-holder", "a foreign host answers for the VIP")],
};

export const VRRP_ENTRIES: readonly Entry[] = [
  {
    story: "vrrp-blocked-out",
    title: "The holder's adverts do not get out",
    why: "The standby takes over; the old holder hears a lower priority and stays master: both have the VIP.",
    fault: { kind: "vrrp-blocked", node: HOLDER, direction: "out" },
    rows: { "dual-script": { becomes: "both" }, "dual-check": { becomes: "both" } },
  },
  {
    story: "vrrp-blocked-in",
    title: "The holder does not hear VRRP",
    why: "A master has nobody to listen to: nothing happens, until the next election needs it.",
    fault: { kind: "vrrp-blocked", node: HOLDER, direction: "in" },
    rows: { "dual-script": { becomes: "stays" }, "dual-check": { becomes: "stays" } },
  },
  {
    story: "address-added",
    title: "The VIP is added to the standby by hand",
    why: "keepalived on the standby does not look at an address it did not add: both have it, and both answer for it.",
    fault: { kind: "address-added", node: { role: "standby" } },
    rows: { "dual-script": { becomes: "both" }, "dual-check": { becomes: "both" } },
  },
  {
    story: "adverts-lost",
    title: "Three adverts in a hundred are lost",
    why: "The protocol was made for this: three in a row have to go missing, one chance in 37,000 a second.",
    fault: { kind: "adverts-lost", node: HOLDER, direction: "both", share: 0.03 },
    rows: { "dual-script": { becomes: "stays" }, "dual-check": { becomes: "stays" } },
  },
  {
    story: "adverts-half-lost",
    title: "Every second advert of the holder is lost",
    why: "Now and then three in a row are missing, and the VIP is on two nodes for a moment, again and again.",
    fault: { kind: "adverts-lost", node: HOLDER, direction: "out", share: 0.5 },
    rows: {
      "dual-script": { becomes: "wanders", watchSeconds: 12 },
      "dual-check": { becomes: "wanders", watchSeconds: 12 },
    },
  },
  {
    story: "adverts-delayed",
    title: "The holder's adverts are half a second late",
    why: "All of them are, so that their distance stays a second.",
    fault: { kind: "adverts-delayed", node: HOLDER, delayUs: 500_000 },
    rows: { "dual-script": { becomes: "stays" }, "dual-check": { becomes: "stays" } },
  },
  {
    story: "adverts-delayed-past-the-interval",
    title: "The holder's adverts are five seconds late",
    why: "Longer than the standby waits: it takes over, and then hears adverts from before.",
    fault: { kind: "adverts-delayed", node: HOLDER, delayUs: 5_000_000 },
    rows: { "dual-script": { becomes: "wanders" }, "dual-check": { becomes: "wanders" } },
  },
  {
    story: "garp-blocked",
    title: "The standby's gratuitous ARP does not get out",
    why: "Nobody notices until it takes over.",
    fault: { kind: "garp-blocked", node: { role: "standby" } },
    rows: { "dual-script": { becomes: "stays" }, "dual-check": { becomes: "stays" } },
  },
  {
    story: "vip-traffic-blocked",
    title: "Packets from the VIP do not leave the holder",
    why: "A reverse-path filter or a firewall rule: the address is there, ARP answers, clients hear nothing.",
    fault: { kind: "vip-traffic-blocked", node: HOLDER },
    rows: { "dual-script": UNANSWERED, "dual-check": UNANSWERED },
  },
  {
    story: "rogue-router",
    title: "A foreign host sends adverts with the same VRID and priority 255",
    why: "A second cluster with the same VRID, or a copied configuration: both nodes yield, and nobody has the VIP.",
    fault: { kind: "rogue-router", priority: 255 },
    rows: {
      "dual-script": { becomes: "nobody", after: "home" },
      "dual-check": { becomes: "nobody", after: "home" },
    },
  },
  {
    story: "rogue-router-low",
    title: "A foreign host sends adverts with the same VRID and priority 1",
    why: "The master answers every one of them and stays; a backup with nopreempt would believe them.",
    fault: { kind: "rogue-router", priority: 1 },
    rows: { "dual-script": { becomes: "stays" }, "dual-check": { becomes: "stays" } },
  },
  {
    story: "vip-taken",
    title: "A foreign host takes the VIP",
    why: "An address conflict from outside: keepalived on the holder does not defend it.",
    fault: { kind: "vip-taken" },
    rows: { "dual-script": TAKEN, "dual-check": TAKEN },
  },
  {
    story: "auth-mismatch",
    title: "The holder is reloaded with another auth_pass",
    why: "A password that was changed on one node only: each discards what the other one says, and both are master.",
    fault: { kind: "auth-mismatch", node: HOLDER },
    rows: { "dual-script": RELOADED, "dual-check": RELOADED },
  },
  {
    story: "unicast-peer-missing",
    title: "The standby is missing among the holder's unicast peers",
    why: "Unicast adverts go to those who are listed, and to nobody else.",
    fault: { kind: "unicast-peer-missing", node: HOLDER },
    topology: unicast,
    rows: { "dual-script": { becomes: "both" }, "dual-check": { becomes: "both" } },
  },
];

function unicast({ topology }: Row): Topology {
  return {
    ...topology,
    name: `${topology.name} (unicast)`,
    nodes: topology.nodes.map((node) => {
      const peers = topology.nodes.filter(({ name }) => name !== node.name);
      const lines = peers.map(({ name }) => `        @{${name}.address}\n`).join("");
      const block = `    unicast_peer {\n${lines}    }\n`;
      const text = (node.keepalived ?? "").replace("    virtual_ipaddress {", `${block}$&`);
      return { ...node, keepalived: text };
    }),
  };
}
