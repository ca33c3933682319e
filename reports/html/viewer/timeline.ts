/** A living time line: one state, everything on the page follows from it. */
import { exactSeconds, spanWords } from "../timeline/format.ts";
import { neighbourOf, pickAt, type Picked } from "../timeline/pick.ts";
import { decodeLane, type WireTimeline } from "../timeline/wire.ts";
import { fillDetails, fillUnable, timeOf } from "./details.ts";
import { find } from "./dom.ts";
import { listen } from "./gestures.ts";
import { actOfButton, actOfKey, type Act } from "./keys.ts";
import { makeLabels, type Labels } from "./labels.ts";
import { rowAt, rowsOf, type Row } from "./layout.ts";
import { rowOfEvent, storyBeside, storyOf, timeInLanes } from "./places.ts";
import { rawEvents, type RawEvents } from "./raw.ts";
import { View } from "./view.ts";

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
  private readonly view: View;
  private readonly stage: HTMLElement;
  private readonly panel: HTMLElement;
  private readonly labels: Labels;
  private readonly raw: () => Promise<RawEvents | undefined>;
  /** Time of the crosshair, absent while nothing points. */
  private cursorUs: number | undefined;
  private lane = 0;
  private selected: { readonly seq: number; readonly tUs: number } | undefined;
  /** What was jumped to last and is still pointed at: Enter opens this, whatever else lies there. */
  private pointedSeq: number | undefined;

  constructor(figure: HTMLElement, data: WireTimeline) {
    this.figure = figure;
    this.data = data;
    find(figure, ".timeline-live").hidden = false;
    figure.classList.add("alive");
    this.rows = rowsOf(data.lanes.map(decodeLane));
    this.view = new View(figure, data, {
      rows: this.rows,
      drawn: () => {
        this.placeLines();
        if (this.cursorUs === undefined) this.point(undefined);
      },
    });
    this.stage = find(figure, ".timeline-stage");
    this.panel = find(figure, ".timeline-details");
    this.labels = makeLabels(find(figure, ".timeline-labels"), this.rows);
    this.raw = rawEvents(data.raw);
  }

  start(): void {
    this.view.follow();
    this.listenToPage();
    this.listenToHands();
    this.figure.dataset["ready"] = "true";
    void this.followHash();
  }

  private listenToPage(): void {
    addEventListener("hashchange", () => void this.followHash());
    find(document, "body").addEventListener("click", (event) => {
      this.followRow(event.target);
    });
  }

  private listenToHands(): void {
    listen(this.stage, {
      zoom: (factor, x) => this.view.zoom(factor, this.view.timeAt(x)),
      pan: (byPixels) => {
        this.view.pan(byPixels * this.view.usPerPixel());
      },
      pinch: (before, after) => {
        this.view.pinch(before, after);
      },
      hover: (x, y) => {
        this.lane = rowAt(this.rows, y);
        this.point(this.view.timeAt(x));
      },
      leave: () => {
        this.point(undefined);
      },
      click: (x, y) => {
        this.lane = rowAt(this.rows, y);
        this.openAt(this.view.timeAt(x));
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
    const middleUs = this.cursorUs ?? this.view.middleUs();
    switch (act) {
      case "in":
        this.view.zoom(ZOOM_STEP, this.selectedInView() ?? this.view.middleUs());
        break;
      case "out":
        this.view.zoom(1 / ZOOM_STEP, this.selectedInView() ?? this.view.middleUs());
        break;
      case "left":
      case "right":
        this.view.pan((act === "left" ? -1 : 1) * this.view.spanUs() * PAN_SHARE);
        this.point(this.view.middleUs());
        break;
      case "drill":
        this.view.show({ startUs: this.data.view[0], endUs: this.data.view[1] });
        break;
      case "all":
        this.view.showAll();
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
    if (speak) this.speak(this.wordsAt(this.cursorUs ?? this.view.middleUs()));
  }

  private jump(tUs: number): void {
    this.view.centre(tUs, JUMP_SPAN_US);
    this.point(tUs);
  }

  private pointAt(tUs: number, seq: number, text: string): void {
    const row = rowOfEvent(this.rows, seq);
    if (row >= 0) this.lane = row;
    this.jump(tUs);
    this.select({ seq, tUs });
    this.pointedSeq = seq;
    this.speak(`${exactSeconds(tUs - this.data.zeroUs)}: ${text}`);
  }

  private toStory(direction: 1 | -1): void {
    const from = { seq: this.selected?.seq, tUs: this.selected?.tUs ?? this.view.middleUs() };
    const entry = storyBeside(this.data.story, from, direction);
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
    if (!this.view.shows(found.startUs)) this.view.centre(found.startUs);
    this.point(found.startUs);
  }

  /** With the keyboard the focus goes along, so that the details are read out. */
  private openAt(tUs: number, withFocus = false): void {
    const row = this.rows[this.lane];
    if (row === undefined) return;
    const picked = pickAt(row.lane, tUs, NEAR_PIXELS * this.view.usPerPixel());
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
    const tUs = event === undefined ? timeInLanes(this.rows, this.data.story, seq) : timeOf(event);
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
    const tUs = event === undefined ? timeInLanes(this.rows, this.data.story, seq) : timeOf(event);
    if (tUs === undefined) return;
    this.pointAt(tUs, seq, storyOf(this.data.story, seq));
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
    this.pointAt(Number(row.dataset["at"]), seq, storyOf(this.data.story, seq));
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
      sayOf(pickAt(lane, tUs, this.view.usPerPixel() * NEAR_PIXELS)),
    );
    this.labels.say(said);
    this.labels.choose(this.lane);
    readout.textContent = this.wordsAt(tUs);
  }

  private wordsAt(tUs: number): string {
    const row = this.rows[this.lane];
    if (row === undefined) return exactSeconds(tUs - this.data.zeroUs);
    const picked = pickAt(row.lane, tUs, this.view.usPerPixel() * NEAR_PIXELS);
    return `${exactSeconds(tUs - this.data.zeroUs)}  ${row.lane.label}: ${sayOf(picked) ?? "nothing"}`;
  }

  private viewWords(): string {
    const from = exactSeconds(this.view.startUs() - this.data.zeroUs);
    return `${spanWords(this.view.spanUs())} shown, from ${from}`;
  }

  private speak(text: string): void {
    find(this.figure, ".timeline-spoken").textContent = text;
    find(this.figure, ".timeline-readout").textContent = text;
  }

  private placeLines(): void {
    this.view.placeLine(".timeline-cross", this.cursorUs);
    this.view.placeLine(".timeline-chosen", this.selected?.tUs);
  }

  private selectedInView(): number | undefined {
    const tUs = this.selected?.tUs;
    return tUs !== undefined && this.view.shows(tUs) ? tUs : undefined;
  }
}

function sayOf(picked: Picked | undefined): string | undefined {
  return picked?.text;
}
