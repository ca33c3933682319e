/** Promise: after the run nothing that carries its label is left on the engine. */
import { only } from "../history/events.ts";
import { fail, inconclusive, pass, type Checker } from "./checker.ts";

export const nothingLeaked: Checker = {
  name: "nothing-leaked",
  promise: "no container, network or volume of the run is left",
  judge: ({ events }) => {
    const found = only(events, "leftovers").at(-1);
    if (found === undefined) return inconclusive("nobody looked for leftovers");
    const left = [...found.containers, ...found.networks, ...found.volumes];
    if (left.length === 0) return pass("nothing is left", [found.seq]);
    return fail(`${left.length} objects are left: ${left.slice(0, 3).join(", ")}`, [found.seq]);
  },
};
