/** Faults of the network against the rows. */
import { fails, passes } from "../../harness/scenario/index.ts";
import type { Declared, Entry } from "./matrix.ts";

const HOLDER = { role: "holder" } as const;
const UNREACHED = fails(
  "holder-can-serve",
  "nobody reaches the holder's MySQL, and it keeps the VIP",
);
const SILENCE = passes("vip-available", { maxGapMs: 4000 });
/** From the link's end to keepalived's taking the VIP off. */
const MOMENT = passes("holder-can-serve", { maxSpellMs: 250 });

/** keepalived 2.2 stays deaf to an interface that was replaced, until it is restarted: the VIP does not come home. */
const DISCONNECTED: Declared = {
  becomes: "moves",
  but: [
    SILENCE,
    MOMENT,
    { ...passes("schedule-followed"), on: { keepalived: ["2.3"] } },
    {
      ...fails(
        "schedule-followed",
        "keepalived 2.2 hears nothing on an interface that was replaced",
        {
          missed: ["home"],
        },
      ),
      on: { keepalived: ["2.2"] },
    },
  ],
};

export const LINK_ENTRIES: readonly Entry[] = [
  {
    story: "cut-in",
    title: "The holder hears nothing any more, and is still heard",
    why: "One direction of a link: its adverts keep the standby quiet, while no client gets through.",
    fault: { kind: "cut", node: HOLDER, direction: "in" },
    rows: {
      "dual-script": { becomes: "stays", but: [UNREACHED] },
      "dual-check": { becomes: "stays", but: [UNREACHED] },
    },
  },
  {
    story: "cut-out",
    title: "The holder is not heard any more, and still hears",
    why: "The other direction: the standby takes over, and the old holder hears it and does not yield to a lower priority.",
    fault: { kind: "cut", node: HOLDER, direction: "out" },
    rows: {
      "dual-script": { becomes: "both", but: [UNREACHED] },
      "dual-check": { becomes: "both", but: [UNREACHED] },
    },
  },
  {
    story: "interface-down",
    title: "The holder's interface goes down",
    why: "Not the same as a cut cable behind a switch: keepalived sees it, gives up and takes the VIP off.",
    fault: { kind: "interface-down", node: HOLDER },
    rows: {
      "dual-script": { becomes: "moves", but: [SILENCE, MOMENT] },
      "dual-check": { becomes: "moves", but: [SILENCE, MOMENT] },
    },
  },
  {
    story: "network-disconnected",
    title: "The holder's interface is taken away, and put back",
    why: "A hot-unplugged or re-created interface: the addresses go with it.",
    fault: { kind: "network-disconnected", node: HOLDER },
    rows: {
      "dual-script": DISCONNECTED,
      "dual-check": { becomes: "moves", but: [SILENCE, MOMENT] },
    },
  },
  {
    story: "packets-lost",
    title: "One packet in twenty is lost on the holder's link",
    why: "Three adverts in a row have to be lost before anything happens, which at 5 % is one chance in 8,000 a second.",
    fault: { kind: "packets-lost", node: HOLDER, direction: "both", share: 0.05 },
    rows: { "dual-script": { becomes: "stays" }, "dual-check": { becomes: "stays" } },
  },
  {
    story: "packets-duplicated",
    title: "Every packet of the holder is sent twice",
    why: "An advert that is heard twice says nothing new, and TCP drops what it has.",
    fault: { kind: "packets-duplicated", node: HOLDER, share: 1 },
    rows: { "dual-script": { becomes: "stays" }, "dual-check": { becomes: "stays" } },
  },
  {
    story: "packets-delayed",
    title: "The holder's packets are late by 50 ms, give or take 20",
    why: "A steady delay moves every advert by the same amount; what counts is the jitter against the skew.",
    fault: { kind: "packets-delayed", node: HOLDER, delayUs: 50_000, jitterUs: 20_000 },
    rows: { "dual-script": { becomes: "stays" }, "dual-check": { becomes: "stays" } },
  },
  {
    story: "packets-reordered",
    title: "A quarter of the holder's packets overtake others",
    why: "Adverts are a second apart and cannot overtake each other; TCP mends the rest.",
    fault: { kind: "packets-reordered", node: HOLDER, share: 0.25, byUs: 20_000 },
    rows: { "dual-script": { becomes: "stays" }, "dual-check": { becomes: "stays" } },
  },
  {
    story: "bandwidth-limited",
    title: "The holder's link carries 1 Mbit/s",
    why: "A backup or a copy takes the link: adverts are small, but they queue behind everything else.",
    fault: { kind: "bandwidth-limited", node: HOLDER, bitsPerSecond: 1_000_000 },
    rows: { "dual-script": { becomes: "stays" }, "dual-check": { becomes: "stays" } },
  },
];
