/** Keys and buttons say the same things. */

export type Act =
  | "in"
  | "out"
  | "left"
  | "right"
  | "drill"
  | "all"
  | "next"
  | "previous"
  | "violation"
  | "lane-up"
  | "lane-down"
  | "event-next"
  | "event-previous"
  | "details"
  | "close";

const KEYS: Readonly<Record<string, Act>> = {
  ArrowLeft: "left",
  ArrowRight: "right",
  ArrowUp: "lane-up",
  ArrowDown: "lane-down",
  "+": "in",
  "=": "in",
  "-": "out",
  "0": "all",
  Home: "all",
  d: "drill",
  n: "next",
  p: "previous",
  v: "violation",
  Enter: "details",
  Escape: "close",
};

const WITH_SHIFT: Readonly<Record<string, Act>> = {
  ArrowLeft: "event-previous",
  ArrowRight: "event-next",
};

export function actOfKey(event: KeyboardEvent): Act | undefined {
  if (event.ctrlKey || event.altKey || event.metaKey) return undefined;
  return (event.shiftKey ? WITH_SHIFT[event.key] : undefined) ?? KEYS[event.key];
}

const ACTS = new Set<string>([...Object.values(KEYS), ...Object.values(WITH_SHIFT)]);

export function actOfButton(button: HTMLElement): Act | undefined {
  const act = button.dataset["act"];
  return act !== undefined && ACTS.has(act) ? (act as Act) : undefined;
}
