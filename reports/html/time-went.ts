/** Where the time went: the spell from the fault to the first write, cut where something was seen to change. */
import type { Us } from "../../harness/core/time.ts";
import { only } from "../../harness/history/events.ts";
import type { Stage } from "../../harness/timing/failover.ts";
import type { ReportedRun } from "../reported.ts";
import { waterfallOf } from "../waterfall.ts";
import { freshOutages } from "../clients.ts";
import { firstFault, keptBy, mainOutage } from "./answers.ts";
import { absencesOf } from "./members.ts";

export interface Share {
  /** Names its colour. */
  readonly kind: Stage | "fault-lasts" | "after-heal" | "unhealed";
  readonly label: string;
  /** One clause for who does not know the word. */
  readonly means: string;
  readonly lastsUs: Us;
}

export interface TimeWent {
  /** What the card asks or tells. */
  readonly heading: string;
  /** What is cut: `from the fault to the first write on db2`. */
  readonly of: string;
  readonly totalUs: Us;
  readonly shares: readonly Share[];
  /** Stages of which nothing was seen. */
  readonly unseen: readonly string[];
}

const LABELS: Readonly<Record<Stage, string>> = {
  detect: "detect",
  elect: "elect",
  address: "address",
  garp: "ARP",
  "tcp-answer": "first answer",
  "first-read": "first read",
  "first-write": "first write",
};

const HEADING = "Where did the time go?";

/** Two holders, and clients who wrote to the old one meanwhile: nobody waited for the new one. */
function besideHolder(run: ReportedRun): boolean {
  const { failover } = run.result;
  const endUs = failover?.stages["first-write"]?.tUs ?? failover?.stages.address?.tUs;
  if (failover === undefined || endUs === undefined || !keptBy(run, failover)) return false;
  return !freshOutages(run).some(
    (spell) => spell.startUs < endUs && spell.endUs > failover.faultUs,
  );
}

/** Absent when there was neither a move nor a spell without writes. */
export function timeWent(run: ReportedRun): TimeWent | undefined {
  return ofMove(run) ?? ofAbsence(run) ?? ofOutage(run);
}

function ofMove(run: ReportedRun): TimeWent | undefined {
  const waterfall = waterfallOf(run);
  if (waterfall === undefined) return undefined;
  const beside = besideHolder(run);
  let reachedUs = 0;
  const seen = waterfall.rows.filter((row) => row.atUs !== undefined);
  const shares = seen.map((row): Share => {
    const atUs = Math.max(reachedUs, row.atUs ?? 0);
    const lastsUs = atUs - reachedUs;
    reachedUs = atUs;
    return {
      kind: row.stage,
      label: LABELS[row.stage],
      means: meaning(row.stage, { ...waterfall, beside }, run),
      lastsUs,
    };
  });
  const last = seen.at(-1);
  const goal = last === undefined ? "move" : last.label;
  return {
    heading: beside ? "How the other node took over" : HEADING,
    of: beside
      ? `from the fault to the ${goal} by ${waterfall.to}; nobody waited for it: clients wrote to ${waterfall.from} all that time`
      : `from the fault to the ${goal}`,
    totalUs: reachedUs,
    shares,
    unseen: waterfall.rows.filter((row) => row.atUs === undefined).map((row) => row.label),
  };
}

/** Behind directors: until the one that had the VIP no longer sent clients to the server that failed. */
function ofAbsence(run: ReportedRun): TimeWent | undefined {
  const fault = firstFault(run);
  const [first] = fault === undefined ? [] : absencesOf(run, fault.tUs);
  if (fault === undefined || first === undefined || !first.serving) return undefined;
  const { server, director, outUs } = first;
  const lastsUs = outUs - fault.tUs;
  const means = `until ${director} no longer sent new connections to ${server}`;
  return {
    heading: HEADING,
    of: `from the fault to ${server} out of the table of ${director}`,
    totalUs: lastsUs,
    shares: [{ kind: "detect", label: "taken out", means, lastsUs }],
    unseen: [],
  };
}

interface Movers {
  readonly from: string;
  readonly to: string;
  readonly beside: boolean;
}

function meaning(stage: Stage, { from, to, beside }: Movers, { result }: ReportedRun): string {
  switch (stage) {
    case "detect":
      return result.failover?.noticedBy === "goodbye"
        ? `until ${from} itself gave up its role`
        : `until ${to} took the silence of ${from} for its death`;
    case "elect":
      return `until ${to} made itself the new master`;
    case "address":
      return `until ${to} had the address`;
    case "garp":
      return `until ${to} told the network where the address is now`;
    case "tcp-answer":
      return `until ${to} answered a client`;
    case "first-read":
      return beside ? `until ${to} answered its first read` : "until a client could read";
    case "first-write":
      return beside ? `until ${to} acknowledged its first write` : "until a client could write";
  }
}

/** The VIP stayed: what is left to tell apart is the fault itself and what came after its end. */
function ofOutage(run: ReportedRun): TimeWent | undefined {
  const main = mainOutage(run);
  const fault = firstFault(run);
  if (main === undefined || fault === undefined || main.endUs <= fault.tUs) return undefined;
  const startUs = Math.max(main.startUs, fault.tUs);
  const heal = only(run.events, "fault").find(
    (event) =>
      event.action === "heal" &&
      event.edge === "end" &&
      event.tUs > startUs &&
      event.tUs < main.endUs,
  );
  const from = main.startUs > fault.tUs ? "from the last write" : "from the fault";
  const of = `${from} to ${main.first === undefined ? "the end of the load" : "the next write"}`;
  const totalUs = main.endUs - startUs;
  if (heal === undefined) {
    const share = { label: "out of service", means: "no other node took the VIP" };
    return {
      heading: HEADING,
      of,
      totalUs,
      shares: [{ kind: "unhealed", ...share, lastsUs: totalUs }],
      unseen: [],
    };
  }
  return {
    heading: HEADING,
    of,
    totalUs,
    shares: [
      {
        kind: "fault-lasts",
        label: "the fault lasts",
        means: "and no other node took the VIP",
        lastsUs: heal.tUs - startUs,
      },
      {
        kind: "after-heal",
        label: "after its end",
        means:
          main.first === undefined
            ? "and no client could write any more"
            : "until a client could write",
        lastsUs: main.endUs - heal.tUs,
      },
    ],
    unseen: [],
  };
}
