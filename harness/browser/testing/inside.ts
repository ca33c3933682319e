/** Questions that are answered inside the page: scripts as text, because they are the browser's and not ours. */
import type { Page } from "playwright-core";

export interface Inspection {
  readonly scrollWidth: number;
  /** Drawings that have no name for who does not see them. */
  readonly nameless: readonly string[];
  /** By level, in the order of the page. */
  readonly headings: readonly number[];
  /** Such as `2 to 4: Findings`. */
  readonly skippedLevels: readonly string[];
  /** Controls and tables without words; a table may have those of the box that it scrolls in. */
  readonly unlabelled: readonly string[];
  readonly sameIds: readonly string[];
}

export function inspectPage(page: Page): Promise<Inspection> {
  return page.evaluate<Inspection>(INSPECTION);
}

const INSPECTION = `(() => {
  const all = (selector) => [...document.querySelectorAll(selector)];
  const start = (element) => element.outerHTML.slice(0, 120);
  const hidden = (element) => element.closest('[aria-hidden="true"], [hidden], noscript') !== null;
  const named = (element) =>
    (element.getAttribute("aria-label") ?? "").trim() !== "" ||
    (element.getAttribute("aria-labelledby") ?? "").split(" ").some((id) => document.getElementById(id)?.textContent.trim()) ||
    (element.querySelector(":scope > title")?.textContent ?? "").trim() !== "";
  const part = (element) => {
    const whole = element.parentElement?.closest("[role=img], [role=application]");
    return whole !== null && whole !== undefined && named(whole);
  };
  const headings = all("h1, h2, h3, h4, h5, h6").filter((heading) => !hidden(heading));
  const levels = headings.map((heading) => Number(heading.tagName[1]));
  const ids = all("[id]").map(({ id }) => id);
  return {
    scrollWidth: document.scrollingElement.scrollWidth,
    nameless: all("svg, canvas").filter((drawing) => !hidden(drawing) && !part(drawing) && !named(drawing)).map(start),
    headings: levels,
    skippedLevels: headings.flatMap((heading, index) =>
      index > 0 && levels[index] > levels[index - 1] + 1
        ? [levels[index - 1] + " to " + levels[index] + ": " + heading.textContent] : []),
    unlabelled: [
      ...all("button, a[href], summary").filter((control) => control.textContent.trim() === "" && !named(control)),
      ...all("table").filter((table) =>
        table.querySelector("caption") === null && !named(table) && !named(table.parentElement)),
    ].filter((element) => !hidden(element)).map(start),
    sameIds: ids.filter((id, index) => ids.indexOf(id) !== index),
  };
})()`;

const CONTROLS = 'a[href], button, summary, input, select, textarea, [tabindex="0"]';
/** More than any page has. */
const TABS_MAX = 3000;

export interface TabResult {
  readonly controls: number;
  /** Controls that Tab never came to. */
  readonly missed: readonly string[];
}

/** From the top of the page until Tab leaves it. */
export async function tabThrough(page: Page): Promise<TabResult> {
  await page.evaluate(`(() => {
    window.reached = new Set();
    document.addEventListener("focusin", (event) => window.reached.add(event.target));
  })()`);
  for (let tabs = 0; tabs < TABS_MAX; tabs += 1) {
    await page.keyboard.press("Tab");
    const left = await page.evaluate<boolean>("document.activeElement === document.body");
    if (left) break;
  }
  return page.evaluate<TabResult>(`(() => {
    const shown = [...document.querySelectorAll('${CONTROLS}')].filter((control) =>
      control.checkVisibility({ visibilityProperty: true }) && !control.disabled && control.tabIndex >= 0);
    // Of radio buttons Tab reaches the chosen one, and arrow keys the others.
    const group = (control) => control.type === "radio"
      ? [...document.querySelectorAll("input[type=radio]")].filter(({ name }) => name === control.name)
      : [control];
    return {
      controls: shown.length,
      missed: shown.filter((control) => !group(control).some((one) => window.reached.has(one))).map((control) => control.outerHTML.slice(0, 120)),
    };
  })()`);
}

/** How long each step of one zoom gesture takes, from the wheel to the frame that shows it. */
export function sweepFrames(page: Page, selector: string, steps: number): Promise<number[]> {
  return page.evaluate<number[]>(`(async () => {
    const target = document.querySelector('${selector}');
    target.scrollIntoView();
    const box = target.getBoundingClientRect();
    const took = [];
    for (let step = 0; step < ${steps}; step += 1) {
      const from = performance.now();
      target.dispatchEvent(new WheelEvent("wheel", {
        deltaY: step < ${steps / 2} ? -120 : 120, clientX: box.x + box.width / 2, clientY: box.y + 100,
        bubbles: true, cancelable: true }));
      await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
      took.push(performance.now() - from);
    }
    return took;
  })()`);
}
