/** The panel that shows one event: in words, with the log around it, and as it was recorded. */
import type { JsonObject } from "../../../harness/core/json.ts";
import { describeEvent, wordOf } from "../timeline/describe.ts";
import { exactSeconds, spanWords } from "../timeline/format.ts";
import { make } from "./dom.ts";
import type { RawEvents } from "./raw.ts";

const LOG_LINES = 10;

export function fillDetails(
  panel: HTMLElement,
  event: JsonObject,
  raw: RawEvents,
  options: {
    readonly zeroUs: number;
    readonly lane?: string | undefined;
    readonly close: () => void;
  },
): void {
  const { zeroUs, lane, close } = options;
  const { title, rows } = describeEvent(event, zeroUs);
  const list = make("dl", "");
  addRow(list, "Time", exactSeconds(timeOf(event) - zeroUs));
  if (lane !== undefined) addRow(list, "Shown in", lane);
  for (const [name, value] of rows) addRow(list, name, value);
  const partner = raw.partnerOf(event);
  if (partner !== undefined) addRow(list, ...partnerRow(event, partner, zeroUs));
  addRow(list, "Event", `${wordOf(event["seq"])} of the history`);
  panel.replaceChildren(
    headOf(title, close),
    list,
    ...excerpt(event, raw, zeroUs),
    recorded(event),
  );
}

/** For browsers that cannot unpack the events. */
export function fillUnable(panel: HTMLElement, close: () => void): void {
  panel.replaceChildren(
    headOf("This browser cannot show raw events: it is too old to unpack them.", close),
  );
}

function headOf(title: string, close: () => void): HTMLElement {
  const button = make("button", "timeline-close", "Close");
  button.type = "button";
  button.addEventListener("click", close);
  return make("div", "timeline-details-head", make("h3", "", title), button);
}

export function timeOf(event: JsonObject): number {
  return Number(event["tUs"] ?? 0);
}

function addRow(list: HTMLElement, name: string, value: string): void {
  list.append(make("dt", "", name), make("dd", "", value));
}

function partnerRow(event: JsonObject, partner: JsonObject, zeroUs: number): [string, string] {
  const took = spanWords(Math.abs(timeOf(event) - timeOf(partner)));
  const at = exactSeconds(timeOf(partner) - zeroUs);
  return event["kind"] === "complete"
    ? ["Began", `${at}, it took ${took}`]
    : ["Ended", `${at}, it took ${took}: ${wordOf(partner["outcome"])}`];
}

function excerpt(event: JsonObject, raw: RawEvents, zeroUs: number): HTMLElement[] {
  const lines = raw.logAround(event, LOG_LINES);
  if (lines.length === 0) return [];
  const list = make("ol", "timeline-log");
  const own = event["kind"] === "log";
  const after = lines.findIndex((line) => Number(line["seq"]) > Number(event["seq"]));
  const items = lines.map((line) =>
    logLine(line, zeroUs, `${wordOf(line["program"])}: ${wordOf(line["text"])}`),
  );
  const here = own
    ? items[lines.findIndex((line) => line["seq"] === event["seq"])]
    : logLine(event, zeroUs, "(this event)");
  here?.classList.add("here");
  here?.setAttribute("aria-current", "true");
  if (!own && here !== undefined) items.splice(after < 0 ? items.length : after, 0, here);
  list.append(...items);
  return [make("h4", "", `Log of ${wordOf(lines[0]?.["node"])} around it`), list];
}

function logLine(event: JsonObject, zeroUs: number, text: string): HTMLElement {
  const at = make("span", "timeline-log-at", exactSeconds(timeOf(event) - zeroUs));
  return make("li", "", at, ` ${text}`);
}

function recorded(event: JsonObject): HTMLElement {
  return make(
    "details",
    "",
    make("summary", "", "As it was recorded (JSON)"),
    make("pre", "", JSON.stringify(event, undefined, 2)),
  );
}
