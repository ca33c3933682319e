import { describe, expect, it } from "vitest";
import { movedRun, stuckRun } from "../testing/runs.ts";
import { waterfallOf } from "../waterfall.ts";
import { waterfallFigure, waterfallSection, waterfallSpan, WATERFALL } from "./waterfall-figure.ts";

function moved(): NonNullable<ReturnType<typeof waterfallOf>> {
  const waterfall = waterfallOf(movedRun());
  if (waterfall === undefined) throw new Error("the VIP moves in this run");
  return waterfall;
}

/** Where a time is on the axis, by the rule of three. */
function xOf(us: number): number {
  const { startUs, endUs } = waterfallSpan(moved());
  const { left, right } = WATERFALL;
  return left + ((us - startUs) / (endUs - startUs)) * (right - left);
}

function attributes(markup: string, style: string): { x: number; width: number } {
  const tag = new RegExp(`<rect[^>]*class="${style}"[^>]*>`).exec(markup)?.[0] ?? "";
  const read = (name: string): number => Number(new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1]);
  return { x: read("x"), width: read("width") };
}

describe("the figure of the failover", () => {
  it("draws what the timers allow on the axis of what was measured", () => {
    const waterfall = moved();
    const { predicted } = waterfall;
    if (predicted === undefined) throw new Error("there is a formula for this failure");
    const { markup } = waterfallFigure(waterfall, false);
    const band = attributes(markup, "predicted");
    expect(band.x).toBeCloseTo(xOf(predicted.minUs), 1);
    expect(band.width).toBeCloseTo(xOf(predicted.maxUs) - xOf(predicted.minUs), 1);
    const detect = attributes(markup, "share-detect");
    expect(detect.x).toBeCloseTo(xOf(0), 1);
    expect(detect.x + detect.width).toBeCloseTo(xOf(1_000_000), 1);
  });

  it("draws the spell without writes from the last to the first", () => {
    const { markup } = waterfallFigure(moved(), false);
    const spell = attributes(markup, "outage");
    expect(spell.x).toBeCloseTo(xOf(moved().outage?.lastOkUs ?? 0), 1);
    expect(spell.x + spell.width).toBeCloseTo(xOf(moved().outage?.firstOkUs ?? 0), 1);
  });

  it("says what is outside of what was predicted", () => {
    const waterfall = moved();
    const { predicted } = waterfall;
    if (predicted === undefined) throw new Error("there is a formula for this failure");
    const outside = { ...waterfall, predicted: { ...predicted, inside: false } };
    expect(waterfallFigure(waterfall, false).markup).not.toContain("OUTSIDE");
    expect(waterfallFigure(outside, false).markup).toContain("OUTSIDE");
  });

  it("puts what came long after at the edge, and does not stretch the axis for it", () => {
    const waterfall = moved();
    const late = { label: "last TCP answer", atUs: 90_000_000, event: 7 };
    const span = waterfallSpan({ ...waterfall, oldHolder: [late] });
    expect(span).toEqual(waterfallSpan(waterfall));
    expect(waterfallFigure({ ...waterfall, oldHolder: [late] }, false).markup).toContain(
      "+90.000 s →",
    );
  });

  it("has its figures as a table, and is not there when nothing moved", () => {
    expect(waterfallSection(movedRun())?.body.markup).toContain("<caption>");
    expect(waterfallSection(stuckRun())).toBeUndefined();
  });
});
