/** Runs in the browser: gives life to each figure that is on the page, and leaves the page as it is without one. */
import type { WireTimeline } from "../timeline/wire.ts";
import { startTimeline } from "./timeline.ts";

for (const figure of document.querySelectorAll<HTMLElement>("figure[data-timeline]")) {
  const data = readData(figure.dataset["timeline"] ?? "");
  if (data !== undefined) startTimeline(figure, data as WireTimeline);
}

function readData(id: string): unknown {
  const text = document.getElementById(`data-${id}`)?.textContent;
  return text === undefined || text === null ? undefined : JSON.parse(text);
}
