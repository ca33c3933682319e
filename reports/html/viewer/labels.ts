/** Names of the lanes beside the canvas, and what each says at the crosshair. */
import { make } from "./dom.ts";
import { HEADING_HEIGHT, heightOf, type Row } from "./layout.ts";

export interface Labels {
  readonly say: (texts: readonly (string | undefined)[]) => void;
  readonly choose: (index: number | undefined) => void;
}

export function makeLabels(holder: HTMLElement, rows: readonly Row[]): Labels {
  holder.style.height = `${heightOf(rows)}px`;
  const made = rows.map(({ lane, top, height, heading }) => {
    if (heading !== undefined) {
      const title = make("div", "timeline-group", heading);
      title.style.top = `${top - HEADING_HEIGHT}px`;
      title.style.height = `${HEADING_HEIGHT}px`;
      holder.append(title);
    }
    const value = make("span", "timeline-value");
    const label = make("div", "timeline-label", make("span", "timeline-name", lane.label), value);
    label.style.top = `${top}px`;
    label.style.height = `${height}px`;
    label.title = `${lane.label}. ${lane.hint}`;
    holder.append(label);
    return { label, value };
  });
  return {
    say: (texts) => {
      made.forEach(({ value }, index) => {
        const text = texts[index] ?? "";
        if (value.textContent !== text) value.textContent = text;
      });
    },
    choose: (chosen) => {
      made.forEach(({ label }, index) => label.classList.toggle("chosen", index === chosen));
    },
  };
}
