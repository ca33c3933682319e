/** Who gets how much: weights, persistence, and who answers for the VIP. */
import { fails, passes, type Scenario } from "../../harness/scenario/index.ts";
import { CONFLICT_MONITOR } from "../shared/dual-check.ts";
import { lvsDr } from "../shared/lvs-dr.ts";
import { dataAndCleanUp, watch } from "../stories/common.ts";
import { directorUntouched, lvsDrill, UNSTUCK } from "./common.ts";

/** 300 connections, at 50 a second, and some. */
const WATCH_SECONDS = 8;
/** Nothing is disturbed; what a commit waits for is the engine's disk, which clusters that are being made use as well (1.65 s once). */
const COMMIT_MS_MAX = 3000;

const baseline = lvsDrill({
  story: "baseline",
  title: "Nothing is disturbed",
  why:
    "The document's set-up, left alone. Its persistence of 50 s keeps every connection of one client address on one server: with one " +
    "application host in front there is no balancing at all.",
  disturb: [watch(WATCH_SECONDS)],
  expect: [
    passes("schedule-followed"),
    ...directorUntouched,
    passes("traffic-share", { persistent: true }),
    passes("outage-within", { maxMs: COMMIT_MS_MAX }),
    ...dataAndCleanUp,
  ],
  promises: [
    { promise: "003/one-address", comesOut: "kept" },
    {
      promise: "003/balances",
      comesOut: "kept-only-if",
      note: "there are many client addresses, or no persistence_timeout",
    },
    { promise: "003/session-kept", comesOut: "kept" },
  ],
});

const equalShare = lvsDrill({
  story: "equal-weights",
  title: "Weights 3 and 3, without persistence",
  why: "What wrr does once nobody sticks: half of the connections to each server, whoever the client is.",
  topology: UNSTUCK,
  disturb: [watch(WATCH_SECONDS)],
  expect: [
    passes("schedule-followed"),
    ...directorUntouched,
    passes("traffic-share"),
    passes("outage-within", { maxMs: COMMIT_MS_MAX }),
    ...dataAndCleanUp,
  ],
  promises: [{ promise: "003/weights", comesOut: "kept" }],
});

const unequalShare = lvsDrill({
  story: "unequal-weights",
  title: "Weights 2 and 1, without persistence",
  why: "A bigger machine is meant to do more. Two thirds of the connections have to go to it, no more and no less.",
  topology: lvsDr({ weights: [2, 1], persistent: false, variant: "weights 2 and 1" }),
  disturb: [watch(WATCH_SECONDS)],
  expect: [
    passes("schedule-followed"),
    ...directorUntouched,
    passes("traffic-share"),
    ...dataAndCleanUp,
  ],
  promises: [{ promise: "003/weights", comesOut: "kept" }],
});

const arpMuted = lvsDrill({
  story: "arp-muted",
  title: "A third host asks who has the VIP, and the real servers keep silent",
  why:
    "Three hosts have the address, and one may say so. The duplicate-address monitor asks every second: it has to hear the director, " +
    "nobody else, and raise no alarm.",
  topology: lvsDr({ persistent: false, monitor: true, variant: "monitor" }),
  disturb: [watch(WATCH_SECONDS)],
  expect: [
    passes("schedule-followed"),
    ...directorUntouched,
    passes("vip-answered-by"),
    passes("split-brain-noticed", { monitor: CONFLICT_MONITOR }),
    ...dataAndCleanUp,
  ],
  promises: [{ promise: "003/arp-muted", comesOut: "kept" }],
});

const arpNotMuted = lvsDrill({
  story: "arp-not-muted",
  title: "On one real server the ARP settings were forgotten",
  why:
    "The classic mistake of LVS-DR. The server has the VIP on its loopback interface and answers for it, as any Linux host would: two " +
    "answers to every question, and a client that heard the wrong one goes past the director, its weights and its checks.",
  topology: lvsDr({
    persistent: false,
    unmuted: "db2",
    monitor: true,
    variant: "ARP not muted",
  }),
  disturb: [watch(WATCH_SECONDS)],
  expect: [
    passes("schedule-followed"),
    // Netlink sees one director with the VIP: nothing on the directors shows what is wrong.
    passes("vip-available"),
    fails("vip-answered-by", "db2 answers for an address that only the director may answer for"),
    ...dataAndCleanUp,
  ],
  promises: [
    {
      promise: "003/arp-muted",
      comesOut: "kept-only-if",
      note: "arp_ignore and arp_announce are set before the VIP is there; without them two hosts answer",
    },
  ],
});

export const shares: readonly Scenario[] = [
  baseline,
  equalShare,
  unequalShare,
  arpMuted,
  arpNotMuted,
];
