/** A report that must not be longer than its reader takes: what has no room is counted, not cut off. */
/** Shown whole or left out. */
export interface Block {
  /** What it is, one and several of it, for the sentence that says it was left out. */
  readonly what: readonly [one: string, several: string];
  readonly text: string;
}

/** Kept free for that sentence. */
const LEFT_OUT_BYTES = 1024;

export function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** Blocks in their order as long as there is room, shorter ones also after one that has none. */
export function withinRoom(
  first: string,
  blocks: readonly Block[],
  { bytesMax, missing = [] }: { readonly bytesMax: number; readonly missing?: readonly Block[] },
): string {
  let room = bytesMax - LEFT_OUT_BYTES - bytesOf(first);
  const shown = [first];
  const out = [...missing];
  for (const block of blocks) {
    const bytes = bytesOf(block.text) + 2;
    if (bytes > room) {
      out.push(block);
    } else {
      room -= bytes;
      shown.push(block.text);
    }
  }
  return `${[...shown, ...leftOut(out)].join("\n\n")}\n`;
}

function leftOut(blocks: readonly Block[]): string[] {
  if (blocks.length === 0) return [];
  const kinds = [...Map.groupBy(blocks, ({ what }) => what[0]).values()].map((members) => {
    const [one = "", several = ""] = members[0]?.what ?? [];
    return members.length === 1 ? `1 ${one}` : `${members.length} ${several}`;
  });
  return [
    `**Left out**, because a summary takes no more: ${kinds.join(", ")}. ` +
      "The folder of every run has its own report.md.",
  ];
}
