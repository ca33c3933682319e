/** `--threshold p95=500ms,p50=5%`: what a change has to exceed to matter. */
import type { Limit, Thresholds } from "../timing/two-sample.ts";
import { InputError } from "../core/errors.ts";

export function parseThresholds(text: string): Thresholds {
  const parts = text.split(",").map((part) => parseOne(part.trim(), text));
  const names = parts.map(([name]) => name);
  if (new Set(names).size < names.length) throw wrong(text, "each quantile once");
  return Object.fromEntries(parts);
}

function parseOne(part: string, all: string): readonly ["p50" | "p95", Limit] {
  const found = /^(p50|p95)=(\d+(?:\.\d+)?)(ms|s|%)$/.exec(part);
  if (found === null) throw wrong(all, `not "${part}"`);
  const [, name, digits, unit] = found;
  const value = Number(digits);
  const quantile = name === "p50" ? "p50" : "p95";
  if (unit === "%") return [quantile, { kind: "share", share: value / 100 }];
  return [quantile, { kind: "us", us: Math.round(value * (unit === "s" ? 1_000_000 : 1000)) }];
}

function wrong(text: string, why: string): InputError {
  return new InputError(
    "THRESHOLD",
    `--threshold ${text} cannot be read: ${why}. Expected p50=200ms, p95=0.5s or p95=10%, or both with a comma`,
  );
}
