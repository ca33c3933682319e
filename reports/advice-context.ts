/** What all advice on one run is drawn from, gathered once. */
import { InputError } from "../harness/core/errors.ts";
import type { Us } from "../harness/core/time.ts";
import { findChecker } from "../harness/check/checkers.ts";
import type { Judgement } from "../harness/check/checker.ts";
import { plainOf, targetOf } from "../harness/fault/facts.ts";
import type { PlainFault } from "../harness/fault/fault.ts";
import { only } from "../harness/history/events.ts";
import { holdersAt, holdings, injections } from "../harness/history/queries.ts";
import type { Block, KeepalivedConfig, VrrpInstance } from "../harness/keepalived/config.ts";
import { decodeUtf8, lineAt } from "../harness/keepalived/syntax.ts";
import type { ReadResult } from "../harness/keepalived/read.ts";
import type { KeepalivedVersion } from "../harness/keepalived/versions.ts";
import type { PredictedNode } from "../harness/predict/cluster.ts";
import { nearestEvent, rowOf } from "../harness/predict/move.ts";
import { predict, type PredictedRouter } from "../harness/predict/predict.ts";
import type { Row } from "../harness/predict/row.ts";
import {
  readNode,
  whatIf,
  type ConfigNode,
  type WhatIf,
} from "../harness/predict/what-if/apply.ts";
import { configNodesOf } from "../harness/predict/what-if/topology.ts";
import { parseWish } from "../harness/predict/what-if/wish.ts";
import { vipAddresses, type ResolvedTopology } from "../harness/topology/resolve.ts";
import type { AdviceSetting, Standing } from "./advice.ts";
import type { ReportedRun } from "./reported.ts";

export interface AdviceContext {
  readonly run: ReportedRun;
  readonly topology: ResolvedTopology;
  readonly version: KeepalivedVersion;
  readonly nodes: readonly ConfigNode[];
  readonly read: readonly NodeReading[];
  /** The formulas' table of this configuration; computed when it is asked for. */
  readonly table: () => readonly PredictedRouter[];
  /** What the scenario did to the cluster on purpose. */
  readonly faults: readonly PlainFault[];
  /** Who held the VIP when the first fault struck; the node that advice on moves is about. */
  readonly holder?: string;
  /** The fault that a move is put down to, or the first one. */
  readonly fault?: PlainFault;
  /** What the formulas say of it. */
  readonly row?: Row;
  /** From the fault to the VIP on another node. */
  readonly movedUs?: Us;
  /** What was seen counts as much as the run does. */
  readonly seen: Standing;
}

export interface NodeReading {
  readonly name: string;
  readonly result: ReadResult;
}

/** Absent when the run has no topology, or no keepalived in it. */
export function contextOf(run: ReportedRun): AdviceContext | undefined {
  const { topology } = run.record;
  if (topology === undefined) return undefined;
  const version = topology.keepalivedVersion;
  const nodes = configNodesOf(topology);
  if (nodes.length === 0) return undefined;
  const read = nodes.map((node) => ({ name: node.name, result: readNode(node, version) }));
  const all = predicted(nodes, read);
  let table: readonly PredictedRouter[] | undefined;
  return {
    run,
    topology,
    version,
    nodes,
    read,
    table: () => (table ??= predict(all)),
    faults: injections(run.events).map(({ fault }) => plainOf(fault)),
    seen: run.record.simulated ? "simulated" : "measured",
    ...causeOf(run, topology, all),
  };
}

export function predicted(
  nodes: readonly ConfigNode[],
  read: readonly NodeReading[],
): PredictedNode[] {
  return nodes.flatMap(({ name, address, scripts }) => {
    const config = configOf({ read }, name);
    if (config === undefined) return [];
    return [{ name, config, scripts, ...(address === undefined ? {} : { address }) }];
  });
}

type Cause = Pick<AdviceContext, "holder" | "fault" | "row" | "movedUs">;

function causeOf(
  { events, result: { failover } }: ReportedRun,
  topology: ResolvedTopology,
  nodes: readonly PredictedNode[],
): Cause {
  const address = failover?.stages.address;
  const moved =
    failover === undefined || address === undefined
      ? {}
      : { movedUs: address.tUs - failover.faultUs };
  if (failover !== undefined) {
    const { from: holder, fault, faultNode } = failover;
    const own = { holder, fault, ...moved };
    if (faultNode !== holder) return own;
    const row = rowFor(nodes, fault, holder);
    return row === undefined ? own : { ...own, row };
  }
  const first = only(events, "fault").find(
    ({ action, edge }) => action === "inject" && edge === "begin",
  );
  const vip = vipAddresses(topology)[0];
  if (first === undefined || vip === undefined || first.fault.kind === "sabotaged") return {};
  const holder = holdersAt(holdings(events, vip), first.tUs)[0];
  if (holder === undefined) return { fault: first.fault };
  const onHolder = first.node === holder && targetOf(first.fault) !== undefined;
  const row = onHolder ? rowFor(nodes, first.fault, holder) : undefined;
  return { holder, fault: first.fault, ...(row === undefined ? {} : { row }) };
}

/** What the formulas say of this fault on the holder. */
export function rowFor(
  nodes: readonly PredictedNode[],
  fault: PlainFault,
  holder: string,
): Row | undefined {
  const event = nearestEvent(fault);
  return event === undefined ? undefined : rowOf(nodes, event, holder);
}

/** A node's configuration as its keepalived reads it. */
export function configOf(
  { read }: Pick<AdviceContext, "read">,
  node: string | undefined,
): KeepalivedConfig | undefined {
  return read.find(({ name }) => name === node)?.result.config;
}

/** The instance that has the address on a node. */
export function instanceOf(
  context: AdviceContext,
  node: string | undefined,
  vip: string | undefined,
): VrrpInstance | undefined {
  return configOf(context, node)?.instances.find(({ addresses }) =>
    addresses.some(({ address }) => address === vip),
  );
}

/** The configuration with other settings; absent where this keepalived does not take them, which is no advice. */
export function attempt(
  { nodes, version }: AdviceContext,
  wishes: readonly string[],
): WhatIf | undefined {
  try {
    return whatIf(nodes, wishes.map(parseWish), version);
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

/** A setting's own line, or the head of the block that it would stand in. */
export function settingOf(
  { read }: AdviceContext,
  node: string,
  block: Block,
  keyword: string,
): AdviceSetting | undefined {
  const at = block.given[keyword] ?? block.at;
  const result = read.find(({ name }) => name === node)?.result;
  const file = result?.files.find((item) => item.file === at.file);
  if (file === undefined) return undefined;
  const text = decodeUtf8(lineAt(file, at.line - 1).text).trim();
  return {
    node,
    file: at.file,
    line: at.line,
    text,
    written: block.given[keyword] !== undefined,
  };
}

/** What a checker says of this run, whether the scenario asks it or not. */
export function judged({ run, topology }: AdviceContext, name: string): Judgement | undefined {
  const asked = run.result.expectations.find(({ finding }) => finding.checker === name)?.finding;
  if (asked !== undefined) return asked;
  return findChecker(name)?.judge({ topology, events: run.events, settings: {} });
}
