/**
 * The keywords at top level, for each process of the daemon: a block of another process is skipped as a whole
 * (main.c:global_init_keywords, vrrp_parser.c:vrrp_init_keywords, check_parser.c:check_init_keywords).
 */
import type { Keyword, KeywordTable, Reader } from "../reading/reader.ts";
import type { CheckDraft } from "./check-drafts.ts";
import type { GlobalState, VrrpDraft } from "./drafts.ts";
import { instanceKeyword } from "./instance.ts";
import { globalKeywords } from "./globals.ts";
import { syncGroupKeyword } from "./sync-group.ts";
import { checkerRoots } from "./virtual-server.ts";
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
    ["static_ipaddress", block],
    ["static_routes", block],
    ["vrrp_sync_group", syncGroupKeyword(context)],
    ["vrrp_instance", instanceKeyword(context)],
    ["vrrp_script", vrrpScriptKeyword(reader, vrrp, globals)],
  ]);
  const { version } = reader.profile;
  if (version === "1.2.13") return table;
  table.set("static_rules", block);
  table.set("garp_group", garpGroup(reader));
  if (version === "1.4.3") return table;
  table.set("track_group", { sub: new Map([["group", block]]) });
  table.set("linkbeat_interfaces", block);
  table.set("interface_up_down_delays", block);
  table.set("vrrp_track_process", trackProcessKeyword(reader, vrrp));
  return table;
}

function garpGroup(reader: Reader): Keyword {
  const any: Keyword = { handler: (line) => void reader.need(line, 1) };
  const block: Keyword = { handler: (line) => reader.valueBlock(line, () => undefined) };
  return {
    sub: new Map<string, Keyword>([
      ["garp_interval", any],
      ["gna_interval", any],
      ["interface", any],
      ["interfaces", block],
    ]),
  };
}

/** Read by the VRRP process and by the checkers. */
function sharedRoots(reader: Reader, { vrrp, check }: Drafts): KeywordTable {
  if (!["2.2.7", "2.3.3", "2.3.4"].includes(reader.profile.version)) return new Map();
  const files = trackFileKeyword(reader, ({ name, ...file }) => {
    if (reader.role === "checker") check.trackFiles.add(name);
    else vrrp.trackFiles.push({ name, ...file });
  });
  const any: Keyword = { handler: () => undefined };
  const bfd: Keyword = {
    handler: (line) => {
      const name = reader.need(line, 1).text;
      if (reader.role === "vrrp") vrrp.bfds.push(name);
      else check.bfds.push(name);
    },
    sub: new Map(BFD.map((name): [string, Keyword] => [name, any])),
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
