/** A living time line: one state, everything on the page follows from it. */
import { exactSeconds, spanWords } from "../timeline/format.ts";
import { neighbourOf, pickAt, type Picked } from "../timeline/pick.ts";
import { centred, clampRange, moved, pinched, zoomed, type Range } from "../timeline/range.ts";
import { decodeLane, type WireTimeline } from "../timeline/wire.ts";
import { fillDetails, fillUnable, timeOf } from "./details.ts";
import { find } from "./dom.ts";
import { draw, xOf } from "./draw.ts";
import { listen } from "./gestures.ts";
import { actOfButton, actOfKey, type Act } from "./keys.ts";
import { makeLabels, type Labels } from "./labels.ts";
import { heightOf, rowAt, rowsOf, type Row } from "./layout.ts";
import { rawEvents, type RawEvents } from "./raw.ts";
import { readTheme, type Theme } from "./theme.ts";

/** How far from a mark a click still means it. */
const NEAR_PIXELS = 6;
const ZOOM_STEP = 0.6;
const PAN_SHARE = 0.15;
/** What is jumped to is shown with this much around it, unless the view is closer already. */
const JUMP_SPAN_US = 4_000_000;

export function startTimeline(figure: HTMLElement, data: WireTimeline): void {
  const timeline = new Timeline(figure, data);
  timeline.start();
}

class Timeline {
  private readonly figure: HTMLElement;
  private readonly data: WireTimeline;
  private readonly rows: readonly Row[];
  private readonly bounds: Range;
  private readonly canvas: HTMLCanvasElement;
  private readonly stage: HTMLElement;
  private readonly panel: HTMLElement;
  private readonly labels: Labels;
  private readonly raw: () => Promise<RawEvents | undefined>;
  private theme: Theme;
  private range: Range;
  private width = 0;
  /** Time of the crosshair, absent while nothing points. */
  private cursorUs: number | undefined;
  private lane = 0;
  private selected: { readonly seq: number; readonly tUs: number } | undefined;
  private redrawing = false;
  /** What was jumped to last and is still pointed at: Enter opens this, whatever else lies there. */
  private pointedSeq: number | undefined;

  constructor(figure: HTMLElement, data: WireTimeline) {
    this.figure = figure;
    this.data = data;
    find(figure, ".timeline-live").hidden = false;
    figure.classList.add("alive");
    this.rows = rowsOf(data.lanes.map(decodeLane));
    this.bounds = { startUs: data.startUs, endUs: data.endUs };
    this.range = clampRange({ startUs: data.view[0], endUs: data.view[1] }, this.bounds);
    this.canvas = canvasOf(figure);
    const mark = data.simulated ? ", SIMULATED" : "";
    const name = `Lanes of the run over time${mark}; the story below says the same in words`;
    this.canvas.setAttribute("aria-label", name);
    this.stage = find(figure, ".timeline-stage");
    this.panel = find(figure, ".timeline-details");
    this.labels = makeLabels(find(figure, ".timeline-labels"), this.rows);
    this.raw = rawEvents(data.raw);
    this.theme = readTheme(figure);
  }

  start(): void {
    this.measure();
    this.redraw();
    this.listenToPage();
    this.listenToHands();
    this.figure.dataset["ready"] = "true";
    void this.followHash();
  }

  private listenToPage(): void {
    const again = (): void => {
      this.theme = readTheme(this.figure);
      this.measure();
      this.redraw();
    };
    new ResizeObserver(again).observe(this.stage);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
    addEventListener("hashchange", () => void this.followHash());
    find(document, "body").addEventListener("click", (event) => {
      this.followRow(event.target);
    });
  }

  private listenToHands(): void {
    listen(this.stage, {
      zoom: (factor, x) => this.show(zoomed(this.range, factor, this.timeAt(x))),
      pan: (byPixels) => {
        this.show(moved(this.range, byPixels * this.usPerPixel(), this.bounds));
      },
      pinch: (before, after) => {
        this.show(pinched(this.range, this.width, before, after));
      },
      hover: (x, y) => {
        this.lane = rowAt(this.rows, y);
        this.point(this.timeAt(x));
      },
      leave: () => {
        this.point(undefined);
      },
      click: (x, y) => {
        this.lane = rowAt(this.rows, y);
        this.openAt(this.timeAt(x));
      },
    });
    // Wherever the focus is: the panel is closed as panels are.
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !this.panel.hidden) this.close();
    });
    this.figure.addEventListener("keydown", (event) => {
      const act = actOfKey(event);
      const onButton =
        event.target instanceof HTMLElement && event.target.closest("button, summary, a");
      if (act === undefined || (act === "details" && onButton)) return;
      event.preventDefault();
      this.act(act, true);
    });
    this.figure.addEventListener("click", (event) => {
      const button =
        event.target instanceof Element ? event.target.closest("button[data-act]") : null;
      const act = button instanceof HTMLElement ? actOfButton(button) : undefined;
      if (act !== undefined) this.act(act, true);
    });
  }

  private act(act: Act, speak: boolean): void {
    const middleUs = this.cursorUs ?? this.middleUs();
    const span = this.range.endUs - this.range.startUs;
    switch (act) {
      case "in":
        this.show(zoomed(this.range, ZOOM_STEP, this.selectedInView() ?? this.middleUs()));
        break;
      case "out":
        this.show(zoomed(this.range, 1 / ZOOM_STEP, this.selectedInView() ?? this.middleUs()));
        break;
      case "left":
      case "right": {
        const by = (act === "left" ? -1 : 1) * span * PAN_SHARE;
        this.show(moved(this.range, by, this.bounds));
        this.point(this.middleUs());
        break;
      }
      case "drill":
        this.show({ startUs: this.data.view[0], endUs: this.data.view[1] });
        break;
      case "all":
        this.show(this.bounds);
        break;
      case "next":
      case "previous":
        this.toStory(act === "next" ? 1 : -1);
        return;
      case "violation":
        void this.toViolation();
        return;
      case "lane-up":
      case "lane-down":
        this.lane = Math.min(
          this.rows.length - 1,
          Math.max(0, this.lane + (act === "lane-up" ? -1 : 1)),
        );
        this.point(middleUs);
        break;
      case "event-next":
      case "event-previous":
        this.toEvent(act === "event-next" ? 1 : -1, middleUs);
        break;
      case "details":
        if (this.pointedSeq === undefined) this.openAt(middleUs, true);
        else void this.openAndFocus(this.pointedSeq);
        return;
      case "close":
        this.close();
        return;
    }
    if (speak) this.speak(this.wordsAt(this.cursorUs ?? this.middleUs()));
  }

  /** True when the view changed. */
  private show(range: Range): boolean {
    const next = clampRange(range, this.bounds);
    if (next.startUs === this.range.startUs && next.endUs === this.range.endUs) return false;
    this.range = next;
    this.redraw();
    return true;
  }

  private jump(tUs: number): void {
    const span = Math.min(this.range.endUs - this.range.startUs, JUMP_SPAN_US);
    this.show(centred({ startUs: 0, endUs: span }, tUs));
    this.point(tUs);
  }

  private pointAt(tUs: number, seq: number, text: string): void {
    const row = this.rows.findIndex(
      ({ lane }) => lane.marks.seq.includes(seq) || lane.spans.seq.includes(seq),
    );
    if (row >= 0) this.lane = row;
    this.jump(tUs);
    this.select({ seq, tUs });
    this.pointedSeq = seq;
    this.speak(`${exactSeconds(tUs - this.data.zeroUs)}: ${text}`);
  }

  private storyOf(seq: number): string {
    return this.data.story.find(([, own]) => own === seq)?.[2] ?? `event ${seq}`;
  }

  private toStory(direction: 1 | -1): void {
    const { story } = this.data;
    const at = this.selected?.tUs ?? this.middleUs();
    const here = story.findIndex(([, seq]) => seq === this.selected?.seq);
    const next =
      here >= 0
        ? here + direction
        : direction === 1
          ? story.findIndex(([tUs]) => tUs > at)
          : story.findLastIndex(([tUs]) => tUs < at);
    const entry = story[next];
    if (entry === undefined) {
      this.speak("no further entry");
      return;
    }
    const [tUs, seq, text] = entry;
    this.pointAt(tUs, seq, text);
    if (!this.panel.hidden) void this.open(seq);
  }

  /** Seen from anywhere on the page: the figure comes up, and its lane is not left under the panel. */
  private async toViolation(): Promise<void> {
    const { violation } = this.data;
    if (violation === null) {
      this.speak("no violation was found");
      return;
    }
    const [tUs, seq, text] = violation;
    this.pointAt(tUs, seq, text);
    await this.open(seq);
    this.figure.scrollIntoView({ block: "start" });
    this.keepInSight();
  }

  private toEvent(direction: 1 | -1, fromUs: number): void {
    const lane = this.rows[this.lane]?.lane;
    const found = lane === undefined ? undefined : neighbourOf(lane, fromUs, direction);
    if (found === undefined) return;
    if (found.startUs < this.range.startUs || found.startUs > this.range.endUs) {
      this.show(centred(this.range, found.startUs));
    }
    this.point(found.startUs);
  }

  /** With the keyboard the focus goes along, so that the details are read out. */
  private openAt(tUs: number, withFocus = false): void {
    const row = this.rows[this.lane];
    if (row === undefined) return;
    const picked = pickAt(row.lane, tUs, NEAR_PIXELS * this.usPerPixel());
    if (picked === undefined) return;
    const atUs = picked.endUs > picked.startUs ? tUs : undefined;
    if (withFocus) void this.openAndFocus(picked.seq, row.lane.label, atUs);
    else void this.open(picked.seq, row.lane.label, atUs);
  }

  private async openAndFocus(seq: number, lane?: string, atUs?: number): Promise<void> {
    await this.open(seq, lane, atUs);
    this.panel.focus({ preventScroll: true });
  }

  /** `atUs`: within a span, the place that was pointed at. */
  private async open(seq: number, lane?: string, atUs?: number): Promise<void> {
    const raw = await this.raw();
    const event = raw?.bySeq(seq);
    const tUs = event === undefined ? this.timeInLanes(seq) : timeOf(event);
    if (tUs === undefined) return;
    this.select({ seq, tUs });
    if (atUs !== undefined) this.point(atUs);
    const close = (): void => {
      this.close();
    };
    if (raw === undefined || event === undefined) fillUnable(this.panel, close);
    else fillDetails(this.panel, event, raw, { zeroUs: this.data.zeroUs, lane, close });
    this.panel.hidden = false;
    this.panel.scrollTop = 0;
    if (lane !== undefined) this.keepInSight();
  }

  /** Known without the events themselves, where a lane or the story shows it. */
  private timeInLanes(seq: number): number | undefined {
    for (const { lane } of this.rows) {
      const { marks, spans } = lane;
      const tUs = marks.tUs[marks.seq.indexOf(seq)] ?? spans.startUs[spans.seq.indexOf(seq)];
      if (tUs !== undefined) return tUs;
    }
    return this.data.story.find(([, own]) => own === seq)?.[0];
  }

  /** The panel lies over the lower lanes: the one that was clicked moves up from under it. */
  private keepInSight(): void {
    const row = this.rows[this.lane];
    if (row === undefined) return;
    const bottom = this.stage.getBoundingClientRect().top + row.top + row.height + NEAR_PIXELS;
    const hidden = bottom - this.panel.getBoundingClientRect().top;
    if (hidden > 0) scrollBy(0, hidden);
  }

  private close(): void {
    const within = this.panel.contains(document.activeElement);
    this.panel.hidden = true;
    this.select(undefined);
    if (within) find(this.figure, ".timeline-lanes").focus();
  }

  private select(selected: { readonly seq: number; readonly tUs: number } | undefined): void {
    this.selected = selected;
    if (selected === undefined) delete this.figure.dataset["selected"];
    else this.figure.dataset["selected"] = String(selected.seq);
    this.placeLines();
    for (const row of document.querySelectorAll<HTMLElement>(".timeline-story tr[data-seq]")) {
      row.classList.toggle("chosen", row.dataset["seq"] === String(selected?.seq));
    }
  }

  /** Links anywhere on the page lead to an event by its seq. */
  private async followHash(): Promise<void> {
    const seq = Number(/^#event-(\d+)$/.exec(location.hash)?.[1] ?? Number.NaN);
    if (Number.isNaN(seq)) return;
    const event = (await this.raw())?.bySeq(seq);
    const tUs = event === undefined ? this.timeInLanes(seq) : timeOf(event);
    if (tUs === undefined) return;
    this.pointAt(tUs, seq, this.storyOf(seq));
    await this.openAndFocus(seq);
    this.figure.scrollIntoView({ block: "start" });
  }

  /** A row of the story shows its place. Its link does so too, for the keyboard. */
  private followRow(target: EventTarget | null): void {
    if (!(target instanceof Element)) return;
    const link = target.closest("a");
    if (link !== null) {
      // The same link again changes nothing in the address, and is still meant.
      if (link.hash === location.hash && link.hash.startsWith("#event-")) void this.followHash();
      return;
    }
    const row = target.closest<HTMLElement>(".timeline-story tr[data-seq]");
    if (row === null || getSelection()?.isCollapsed === false) return;
    const seq = Number(row.dataset["seq"]);
    this.pointAt(Number(row.dataset["at"]), seq, this.storyOf(seq));
    void this.open(seq);
    this.figure.scrollIntoView({ block: "start" });
  }

  private point(tUs: number | undefined): void {
    this.cursorUs = tUs;
    this.pointedSeq = undefined;
    this.placeLines();
    const readout = find(this.figure, ".timeline-readout");
    if (tUs === undefined) {
      this.labels.say([]);
      this.labels.choose(undefined);
      readout.textContent = this.viewWords();
      return;
    }
    const said = this.rows.map(({ lane }) =>
      sayOf(pickAt(lane, tUs, this.usPerPixel() * NEAR_PIXELS)),
    );
    this.labels.say(said);
    this.labels.choose(this.lane);
    readout.textContent = this.wordsAt(tUs);
  }

  private wordsAt(tUs: number): string {
    const row = this.rows[this.lane];
    if (row === undefined) return exactSeconds(tUs - this.data.zeroUs);
    const picked = pickAt(row.lane, tUs, this.usPerPixel() * NEAR_PIXELS);
    return `${exactSeconds(tUs - this.data.zeroUs)}  ${row.lane.label}: ${sayOf(picked) ?? "nothing"}`;
  }

  private viewWords(): string {
    const { startUs, endUs } = this.range;
    const from = exactSeconds(startUs - this.data.zeroUs);
    return `${spanWords(endUs - startUs)} shown, from ${from}`;
  }

  private speak(text: string): void {
    find(this.figure, ".timeline-spoken").textContent = text;
    find(this.figure, ".timeline-readout").textContent = text;
  }

  private placeLines(): void {
    const place = (selector: string, tUs: number | undefined): void => {
      const line = find(this.figure, selector);
      const x = tUs === undefined ? -1 : xOf(tUs, { range: this.range, width: this.width });
      line.hidden = x < 0 || x > this.width;
      line.style.transform = `translateX(${x.toFixed(1)}px)`;
    };
    place(".timeline-cross", this.cursorUs);
    place(".timeline-chosen", this.selected?.tUs);
  }

  private timeAt(x: number): number {
    return this.range.startUs + x * this.usPerPixel();
  }

  private usPerPixel(): number {
    return (this.range.endUs - this.range.startUs) / Math.max(1, this.width);
  }

  private middleUs(): number {
    return (this.range.startUs + this.range.endUs) / 2;
  }

  private selectedInView(): number | undefined {
    const tUs = this.selected?.tUs;
    return tUs === undefined || tUs < this.range.startUs || tUs > this.range.endUs
      ? undefined
      : tUs;
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

  /** At most once a frame, however many wheel events come. */
  private redraw(): void {
    this.figure.dataset["view"] = `${this.range.startUs},${this.range.endUs}`;
    if (this.redrawing) return;
    this.redrawing = true;
    requestAnimationFrame(() => {
      this.redrawing = false;
      const context = this.canvas.getContext("2d");
      if (context === null) return;
      const { width, rows, range, data, theme } = this;
      draw({ context, width, rows, range, data, theme });
      this.placeLines();
      if (this.cursorUs === undefined) this.point(undefined);
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

function sayOf(picked: Picked | undefined): string | undefined {
  return picked?.text;
}
