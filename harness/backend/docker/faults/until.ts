/** Waiting, with a bound, for what a command of ours prints as it goes. */

const LOOK_MS = 20;

/** True as soon as it holds, false at the bound. */
export async function until(holds: () => boolean, boundMs: number): Promise<boolean> {
  for (let passedMs = 0; !holds(); passedMs += LOOK_MS) {
    if (passedMs >= boundMs) return false;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  return true;
}
