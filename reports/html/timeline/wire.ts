/**
 * The time line as the page carries it: columns of integers, times and seqs as differences. Shared by the
 * report, which writes it, and the viewer, which reads it; so nothing here may need Node or a browser.
 */

/** Whole microseconds from the start of the run. */
type Us = number;

/** Look and text of spans or marks; columns point into a list of these. */
export type WireWord = readonly [look: string, text: string];

export type LaneSize = "thin" | "plain" | "split";

export type WireLane = {
  readonly group: string;
  readonly label: string;
  readonly hint: string;
  readonly size: LaneSize;
  readonly words: readonly WireWord[];
  /** Begin (differences), length, word, seq (differences). */
  readonly spans: readonly [Column, Column, Column, Column];
  /** Time (differences), word, seq (differences). */
  readonly marks: readonly [Column, Column, Column];
};

export type Column = readonly number[];

export type WirePhase = readonly [name: string, startUs: Us, endUs: Us];

export type WireTimeline = {
  readonly simulated: boolean;
  /** What zero is, in words, and where. */
  readonly zero: string;
  readonly zeroUs: Us;
  readonly startUs: Us;
  readonly endUs: Us;
  /** What is shown at first. */
  readonly view: readonly [startUs: Us, endUs: Us];
  readonly phases: readonly WirePhase[];
  readonly lanes: readonly WireLane[];
  /** The entries of the story, in order of time: time, seq of the event. */
  readonly story: readonly (readonly [tUs: Us, seq: number, text: string])[];
  /** First sign that something was not as it should be. */
  readonly violation: readonly [tUs: Us, seq: number, text: string] | null;
  /** All events, one JSON text a line, deflated (RFC 1950) and in base64: needed only when one is looked at. */
  readonly raw: string;
};

export interface Spans {
  readonly startUs: Float64Array;
  readonly endUs: Float64Array;
  readonly word: Uint32Array;
  readonly seq: Float64Array;
}

export interface Marks {
  readonly tUs: Float64Array;
  readonly word: Uint32Array;
  readonly seq: Float64Array;
}

export interface LaneColumns {
  readonly group: string;
  readonly label: string;
  readonly hint: string;
  readonly size: LaneSize;
  readonly words: readonly WireWord[];
  readonly spans: Spans;
  readonly marks: Marks;
}

export function decodeLane({ spans, marks, ...rest }: WireLane): LaneColumns {
  const startUs = summed(spans[0]);
  return {
    ...rest,
    spans: {
      startUs,
      endUs: startUs.map((start, index) => start + (spans[1][index] ?? 0)),
      word: Uint32Array.from(spans[2]),
      seq: summed(spans[3]),
    },
    marks: { tUs: summed(marks[0]), word: Uint32Array.from(marks[1]), seq: summed(marks[2]) },
  };
}

/** The first as it is, then what each adds to the one before. */
export function differences(values: readonly number[]): number[] {
  return values.map((value, index) => value - (index === 0 ? 0 : (values[index - 1] ?? 0)));
}

export function summed(column: Column): Float64Array {
  const values = new Float64Array(column.length);
  let value = 0;
  column.forEach((difference, index) => {
    value += difference;
    values[index] = value;
  });
  return values;
}

const TEXT_LENGTH_MAX = 160;

/** Lanes show the beginning; the whole text is with the event. */
export function shorten(text: string): string {
  return text.length <= TEXT_LENGTH_MAX ? text : `${text.slice(0, TEXT_LENGTH_MAX - 1)}…`;
}
