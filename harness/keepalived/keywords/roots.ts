/**
 * The keywords at top level, for each process of the daemon: a block of another process is skipped as a whole
 * (main.c:global_init_keywords, vrrp_parser.c:vrrp_init_keywords, check_parser.c:check_init_keywords).
 */
import type { Keyword, KeywordTable, Line, Reader } from "../reading/reader.ts";
import type { CheckDraft } from "./check-drafts.ts";
import { readAddress } from "./addresses.ts";
import { hasInterface, type GlobalState, type VrrpDraft } from "./drafts.ts";
import { checkRoute, checkRule } from "./routes.ts";
import { instanceKeyword } from "./instance.ts";
import { globalKeywords } from "./globals.ts";
import { syncGroupKeyword } from "./sync-group.ts";
import { checkerRoots } from "./virtual-server.ts";
import { INT_MAX, readDecimal } from "./values.ts";
import { trackFileKeyword, trackProcessKeyword, vrrpScriptKeyword } from "./vrrp-script.ts";

export interface Drafts {
  readonly globals: GlobalState;
  readonly vrrp: VrrpDraft;
  readonly check: CheckDraft;
}

export function rootTable(
  reader: Reader,
  drafts: Drafts,
  includeCheck: (words: readonly string[]) => void,
): KeywordTable {
  const checks = (line: { readonly words: readonly { readonly text: string }[] }): void =>
    includeCheck(line.words.slice(1).map(({ text }) => text));
  const globals = globalKeywords(reader, drafts.globals, checks);
  const vrrp = vrrpRoots(reader, drafts);
  const check = checkerRoots(reader, drafts.check, drafts.globals);
  const shared = sharedRoots(reader, drafts);
  const table = new Map<string, Keyword>();
  add(table, globals, reader.role === "parent");
  add(table, vrrp, reader.role === "vrrp");
  add(table, check, reader.role === "checker");
  add(table, shared, reader.role !== "parent");
  return table;
}

function add(table: Map<string, Keyword>, keywords: KeywordTable, active: boolean): void {
  for (const [name, keyword] of keywords) table.set(name, active ? keyword : { active: false });
}

function vrrpRoots(reader: Reader, { vrrp, globals }: Drafts): KeywordTable {
  const context = { reader, vrrp, globals };
  const block: Keyword = { handler: (line) => reader.valueBlock(line, () => undefined) };
  const table = new Map<string, Keyword>([
    [
      "static_ipaddress",
      {
        handler: (line) =>
          reader.valueBlock(line, (each) => readStaticAddress(reader, globals, each)),
      },
    ],
    [
      "static_routes",
      { handler: (line) => reader.valueBlock(line, (each) => checkRoute(reader, each)) },
    ],
    ["vrrp_sync_group", syncGroupKeyword(context)],
    ["vrrp_instance", instanceKeyword(context)],
    ["vrrp_script", vrrpScriptKeyword(reader, vrrp, globals)],
  ]);
  const { version } = reader.profile;
  if (version === "1.2.13") return table;
  table.set("static_rules", {
    handler: (line) => reader.valueBlock(line, (each) => checkRule(reader, each)),
  });
  table.set("garp_group", garpGroup(reader));
  if (version === "1.4.3") return table;
  table.set("track_group", { sub: new Map([["group", block]]) });
  const interfaces: Keyword = {
    handler: (line) => reader.valueBlock(line, (each) => needInterface(reader, globals, each)),
  };
  table.set("linkbeat_interfaces", interfaces);
  table.set("interface_up_down_delays", interfaces);
  table.set("vrrp_track_process", trackProcessKeyword(reader, vrrp));
  return table;
}

/** An address outside of instances has an interface of its own, or default_interface. */
function readStaticAddress(reader: Reader, globals: GlobalState, line: Line): void {
  const address = readAddress(reader, line, globals.defs.dynamicInterfaces);
  if (address === undefined || address.interface !== undefined) return;
  const fallback =
    globals.defs.other.find(({ words }) => words[0] === "default_interface")?.words[1] ?? "eth0";
  if (hasInterface(reader, fallback)) return;
  reader.report.fatal({
    code: "interface-missing",
    at: address.at,
    message: `static address ${address.address} has no interface, and there is no ${fallback}`,
    effect: "the address is dropped",
    source: "vrrp_ipaddress.c:alloc_ipaddress",
    test: "cannot-run",
  });
}

function needInterface(reader: Reader, globals: GlobalState, line: Line): void {
  const word = reader.need(line, 0);
  if (globals.defs.dynamicInterfaces || hasInterface(reader, word.text)) return;
  reader.report.fatal({
    code: "interface-unknown",
    at: word.at,
    message: `interface ${word.text} is not there`,
    effect: "the line is dropped",
    source: "vrrp_parser.c:alloc_if_up_down_delay",
    test: "cannot-run",
  });
}

function garpGroup(reader: Reader): Keyword {
  let hasInterval = false;
  let at = reader.at;
  const interval: Keyword = {
    handler: (line) => {
      const what = line.words[0]?.text ?? "";
      const source = "vrrp_parser.c:garp_group_garp_interval_handler";
      const rule = { min: 0, max: INT_MAX, shift: 6, what, otherwise: "it is ignored", source };
      if (readDecimal(reader, line, 1, rule) !== undefined) hasInterval = true;
    },
  };
  return {
    handler: () => {
      hasInterval = false;
      ({ at } = reader);
    },
    sub: new Map<string, Keyword>([
      ["garp_interval", interval],
      ["gna_interval", interval],
      ["interface", { handler: (line) => void reader.need(line, 1) }],
      ["interfaces", { handler: (line) => reader.valueBlock(line, () => undefined) }],
    ]),
    end: () => {
      if (hasInterval) return;
      reader.report.error({
        code: "garp-group-without-interval",
        at,
        message: "a garp_group has neither garp_interval nor gna_interval",
        effect: "it is dropped",
        source: "vrrp_parser.c:garp_group_end_handler",
      });
    },
  };
}

/** Read by the VRRP process and by the checkers. */
function sharedRoots(reader: Reader, { vrrp, check }: Drafts): KeywordTable {
  if (!["2.2.7", "2.3.3", "2.3.4"].includes(reader.profile.version)) return new Map();
  const files = trackFileKeyword(reader, ({ name, ...file }) => {
    if (reader.role === "checker") check.trackFiles.add(name);
    else vrrp.trackFiles.add({ name, ...file });
  });
  const any: Keyword = { handler: () => undefined };
  let neighbour = false;
  const bfd: Keyword = {
    handler: (line) => {
      const name = reader.need(line, 1).text;
      neighbour = false;
      if (reader.role === "vrrp") vrrp.bfds.add(name);
      else check.bfds.add(name);
    },
    sub: new Map(
      BFD.map((name): [string, Keyword] => [
        name,
        name.startsWith("neigh") ? { handler: () => void (neighbour = true) } : any,
      ]),
    ),
    end: () => {
      if (neighbour) return;
      reader.report.error({
        code: "bfd-without-neighbour",
        at: reader.at,
        message: "a bfd_instance has no neighbor_ip",
        effect: "it is dropped",
        source: "bfd_parser.c:bfd_end_handler",
      });
    },
  };
  return new Map([
    ["track_file", files],
    ["vrrp_track_file", files],
    ["bfd_instance", bfd],
  ]);
}

const BFD: readonly string[] = [
  "source_ip",
  "neighbor_ip",
  "neighbour_ip",
  "min_rx",
  "min_tx",
  "idle_tx",
  "multiplier",
  "passive",
  "ttl",
  "hoplimit",
  "max_hops",
  "multihop",
  "weight",
  "vrrp",
  "checker",
];
