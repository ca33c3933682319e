/** Static SVG: few helpers, so that figures are made of named parts and are the same bytes for the same run. */
import { scaleLinear, type ScaleLinear } from "d3-scale";
import { MICROSECONDS_PER_SECOND, type Us } from "../../harness/core/time.ts";
import { html, type Html, type Piece } from "./html.ts";

export interface FigureFrame {
  /** Unique on the page: names the title and the description. */
  readonly id: string;
  readonly title: string;
  /** The figure in words, for who does not see it. */
  readonly description: string;
  readonly width: number;
  readonly height: number;
  /** Drawn into the figure itself, so that a copy of it says so as well. */
  readonly simulated: boolean;
}

/** A drawing with its text alternative; a wide one scrolls in a box of its own. */
export function figure(frame: FigureFrame, body: Piece): Html {
  const { id, title, description, width, height, simulated } = frame;
  const label = `${title}; scrolls sideways where the screen is narrow`;
  return html`<div class="wide" tabindex="0" role="group" aria-label="${label}">
    <svg
      class="figure"
      role="img"
      viewBox="0 0 ${px(width)} ${px(height)}"
      aria-labelledby="${id}-name ${id}-words"
    >
      <title id="${id}-name">${title}</title>
      <desc id="${id}-words">${simulated ? `SIMULATED: ${description}` : description}</desc>
      ${body}${simulated && text(width - 8, 16, "SIMULATED", { anchor: "end", style: "simulated" })}
    </svg>
  </div>`;
}

/** Two decimals are finer than any screen. */
export function px(value: number): string {
  const rounded = Math.round(value * 100) / 100;
  return String(Object.is(rounded, -0) ? 0 : rounded);
}

export interface TextLook {
  readonly anchor?: "start" | "middle" | "end";
  readonly style?: string;
}

export function text(x: number, y: number, words: Piece, look: TextLook = {}): Html {
  const { anchor = "start", style = "" } = look;
  return html`<text x="${px(x)}" y="${px(y)}" text-anchor="${anchor}" class="${style}"
    >${words}</text
  >`;
}

export function rect(x: number, y: number, width: number, height: number, style: string): Html {
  return html`<rect
    x="${px(x)}"
    y="${px(y)}"
    width="${px(Math.max(0, width))}"
    height="${px(height)}"
    class="${style}"
  />`;
}

export function line(x1: number, y1: number, x2: number, y2: number, style: string): Html {
  return path(`M${px(x1)} ${px(y1)}L${px(x2)} ${px(y2)}`, style);
}

export function path(data: string, style: string): Html {
  return html`<path d="${data}" class="${style}" />`;
}

export type Mark = "circle" | "square" | "diamond" | "triangle" | "cross";

/** Shapes tell marks apart where colours do not. */
export function mark(shape: Mark, x: number, y: number, radius: number, style: string): Html {
  const at = (dx: number, dy: number): string => `${px(x + dx * radius)} ${px(y + dy * radius)}`;
  switch (shape) {
    case "circle":
      return html`<circle cx="${px(x)}" cy="${px(y)}" r="${px(radius)}" class="${style}" />`;
    case "square":
      return rect(x - radius, y - radius, 2 * radius, 2 * radius, style);
    case "diamond":
      return path(`M${at(0, -1.2)}L${at(1.2, 0)}L${at(0, 1.2)}L${at(-1.2, 0)}Z`, style);
    case "triangle":
      return path(`M${at(0, -1.1)}L${at(1.1, 0.9)}L${at(-1.1, 0.9)}Z`, style);
    case "cross":
      return path(`M${at(-1, -1)}L${at(1, 1)}M${at(1, -1)}L${at(-1, 1)}`, style);
  }
}

/** To an event in the time line, whose viewer shows what is known of it. */
export function eventLink(event: number | undefined, inner: Piece): Html {
  return event === undefined ? html`${inner}` : html`<a href="#event-${event}">${inner}</a>`;
}

export interface TimeAxis {
  readonly x: ScaleLinear<number, number>;
  readonly ticks: readonly { readonly us: Us; readonly label: string }[];
}

/** Ticks at round seconds; as many decimals as the step between them needs. */
export function timeAxis(
  span: { readonly startUs: Us; readonly endUs: Us },
  range: { readonly from: number; readonly to: number },
  ticksAbout = 8,
): TimeAxis {
  const toSeconds = (us: Us): number => us / MICROSECONDS_PER_SECOND;
  const inSeconds = scaleLinear()
    .domain([toSeconds(span.startUs), toSeconds(span.endUs)])
    .range([range.from, range.to]);
  const format = inSeconds.tickFormat(ticksAbout, "~f");
  const ticks = inSeconds.ticks(ticksAbout).map((value) => ({
    us: Math.round(value * MICROSECONDS_PER_SECOND),
    label: `${format(value).replace("\u2212", "-")} s`,
  }));
  const x = scaleLinear().domain([span.startUs, span.endUs]).range([range.from, range.to]);
  return { x, ticks };
}
