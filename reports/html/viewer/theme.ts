/** Colours of the page, read from its custom properties, and the patterns made of them. */

const NAMES = [
  "bg",
  "fg",
  "dim",
  "line",
  "panel",
  "good",
  "bad",
  "warn",
  "info",
  "accent",
  "fault",
  "node-1",
  "node-2",
  "node-3",
  "node-4",
  "node-5",
  "node-6",
] as const;

export interface Theme {
  readonly colour: (name: string) => string;
  readonly hatch: (context: CanvasRenderingContext2D, name: string) => CanvasPattern | string;
  readonly dots: (context: CanvasRenderingContext2D, name: string) => CanvasPattern | string;
  readonly font: string;
}

export function readTheme(element: HTMLElement): Theme {
  const style = getComputedStyle(element);
  const fallback = style.color;
  const colours = new Map(
    NAMES.map((name) => [name as string, style.getPropertyValue(`--${name}`).trim() || fallback]),
  );
  const colour = (name: string): string => colours.get(name) ?? fallback;
  const made = new Map<string, CanvasPattern | string>();
  const pattern = (
    context: CanvasRenderingContext2D,
    name: string,
    kind: "hatch" | "dots",
  ): CanvasPattern | string => {
    const key = `${kind} ${name}`;
    const known = made.get(key);
    if (known !== undefined) return known;
    const tile = tileOf(kind, colour(name));
    const fill = context.createPattern(tile, "repeat") ?? colour(name);
    made.set(key, fill);
    return fill;
  };
  return {
    colour,
    hatch: (context, name) => pattern(context, name, "hatch"),
    dots: (context, name) => pattern(context, name, "dots"),
    font: style.fontFamily,
  };
}

const TILE = 8;

function tileOf(kind: "hatch" | "dots", colour: string): HTMLCanvasElement {
  const tile = document.createElement("canvas");
  tile.width = TILE;
  tile.height = TILE;
  const context = tile.getContext("2d");
  if (context === null) return tile;
  context.strokeStyle = colour;
  context.fillStyle = colour;
  context.lineWidth = 2;
  if (kind === "dots") {
    context.fillRect(1, 1, 2, 2);
    context.fillRect(5, 5, 2, 2);
    return tile;
  }
  context.beginPath();
  for (const shift of [-TILE, 0, TILE]) {
    context.moveTo(shift - 1, TILE + 1);
    context.lineTo(shift + TILE + 1, -1);
  }
  context.stroke();
  return tile;
}
