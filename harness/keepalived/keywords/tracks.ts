/** track_script, track_interface, track_file and track_process of an instance or a sync group (vrrp_track.c). */
import type { Tracked } from "../config.ts";
import type { Line, Reader } from "../reading/reader.ts";
import type { Word } from "../reading/words.ts";
import { hasInterface, type TrackDraft, type VrrpDraft } from "./drafts.ts";
import { problem, wholeOf } from "./values.ts";

interface Kind {
  readonly what: string;
  readonly list: Tracked[];
  readonly source: string;
  /** Weight of the tracked thing itself; absent when there is no such thing. */
  find(name: string): { readonly weight: number; readonly reverse: boolean } | undefined;
  readonly notFound: string;
  readonly most: 253 | 254;
}

export function readTracks(
  reader: Reader,
  line: Line,
  vrrp: VrrpDraft,
  owner: string,
  track: TrackDraft,
  dynamic: boolean,
): void {
  const name = line.words[0]?.text ?? "";
  const kind = kindOf(reader, name, vrrp, track, dynamic);
  reader.valueBlock(line, (each) => readTrack(reader, each, owner, kind));
}

function kindOf(
  reader: Reader,
  keyword: string,
  vrrp: VrrpDraft,
  track: TrackDraft,
  dynamic: boolean,
): Kind {
  switch (keyword) {
    case "track_interface":
      return {
        what: "interface",
        list: track.interfaces,
        source: "vrrp_track.c:alloc_track_if",
        find: (name) =>
          dynamic || hasInterface(reader, name) ? { weight: 0, reverse: false } : undefined,
        notFound: "is not there; it is not tracked",
        most: 254,
      };
    case "track_file":
      return {
        what: "file",
        list: track.files,
        source: "track_file.c:vrrp_alloc_track_file",
        find: (name) => vrrp.trackFiles.get(name),
        notFound: "is not defined above; it is not tracked",
        most: 254,
      };
    case "track_process":
      return {
        what: "process",
        list: track.processes,
        source: "vrrp_track.c:alloc_track_process",
        find: (name) => {
          const process = vrrp.trackProcesses.get(name);
          return process === undefined ? undefined : { weight: process.weight, reverse: false };
        },
        notFound: "is not defined above; it is not tracked",
        most: 254,
      };
    case "track_bfd":
      return {
        what: "bfd",
        list: [],
        source: "vrrp_track.c:alloc_track_bfd",
        find: (name) => (vrrp.bfds.has(name) ? { weight: 0, reverse: false } : undefined),
        notFound: "is not defined above; it is not tracked",
        most: 253,
      };
    default:
      return {
        what: "script",
        list: track.scripts,
        source: "vrrp_track.c:alloc_track_script",
        find: (name) => {
          const script = vrrp.scripts.get(name);
          return script?.reads === true ? script : undefined;
        },
        notFound: "is not defined above; the instance runs without this check",
        most: 254,
      };
  }
}

function readTrack(reader: Reader, line: Line, owner: string, kind: Kind): void {
  const [name, option, value, order] = line.words;
  if (name === undefined) return;
  const own = kind.find(name.text);
  if (own === undefined) {
    problem(reader, name, {
      code: `track-${kind.what}-not-found`,
      message: `${owner}: ${kind.what} ${name.text} ${kind.notFound}`,
      effect: "the line is dropped",
      source: kind.source,
    });
    return;
  }
  if (kind.list.some((each) => each.name === name.text)) {
    refuseTrack(reader, name, kind, "duplicate-track", `${owner} tracks ${name.text} already`);
    return;
  }
  let { weight, reverse } = own;
  if (option !== undefined) {
    if (option.text !== "weight") {
      refuseTrack(
        reader,
        option,
        kind,
        "unknown-option",
        `${option.text} is no option of a tracked ${kind.what}`,
      );
      return;
    }
    if (value === undefined) {
      refuseTrack(reader, option, kind, "track-weight-missing", "weight has no value");
      return;
    }
    weight = readTrackWeight(reader, value, kind, own.weight);
    reverse = readReverse(reader, order, kind, reverse);
  }
  kind.list.push({ at: name.at, name: name.text, weight, reverse });
}

function readTrackWeight(reader: Reader, value: Word, kind: Kind, own: number): number {
  const { most, source } = kind;
  const rule = {
    min: -most,
    max: most,
    signed: true,
    what: "weight",
    otherwise: `the weight is ${own}`,
    source,
  };
  const weight = wholeOf(reader, value, rule) ?? own;
  if (Math.abs(weight) !== 254 || kind.what === "process" || kind.what === "file") return weight;
  problem(reader, value, {
    code: "value-out-of-range",
    message: `weight ${weight} is beyond 253`,
    effect: `it is ${Math.sign(weight) * 253}`,
    source,
  });
  return Math.sign(weight) * 253;
}

function readReverse(reader: Reader, order: Word | undefined, kind: Kind, own: boolean): boolean {
  if (order === undefined) return own;
  if (order.text === "reverse") return true;
  if (order.text === "noreverse" && kind.what !== "interface") return false;
  problem(reader, order, {
    code: "unknown-option",
    message: `${order.text} is no option of a weight`,
    effect: "the option is ignored",
    source: kind.source,
  });
  return own;
}

function refuseTrack(reader: Reader, word: Word, kind: Kind, code: string, message: string): void {
  problem(reader, word, { code, message, effect: "the line is dropped", source: kind.source });
}
