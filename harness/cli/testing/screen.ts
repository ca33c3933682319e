/**
 * What a terminal shows after some output, with all that scrolled away: as much of one as progress needs,
 * and any other sequence is an error. Narrowed, it cuts lines and does not break them anew (as xterm does).
 */
export interface Screen {
  /** From the first line ever shown to the last, without blanks at the ends. */
  readonly lines: readonly string[];
  readonly cursorShown: boolean;
}

const ESCAPE = "\u001B";
/** A control sequence, or an operating system command (what `resizeMark` makes). */
// oxlint-disable-next-line no-control-regex -- control characters are what this is about
const SEQUENCE = /^\u001B(?:\[(?<params>[?\d;]*)(?<name>[A-Za-z])|\](?<command>[^\u0007]*)\u0007)/;

/** Tells the screen, which sees but output, how wide the terminal has become. */
export function resizeMark(columns: number): string {
  return `${ESCAPE}]columns=${columns}\u0007`;
}

export function screenAfter(output: string, size: { columns: number; rows: number }): Screen {
  const lines: string[][] = [[]];
  let { columns } = size;
  let [row, column, cursorShown] = [0, 0, true];
  const line = (): string[] => (lines[row] ??= []);
  const down = (): void => {
    row += 1;
    line();
  };
  const act = (name: string, params: string): void => {
    const count = Number(params === "" ? "1" : params);
    // What has scrolled away is out of reach.
    if (name === "A") row = Math.max(row - count, lines.length - size.rows, 0);
    else if (name === "B") row = Math.min(row + count, lines.length - 1);
    else if (name === "G") column = count - 1;
    else if (name === "K" && params === "2") lines[row] = [];
    else if (name === "K" && params === "") line().length = Math.min(line().length, column);
    else if (params === "?25") cursorShown = name === "h";
    else if (name !== "m" && params !== "?2026") throw new Error(`unknown: ${params}${name}`);
  };
  const put = (letter: string): void => {
    if (column >= columns) {
      column = 0;
      down();
    }
    while (line().length < column) line().push(" ");
    line()[column] = letter;
    column += 1;
  };
  for (let rest = output; rest !== "";) {
    const found = SEQUENCE.exec(rest);
    if (found !== null) {
      const { params = "", name, command } = found.groups ?? {};
      if (name !== undefined) act(name, params);
      else columns = Number(command?.split("=")[1]);
      rest = rest.slice(found[0].length);
      continue;
    }
    const [letter = ""] = rest;
    if (letter === "\r") column = 0;
    else if (letter === "\n") down();
    else if (letter >= " ") put(letter);
    else throw new Error(`unknown: ${JSON.stringify(rest.slice(0, 10))}`);
    rest = rest.slice(letter.length);
  }
  const text = lines.map((letters) => letters.join("").trimEnd());
  return { lines: text.slice(0, text.findLastIndex((shown) => shown !== "") + 1), cursorShown };
}
