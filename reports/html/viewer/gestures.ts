/** Mouse, pen and fingers on the lanes: what they ask for, without knowing what it does. */

export interface Gestures {
  /** Zoom times `factor` about `x`. True when something changed: then the page does not scroll. */
  readonly zoom: (factor: number, x: number) => boolean;
  readonly pan: (byPixels: number) => void;
  readonly pinch: (before: readonly [number, number], after: readonly [number, number]) => void;
  readonly hover: (x: number, y: number) => void;
  readonly leave: () => void;
  readonly click: (x: number, y: number) => void;
}

/** Less is a click with an unsteady hand. */
const DRAG_PIXELS_MIN = 4;
/** Turns of the wheel that follow each other faster are one gesture, and it stays with whom it began at. */
const GESTURE_GAP_MS = 300;
const ZOOM_PER_PIXEL = 0.002;
/** Firefox counts lines, all others pixels. */
const PIXELS_PER_LINE = 16;

interface Finger {
  x: number;
}

export function listen(stage: HTMLElement, gestures: Gestures): void {
  listenToPointers(stage, gestures);
  listenToWheel(stage, gestures);
}

function place(stage: HTMLElement, event: MouseEvent): { x: number; y: number } {
  const box = stage.getBoundingClientRect();
  return { x: event.clientX - box.left, y: event.clientY - box.top };
}

function listenToPointers(stage: HTMLElement, gestures: Gestures): void {
  const fingers = new Map<number, Finger>();
  let travelled = 0;
  stage.addEventListener("pointerdown", (event) => {
    if (event.pointerType === "mouse" && event.button !== 0) return;
    if (fingers.size === 0) travelled = 0;
    fingers.set(event.pointerId, { x: place(stage, event).x });
    stage.setPointerCapture(event.pointerId);
  });
  stage.addEventListener("pointermove", (event) => {
    const { x, y } = place(stage, event);
    const finger = fingers.get(event.pointerId);
    if (finger === undefined) {
      gestures.hover(x, y);
      return;
    }
    const before = finger.x;
    travelled += Math.abs(x - before);
    const other = [...fingers].find(([id]) => id !== event.pointerId)?.[1];
    if (other !== undefined) gestures.pinch([before, other.x], [x, other.x]);
    else if (travelled >= DRAG_PIXELS_MIN) gestures.pan(before - x);
    finger.x = x;
    gestures.hover(x, y);
  });
  stage.addEventListener("pointerup", (event) => {
    const { x, y } = place(stage, event);
    if (fingers.delete(event.pointerId) && fingers.size === 0 && travelled < DRAG_PIXELS_MIN) {
      gestures.click(x, y);
    }
  });
  stage.addEventListener("pointercancel", (event) => {
    fingers.delete(event.pointerId);
  });
  stage.addEventListener("pointerleave", () => {
    gestures.leave();
  });
}

function listenToWheel(stage: HTMLElement, gestures: Gestures): void {
  // Who scrolls the page goes on scrolling it when lanes come under the pointer, until the pointer moves on them.
  let scrollsPage = false;
  let turnedAt = Number.NEGATIVE_INFINITY;
  document.addEventListener(
    "wheel",
    (event) => {
      if (event.timeStamp - turnedAt > GESTURE_GAP_MS) {
        scrollsPage = !event.composedPath().includes(stage);
      }
      turnedAt = event.timeStamp;
    },
    { capture: true, passive: true },
  );
  stage.addEventListener("pointermove", () => {
    scrollsPage = false;
  });
  stage.addEventListener(
    "wheel",
    (event) => {
      if (scrollsPage && !event.ctrlKey) return;
      const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? PIXELS_PER_LINE : 1;
      const sideways = event.shiftKey ? event.deltaX || event.deltaY : event.deltaX;
      if (event.shiftKey || Math.abs(sideways) > Math.abs(event.deltaY)) {
        gestures.pan(sideways * unit);
        event.preventDefault();
        return;
      }
      const strength = event.ctrlKey ? 4 : 1;
      const factor = Math.exp(event.deltaY * unit * ZOOM_PER_PIXEL * strength);
      if (gestures.zoom(factor, place(stage, event).x)) event.preventDefault();
    },
    { passive: false },
  );
}
