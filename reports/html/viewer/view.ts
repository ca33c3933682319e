/** The part of the run that is shown, drawn: from pixels to times and back, at most one drawing a frame. */
import { centred, clampRange, moved, pinched, zoomed, type Range } from "../timeline/range.ts";
import type { WireTimeline } from "../timeline/wire.ts";
import { find } from "./dom.ts";
import { draw, xOf } from "./draw.ts";
import { heightOf, type Row } from "./layout.ts";
import { readTheme, type Theme } from "./theme.ts";

export class View {
  private readonly figure: HTMLElement;
  private readonly stage: HTMLElement;
  private readonly canvas: HTMLCanvasElement;
  private readonly data: WireTimeline;
  private readonly rows: readonly Row[];
  private readonly drawn: () => void;
  private readonly bounds: Range;
  private theme: Theme;
  private range: Range;
  private width = 0;
  private waits = false;

  constructor(
    figure: HTMLElement,
    data: WireTimeline,
    { rows, drawn }: { readonly rows: readonly Row[]; readonly drawn: () => void },
  ) {
    this.figure = figure;
    this.data = data;
    this.rows = rows;
    this.drawn = drawn;
    this.bounds = { startUs: data.startUs, endUs: data.endUs };
    this.range = clampRange({ startUs: data.view[0], endUs: data.view[1] }, this.bounds);
    this.stage = find(figure, ".timeline-stage");
    this.canvas = canvasOf(figure);
    const mark = data.simulated ? ", SIMULATED" : "";
    const name = `Lanes of the run over time${mark}; the story below says the same in words`;
    this.canvas.setAttribute("aria-label", name);
    this.theme = readTheme(figure);
  }

  /** Now, and whenever the page becomes wider, narrower, dark or light. */
  follow(): void {
    const again = (): void => {
      this.theme = readTheme(this.figure);
      this.measure();
      this.redraw();
    };
    again();
    new ResizeObserver(again).observe(this.stage);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
  }

  /** True when it is another part than before. */
  show(range: Range): boolean {
    const next = clampRange(range, this.bounds);
    if (next.startUs === this.range.startUs && next.endUs === this.range.endUs) return false;
    this.range = next;
    this.redraw();
    return true;
  }

  /** As `show`. */
  zoom(factor: number, aboutUs: number): boolean {
    return this.show(zoomed(this.range, factor, aboutUs));
  }

  /** As `show`. */
  pan(byUs: number): boolean {
    return this.show(moved(this.range, byUs, this.bounds));
  }

  pinch(before: readonly [number, number], after: readonly [number, number]): void {
    this.show(pinched(this.range, this.width, before, after));
  }

  /** At most so much around it. */
  centre(tUs: number, spanUsMax: number = Number.POSITIVE_INFINITY): void {
    this.show(centred({ startUs: 0, endUs: Math.min(this.spanUs(), spanUsMax) }, tUs));
  }

  showAll(): void {
    this.show(this.bounds);
  }

  shows(tUs: number): boolean {
    return tUs >= this.range.startUs && tUs <= this.range.endUs;
  }

  startUs(): number {
    return this.range.startUs;
  }

  timeAt(x: number): number {
    return this.range.startUs + x * this.usPerPixel();
  }

  spanUs(): number {
    return this.range.endUs - this.range.startUs;
  }

  usPerPixel(): number {
    return this.spanUs() / Math.max(1, this.width);
  }

  middleUs(): number {
    return (this.range.startUs + this.range.endUs) / 2;
  }

  /** A line over all lanes; none without a time, or where that is out of sight. */
  placeLine(selector: string, tUs: number | undefined): void {
    const line = find(this.figure, selector);
    const x = tUs === undefined ? -1 : xOf(tUs, { range: this.range, width: this.width });
    line.hidden = x < 0 || x > this.width;
    line.style.transform = `translateX(${x.toFixed(1)}px)`;
  }

  private measure(): void {
    this.width = Math.max(1, this.stage.clientWidth);
    const height = heightOf(this.rows);
    const ratio = devicePixelRatio;
    this.canvas.width = Math.round(this.width * ratio);
    this.canvas.height = Math.round(height * ratio);
    this.canvas.style.height = `${height}px`;
    this.canvas.getContext("2d")?.setTransform(ratio, 0, 0, ratio, 0, 0);
  }

  /** However many turns of the wheel come within a frame. */
  private redraw(): void {
    this.figure.dataset["view"] = `${this.range.startUs},${this.range.endUs}`;
    if (this.waits) return;
    this.waits = true;
    requestAnimationFrame(() => {
      this.waits = false;
      const context = this.canvas.getContext("2d");
      if (context === null) return;
      const { width, rows, range, data, theme } = this;
      draw({ context, width, rows, range, data, theme });
      this.drawn();
      this.figure.dataset["drawn"] = String(Number(this.figure.dataset["drawn"] ?? 0) + 1);
    });
  }
}

function canvasOf(figure: HTMLElement): HTMLCanvasElement {
  const canvas = find(figure, "canvas");
  if (!(canvas instanceof HTMLCanvasElement)) throw new Error("the page has no canvas");
  canvas.setAttribute("role", "img");
  return canvas;
}
