/**
 * Configurations with other settings: the files are edited, read again as the daemon would, and what it does not take
 * is refused with its own words. Pure: files come from a `FileSource`, and the edited ones lie over it.
 */
import { InputError } from "../../core/errors.ts";
import type { KeepalivedConfig, Tracked } from "../../keepalived/config.ts";
import type { Diagnostic } from "../../keepalived/diagnostic.ts";
import { readConfig, type FileSource, type ReadResult } from "../../keepalived/read.ts";
import type { SyntaxFile } from "../../keepalived/syntax.ts";
import type { KeepalivedVersion } from "../../keepalived/versions.ts";
import type { PredictedNode } from "../cluster.ts";
import type { ScriptTexts } from "../conduct.ts";
import {
  edited,
  withFlag,
  withoutBlock,
  withoutValue,
  withValue,
  withWeight,
  type LineChange,
  type LineEdit,
} from "./lines.ts";
import { changeable, NOT_COMPUTED, SETTINGS, type Place, type Setting } from "./settings.ts";
import type { Wish } from "./wish.ts";

/** A node as its files say it. */
export interface ConfigNode {
  readonly name: string;
  readonly address?: string;
  readonly main: string;
  readonly files: FileSource;
  readonly scripts: ScriptTexts;
}

export interface NodeChange extends LineChange {
  readonly node: string;
}

export interface WhatIf {
  readonly nodes: readonly ConfigNode[];
  readonly changes: readonly NodeChange[];
  /** What was changed along with it, and what no formula knows. */
  readonly remarks: readonly string[];
}

export function readNode({ main, files }: ConfigNode, version: KeepalivedVersion): ReadResult {
  return readConfig(main, { version, files });
}

export function predictedNodes(
  nodes: readonly ConfigNode[],
  version: KeepalivedVersion,
): PredictedNode[] {
  return nodes.map((node) => {
    const { name, address, scripts } = node;
    const { config } = readNode(node, version);
    return { name, config, scripts, ...(address === undefined ? {} : { address }) };
  });
}

/** Throws an `InputError` for what is no setting here, or none that this keepalived takes. */
export function whatIf(
  nodes: readonly ConfigNode[],
  wishes: readonly Wish[],
  version: KeepalivedVersion,
): WhatIf {
  const read = nodes.map((node) => ({ node, result: readNode(node, version) }));
  const configs = read.map(({ result }) => result.config);
  for (const wish of wishes) demandPlace(wish, read);
  const along = wishes.flatMap((wish) => companions(wish, wishes, configs));
  const all = [...wishes, ...along.map(({ wish }) => wish)];
  const changed = read.map(({ node, result }) => changedNode(node, result, all, version));
  return {
    nodes: changed.map(({ node }) => node),
    changes: changed.flatMap(({ changes }) => changes),
    remarks: [...new Set([...along.map(({ why }) => why), ...wishes.flatMap(remarksOf)])],
  };
}

interface Read {
  readonly node: ConfigNode;
  readonly result: ReadResult;
}

export function settingOf({ keyword }: Wish): Setting | undefined {
  return SETTINGS.find((setting) => setting.keyword === keyword);
}

function placesOf(wish: Wish, node: string, config: KeepalivedConfig): readonly Place[] {
  if (wish.node !== undefined && wish.node !== node) return [];
  const places = settingOf(wish)?.places(config) ?? [];
  return places.filter(({ owner }) => wish.owner === undefined || wish.owner === owner);
}

function demandPlace(wish: Wish, read: readonly Read[]): void {
  const setting = settingOf(wish);
  const names = read.map(({ node }) => node.name);
  if (wish.node !== undefined && !names.includes(wish.node)) {
    throw unknown(`${wish.text}: there is no node ${wish.node}; there are ${names.join(", ")}`);
  }
  const here = `may be changed here: ${changeable(read.map(({ result }) => result.config)).join(", ")}`;
  if (setting === undefined) {
    const why = NOT_COMPUTED[wish.keyword] ?? "is not known";
    throw unknown(`${wish.text}: ${wish.keyword} ${why}; ${here}`);
  }
  const found = read.some(
    ({ node, result }) => placesOf(wish, node.name, result.config).length > 0,
  );
  if (!found) {
    const where = wish.owner === undefined ? `no ${setting.of}` : `no ${setting.of} ${wish.owner}`;
    throw unknown(`${wish.text}: there is ${where} in this configuration; ${here}`);
  }
  demandForm(wish, setting);
}

function demandForm({ text, value }: Wish, { form, keyword }: Setting): void {
  if (form === "flag" && value !== "on" && value !== "off") {
    throw refused(`${text}: ${keyword} is on or off`);
  }
  const isNumber = /^-?\d+(\.\d+)?$/.test(value) || (form === "number-or-off" && value === "off");
  if ((form === "number" || form === "number-or-off") && !isNumber) {
    const off = form === "number" ? "" : ", or off";
    throw refused(`${text}: ${keyword} takes a number, in keepalived's own unit${off}`);
  }
}

function unknown(message: string): InputError {
  return new InputError("WHAT_IF_UNKNOWN", message);
}

function refused(message: string): InputError {
  return new InputError("WHAT_IF_REFUSED", message);
}

/** Version 2 counts adverts in whole seconds (RFC 3768, 5.3.7); fractions need version 3 (RFC 5798, 5.2.7). */
function companions(
  wish: Wish,
  wishes: readonly Wish[],
  configs: readonly KeepalivedConfig[],
): { readonly wish: Wish; readonly why: string }[] {
  const chosen = wishes.some(({ keyword }) => keyword === "version");
  const old = configs.some(({ instances }) => instances.some(({ version }) => version === 2));
  const fraction = wish.keyword === "advert_int" && !Number.isInteger(Number(wish.value));
  if (!fraction || chosen || !old) return [];
  const why =
    `advert_int ${wish.value} needs VRRP version 3 (version 2 counts whole seconds), so version 3 is set as well; ` +
    "it has no authentication, and nodes of different versions do not hear each other: all of them change at once";
  return [{ wish: { ...wish, keyword: "version", value: "3" }, why }];
}

function remarksOf(wish: Wish): string[] {
  if (settingOf(wish)?.silent !== true) return [];
  return [
    `${wish.keyword} is in no formula: it says when announcements are sent, not when the VIP moves`,
  ];
}

function changedNode(
  node: ConfigNode,
  before: ReadResult,
  wishes: readonly Wish[],
  version: KeepalivedVersion,
): { readonly node: ConfigNode; readonly changes: readonly NodeChange[] } {
  const edits = wishes.flatMap((wish) =>
    placesOf(wish, node.name, before.config).flatMap((place) => editsOf(wish, place, before)),
  );
  demandOnce(edits, node.name);
  const files = before.files.map((file) => ({
    file,
    ...edited(
      file,
      edits.filter((edit) => edit.file === file.file).map(({ edit }) => edit),
    ),
  }));
  const texts = new Map(files.map(({ file, bytes }) => [file.file, bytes]));
  const changed: ConfigNode = {
    ...node,
    files: {
      read: (path) => texts.get(path) ?? node.files.read(path),
      list: (pattern) => node.files.list(pattern),
    },
  };
  demandTaken(node, before, readNode(changed, version), wishes);
  const changes = files.flatMap(({ changes }) => changes);
  return { node: changed, changes: changes.map((change) => ({ node: node.name, ...change })) };
}

interface FileEdit {
  readonly file: string;
  readonly edit: LineEdit;
  readonly wish: string;
}

function editsOf(wish: Wish, place: Place, { files, config }: ReadResult): FileEdit[] {
  const setting = settingOf(wish);
  const at = place.block.given[wish.keyword] ?? place.block.at;
  const file = files.find((item) => item.file === at.file);
  if (setting === undefined || file === undefined) throw unwritable(wish, place);
  const own = linesFor(wish, setting, place, file);
  if (own === undefined) throw unwritable(wish, place);
  return [
    ...own.map((edit) => ({ file: file.file, edit, wish: wish.text })),
    ...(wish.keyword === "weight" ? overridden(wish, place, config, files) : []),
    ...(wish.keyword === "version" && wish.value === "3"
      ? withoutPassword(wish, place, files)
      : []),
  ];
}

function linesFor(
  { keyword, value }: Wish,
  { form }: Setting,
  { block }: Place,
  file: SyntaxFile,
): readonly LineEdit[] | undefined {
  if (form === "flag") return withFlag(file, block, keyword, value === "on");
  if (form === "number-or-off" && value === "off") return withoutValue(file, block, keyword);
  return withValue(file, block, keyword, value);
}

function unwritable({ text, keyword }: Wish, { owner }: Place): InputError {
  return refused(
    `${text}: ${keyword} of ${owner} is not written as a plain value (a definition, or several on a line), so it cannot be changed here`,
  );
}

/** A weight beside the name in track_script wins over that of the script. */
function overridden(
  wish: Wish,
  place: Place,
  { instances, syncGroups }: KeepalivedConfig,
  files: readonly SyntaxFile[],
): FileEdit[] {
  const tracked: readonly Tracked[] = [...instances, ...syncGroups].flatMap(
    (block) => block.trackScripts,
  );
  return tracked
    .filter(({ name }) => name === place.owner)
    .flatMap(({ at }) => {
      const file = files.find((item) => item.file === at.file);
      const edits = file === undefined ? undefined : withWeight(file, at, wish.value);
      return (edits ?? []).map((edit) => ({ file: at.file, edit, wish: wish.text }));
    });
}

function withoutPassword(wish: Wish, place: Place, files: readonly SyntaxFile[]): FileEdit[] {
  const inside = place.block.given["auth_type"] ?? place.block.given["auth_pass"];
  const file = files.find((item) => item.file === inside?.file);
  if (inside === undefined || file === undefined) return [];
  const edits = withoutBlock(file, inside, "authentication");
  if (edits === undefined) throw unwritable({ ...wish, keyword: "authentication" }, place);
  return edits.map((edit) => ({ file: file.file, edit, wish: wish.text }));
}

/** Two wishes that rewrite one line would overwrite each other. */
function demandOnce(edits: readonly FileEdit[], node: string): void {
  const lines = new Map<string, FileEdit>();
  for (const item of edits) {
    if (item.edit.kind === "insert") continue;
    const key = `${item.file}:${item.edit.line}`;
    const known = lines.get(key);
    if (known !== undefined && JSON.stringify(known.edit) !== JSON.stringify(item.edit)) {
      throw refused(`${known.wish} and ${item.wish} change the same line of ${node} (${key})`);
    }
    lines.set(key, item);
  }
}

/** What keepalived would not take is no what-if. */
function demandTaken(
  node: ConfigNode,
  before: ReadResult,
  after: ReadResult,
  wishes: readonly Wish[],
): void {
  const said = new Set(before.diagnostics.map(wordsOf));
  const worse = after.diagnostics.filter(
    (item) => (item.severity === "fatal" || item.severity === "error") && !said.has(wordsOf(item)),
  );
  const [first] = worse;
  if (first !== undefined) {
    const more = worse.length > 1 ? ` (and ${worse.length - 1} more)` : "";
    throw refused(
      `keepalived ${after.config.version} does not take that on ${node.name}: ${first.message}, ${first.effect}${more}`,
    );
  }
  for (const wish of wishes) {
    for (const place of placesOf(wish, node.name, before.config)) {
      const now = place.effective(after.config);
      if (now === undefined || same(now, wish.value)) continue;
      throw refused(
        `${wish.text}: keepalived ${after.config.version} makes ${now} of it on ${node.name}`,
      );
    }
  }
}

function wordsOf({ code, message }: Diagnostic): string {
  return `${code} ${message}`;
}

function same(a: string, b: string): boolean {
  return a === b || (Number(a) === Number(b) && a !== "");
}
