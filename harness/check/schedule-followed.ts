/** Promise: every condition the schedule waited for came true within its bound. */
import { only } from "../history/events.ts";
import { fail, pass, type Checker } from "./checker.ts";

export const scheduleFollowed: Checker = {
  name: "schedule-followed",
  promise: "every condition the schedule waited for came true within its bound",
  judge: ({ events }) => {
    const steps = only(events, "step");
    const missed = steps.filter((event) => !event.met);
    const first = missed[0];
    if (first !== undefined) {
      return fail(
        `step ${first.step} waited for ${first.waitedFor} in vain`,
        missed.map((event) => event.seq),
        { missed: missed.map((event) => event.step) },
      );
    }
    return pass(
      `${steps.length} ${steps.length === 1 ? "step" : "steps"}, each in its time`,
      steps.map((event) => event.seq),
    );
  },
};
