/** Where something was written, for people: lines and columns count from 1. */
export interface Location {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** `node1/keepalived.conf:12:5`. */
export function formatLocation({ file, line, column }: Location): string {
  return `${file}:${line}:${column}`;
}
