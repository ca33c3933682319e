/** Syslog lines in RSYSLOG_FileFormat (RFC 3339 with microseconds), as the host images write them. */
export interface SyslogLine {
  readonly epochUs: number;
  readonly program: string;
  readonly text: string;
}

const LINE =
  /^(?<date>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.(?<fraction>\d{6})(?<zone>Z|[+-]\d\d:\d\d) \S+ (?<program>[^\s:[]+)(?:\[\d+\])?: ?(?<text>.*)$/;

export function parseSyslogLine(line: string): SyslogLine | undefined {
  const found = LINE.exec(line)?.groups;
  if (found === undefined) return undefined;
  const wholeSecondsMs = Date.parse(`${found["date"] ?? ""}${found["zone"] ?? "Z"}`);
  return {
    epochUs: wholeSecondsMs * 1000 + Number(found["fraction"]),
    program: found["program"] ?? "",
    text: found["text"] ?? "",
  };
}
