/** All lanes of a run, in the order in which cause and effect go: faults, holders, packets, clients, servers. */
import { endOfHistory, endOfWatch } from "../../../harness/history/queries.ts";
import { outagesOf } from "../../clients.ts";
import type { ReportedRun } from "../../reported.ts";
import type { Lane, Source } from "./lane.ts";
import { clientLanes } from "./lanes-clients.ts";
import { faultLanes, linkLanes } from "./lanes-faults.ts";
import { logLanes, machineLanes } from "./lanes-machine.ts";
import { ipvsLanes, mysqlLanes, replicationLanes } from "./lanes-mysql.ts";
import { neighbourLanes } from "./lanes-neighbours.ts";
import { advertLanes, announcementLanes, holderLanes } from "./lanes-vrrp.ts";

export function lanesOf(run: ReportedRun): Lane[] {
  const source = sourceOf(run);
  return [
    ...faultLanes(source),
    ...linkLanes(source),
    ...holderLanes(source),
    ...advertLanes(source),
    ...announcementLanes(source),
    ...neighbourLanes(source),
    ...clientLanes(source, outagesOf(run)),
    ...mysqlLanes(source),
    ...replicationLanes(source),
    ...ipvsLanes(source),
    ...logLanes(source),
    ...machineLanes(source),
  ];
}

export function sourceOf({ events, record }: ReportedRun): Source {
  return {
    events,
    topology: record.topology,
    endUs: endOfHistory(events),
    watchEndUs: endOfWatch(events),
  };
}
