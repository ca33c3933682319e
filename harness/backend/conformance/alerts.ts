/** What people are told: notify script, mail, and the monitor beside the client. */
import { formatSeconds, seconds, type Us } from "../../core/time.ts";
import type { TimedEvent } from "../../history/events.ts";
import { expectEvent, fail, healed, inject, STANDBY, type ConformanceCase } from "./case.ts";

/** Longer than any mail took; what has not come by then is not coming. */
const MAIL_BOUND_US: Us = seconds(2);

export const ALERT_CASES: readonly ConformanceCase[] = [
  {
    name: "a start is told by the notify script and by mail, a stop by the script alone",
    covers: ["keepalived-stopped"],
    world: "alerts",
    run: async (cluster) => {
      const fromUs = cluster.nowUs();
      const stop = await inject(cluster, { kind: "keepalived-stopped", node: STANDBY });
      const { node } = stop;
      await expectEvent(cluster, "the script to hear of the stop", notified(node, "STOP", fromUs));
      await cluster.sleepUntil(cluster.nowUs() + MAIL_BOUND_US);
      const since = cluster.eventsOf("mail").filter(({ tUs }) => tUs > fromUs);
      if (since.some(({ sender }) => sender === node)) fail("the stop was mailed");
      await healed(stop);
      await expectEvent(cluster, "the script's line", notified(node, "BACKUP", fromUs));
      await expectEvent(cluster, "the mail", mailed(node, "BACKUP", fromUs));
    },
  },
  {
    name: "a mail has the words that keepalived writes",
    covers: [],
    world: "alerts",
    run: (cluster) => {
      const mail = cluster.eventsOf("mail").find(({ subject }) => subject.includes("MASTER"));
      const said =
        mail === undefined
          ? "none"
          : `${mail.from} | ${mail.to.join()} | ${mail.subject} | ${mail.body.trim()}`;
      const wanted =
        "keepalived@example.test | dba@example.test | [mysqld-node] VRRP Instance VI_1 - Entering MASTER state | " +
        "=> VRRP Instance is now owning VRRP VIPs <=";
      if (said !== wanted) fail(`the mail of the master's was ${said}`);
      return Promise.resolve();
    },
  },
  {
    name: "the monitor is content with one holder, alarmed by two, and content again",
    covers: ["address-added"],
    world: "alerts",
    run: async (cluster) => {
      const ran = (exitCode: number, fromUs: Us) => (event: TimedEvent) =>
        event.kind === "monitor" && event.exitCode === exitCode && event.beganUs >= fromUs;
      await expectEvent(cluster, "a content monitor", ran(0, 0));
      const added = await inject(cluster, { kind: "address-added", node: STANDBY });
      await expectEvent(cluster, "an alarm", ran(1, cluster.nowUs()));
      await healed(added);
      await expectEvent(cluster, "a content monitor again", ran(0, cluster.nowUs()));
    },
  },
  {
    name: "a monitor does not run twice at once",
    covers: [],
    world: "alerts",
    run: async (cluster) => {
      const enough = (): boolean => cluster.eventsOf("monitor").length >= 3;
      if (!(await cluster.until(enough, seconds(10)))) fail("fewer than three runs of the monitor");
      const runs = cluster.eventsOf("monitor");
      const overlap = runs.find((run, at) => run.beganUs < (runs[at - 1]?.tUs ?? 0));
      if (overlap !== undefined)
        fail(`a run began at ${formatSeconds(overlap.beganUs)}, before the last ended`);
    },
  },
];

function notified(node: string, state: string, fromUs: Us) {
  return (event: TimedEvent): boolean =>
    event.kind === "log" &&
    event.node === node &&
    event.program === "notify" &&
    event.text.startsWith(`INSTANCE VI_1 ${state} `) &&
    event.tUs > fromUs;
}

function mailed(node: string, state: string, fromUs: Us) {
  return (event: TimedEvent): boolean =>
    event.kind === "mail" &&
    event.sender === node &&
    event.subject.endsWith(`VRRP Instance VI_1 - Entering ${state} state`) &&
    event.tUs > fromUs;
}
