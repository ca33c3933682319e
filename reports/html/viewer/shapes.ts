/** The shapes of marks, on a lane. */
import type { Shape } from "../timeline/looks.ts";

export interface Band {
  readonly top: number;
  readonly height: number;
}

export function drawShape(
  context: CanvasRenderingContext2D,
  shape: Shape,
  x: number,
  { top, height }: Band,
  colour: string,
): void {
  const middle = top + height / 2;
  const half = Math.min(6, height / 2);
  context.fillStyle = colour;
  context.strokeStyle = colour;
  switch (shape) {
    case "tick":
      context.fillRect(x - 0.5, middle, 1.5, height / 2);
      return;
    case "tall":
      context.fillRect(x - 1, top, 2, height);
      return;
    case "cross":
      context.lineWidth = 2;
      context.beginPath();
      context.moveTo(x - half + 1, top);
      context.lineTo(x + half - 1, top + height);
      context.moveTo(x + half - 1, top);
      context.lineTo(x - half + 1, top + height);
      context.stroke();
      return;
    case "ring":
      context.lineWidth = 2;
      context.beginPath();
      context.arc(x, middle, half - 1, 0, 2 * Math.PI);
      context.stroke();
      return;
    case "diamond":
      context.beginPath();
      context.moveTo(x, middle - half);
      context.lineTo(x + half, middle);
      context.lineTo(x, middle + half);
      context.lineTo(x - half, middle);
      context.fill();
      return;
    case "triangle":
      context.beginPath();
      context.moveTo(x - half, top);
      context.lineTo(x + half, top);
      context.lineTo(x, top + height);
      context.fill();
      return;
  }
}
