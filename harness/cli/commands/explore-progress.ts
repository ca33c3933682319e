/** How far a search has come, on standard error, and what is left of it when somebody leaves. */
import type { Found } from "../../explore/finding.ts";
import { describeFaults } from "../../explore/plan.ts";
import type { Progress } from "../../explore/search.ts";
import { beforeLeaving } from "../interrupt.ts";
import { startProgress } from "../progress.ts";

const SHOWN_EVERY_MS = 1000;
const SHOWN_EVERY_PLAIN_MS = 10_000;

/** How fast, how far, how much was found; on a terminal every second. */
export function shower(
  label: string,
  beganMs: number,
  keep: (found: readonly Found[]) => void,
): { readonly update: (progress: Progress) => void; readonly stop: () => void } {
  const progress = startProgress(label);
  let found: Progress["findings"] = () => [];
  const takeBack = beforeLeaving(() => {
    const list = found();
    for (const { property, kind, plan } of list) {
      process.stderr.write(`\n${property}: ${kind}: ${describeFaults(plan)}`);
    }
    keep(list);
  });
  const everyMs = process.stderr.isTTY ? SHOWN_EVERY_MS : SHOWN_EVERY_PLAIN_MS;
  let shownMs = beganMs;
  return {
    stop: () => {
      progress.stop();
      takeBack();
    },
    update: ({ schedules, coverage, findings }) => {
      found = findings;
      const nowMs = performance.now();
      if (nowMs - shownMs < everyMs) return;
      shownMs = nowMs;
      const list = findings();
      const last = list.at(-1);
      progress.update(
        `${Math.round((schedules * 1000) / (nowMs - beganMs))} schedules/s, ${coverage()} states and steps, ` +
          `${list.length} findings${last === undefined ? "" : `, such as: ${last.kind}`}`,
      );
    },
  };
}
