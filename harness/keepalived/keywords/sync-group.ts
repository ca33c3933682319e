/** vrrp_sync_group (vrrp_parser.c:vrrp_sync_group_handler and what follows it). */
import type { Keyword, Line, Reader } from "../reading/reader.ts";
import { emptyBlock, emptyTrack, keep, note, type SyncGroupDraft } from "./drafts.ts";
import type { InstanceContext } from "./instance.ts";
import { keywordsOf } from "./known.ts";
import { readNotifyScript } from "./scripts.ts";
import { readTracks } from "./tracks.ts";
import { problem, readSwitch } from "./values.ts";

const from = (handler: string): string => `vrrp_parser.c:${handler}`;

const NOTIFY = {
  notify_master: "master",
  notify_backup: "backup",
  notify_fault: "fault",
  notify_stop: "stop",
  notify: "any",
} as const;

export function syncGroupKeyword(context: InstanceContext): Keyword {
  const { reader, vrrp } = context;
  let current: SyncGroupDraft | undefined;
  const sub = new Map<string, Keyword>();
  for (const name of keywordsOf("vrrp_sync_group", reader.profile.version)) {
    const handler = (line: Line): void => {
      if (current === undefined) return;
      note(current, line);
      takeKeyword(context, current, name, line);
    };
    sub.set(name, { handler, quoted: name.startsWith("notify") });
  }
  return {
    handler: (line) => {
      current = openGroup(context, line);
    },
    sub,
    unknown: (line) => {
      if (current !== undefined) keep(current, line, false);
    },
    end: () => {
      if (current !== undefined) vrrp.syncGroups.add(current);
      current = undefined;
    },
  };
}

function openGroup({ reader, vrrp }: InstanceContext, line: Line): SyncGroupDraft | undefined {
  const [keyword, name] = line.words;
  const twin = vrrp.syncGroups.get(name?.text ?? "") !== undefined;
  if (name !== undefined && line.words.length === 2 && !twin) {
    return {
      ...emptyBlock(name.at),
      name: name.text,
      usable: true,
      track: emptyTrack(),
      trackingWeight: false,
      notify: {},
    };
  }
  problem(reader, name ?? keyword ?? { text: "", at: reader.at }, {
    code: twin ? "duplicate-sync-group" : "sync-group-name-missing",
    message: twin
      ? `there is a vrrp_sync_group ${name?.text ?? ""} already`
      : "vrrp_sync_group takes one name",
    effect: "the block is skipped",
    source: from("vrrp_sync_group_handler"),
  });
  reader.skipBlock();
  return undefined;
}

function takeKeyword(
  context: InstanceContext,
  group: SyncGroupDraft,
  name: string,
  line: Line,
): void {
  const { reader, vrrp, globals } = context;
  switch (name) {
    case "group":
      readMembers(reader, group, line);
      return;
    case "track_script":
    case "track_interface":
    case "track_file":
    case "track_process":
    case "track_bfd":
      readTracks(reader, line, vrrp, group.name, group.track, globals.defs.dynamicInterfaces);
      return;
    case "smtp_alert": {
      const value = readSwitch(reader, line, from("vrrp_gsmtp_handler"));
      if (value !== undefined) group.smtpAlert = value;
      return;
    }
    case "global_tracking":
      problem(reader, reader.need(line, 0), {
        code: "deprecated-keyword",
        message: "global_tracking is deprecated; the group can track things itself",
        effect: "it is read as sync_group_tracking_weight",
        source: from("vrrp_gglobal_tracking_handler"),
      });
      group.trackingWeight = true;
      return;
    case "sync_group_tracking_weight":
      group.trackingWeight = true;
      return;
    case "notify_master":
    case "notify_backup":
    case "notify_fault":
    case "notify_stop":
    case "notify":
      readNotify(context, group, NOTIFY[name], line);
      return;
    default:
      keep(group, line);
  }
}

function readMembers(reader: Reader, group: SyncGroupDraft, line: Line): void {
  const word = reader.need(line, 0);
  if (group.members !== undefined) {
    problem(reader, word, {
      code: "duplicate-group-list",
      message: `${group.name} has a group list already`,
      effect: "this second one is skipped",
      source: from("vrrp_group_handler"),
    });
    reader.skipBlock();
    return;
  }
  const members = reader.valueWords(line);
  if (members.length > 0) {
    group.members = members;
    return;
  }
  problem(reader, word, {
    code: "empty-block",
    message: `the group list of ${group.name} is empty`,
    effect: "the sync group is dropped",
    source: from("vrrp_group_handler"),
  });
}

function readNotify(
  { reader, globals }: InstanceContext,
  group: SyncGroupDraft,
  slot: (typeof NOTIFY)[keyof typeof NOTIFY],
  line: Line,
): void {
  if (group.notify[slot] !== undefined) {
    problem(reader, reader.need(line, 0), {
      code: "duplicate-notify",
      message: `${line.words[0]?.text ?? ""} is given already`,
      effect: "this second one is ignored",
      source: from("vrrp_gnotify_handler"),
    });
    return;
  }
  const script = readNotifyScript(reader, line, globals);
  if (script !== undefined) group.notify[slot] = script;
}
