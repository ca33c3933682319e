/**
 * Hazards of the recipe that stops keepalived by the `notify_down` of a virtual server: one's own mysqld
 * as the only real server of the VIP. delay_loop 2; the kernels have ip_vs unless said. `docs/hazards.md`
 * names the tests by what stands before the colon.
 */
import { describe, expect, test } from "vitest";
import { present } from "../../core/assert.ts";
import {
  A,
  B,
  expectTime,
  type Hazard,
  type HazardOptions,
  IMAGES,
  instance,
  pair,
  virtualServer,
} from "../../testing/hazard.ts";

const PKILL = "#!/bin/bash\npkill keepalived\n";
const KILL_9 = "#!/bin/bash\nkill -9 $(cat /var/run/keepalived.pid)\nsleep 1\ntouch /tmp/after\n";
/** From the log line to the peer's VIP: the script, a goodbye and skew(99). */
const [LEAST_TO_PEER, MOST_TO_PEER] = [0.613, 0.7];

function recipe(script: string, options: HazardOptions, ...checker: readonly string[]): Hazard {
  const a = instance("state BACKUP", "priority 101", "nopreempt") + virtualServer(A, ...checker);
  const b = instance("state BACKUP", "priority 99", "nopreempt") + virtualServer(B, ...checker);
  return pair(a, b, { ipvs: true, scripts: { "/opt/down.sh": script }, ...options });
}

describe.each(IMAGES)("%s", (image) => {
  test("checkers/no-ip-vs: keepalived does not run at all, and nobody gets the VIP", () => {
    const h = recipe(PKILL, { image, ipvs: false });
    expect([h.keepalivedRuns("a"), h.keepalivedRuns("b"), h.moves()]).toEqual([false, false, ""]);
  });

  test("checkers/pkill: one retry after a second, then a clean stop; nothing starts it again", () => {
    const h = recipe(PKILL, { image });
    h.mark();
    h.mysqld("a", "KILL");
    h.run(10);
    expectTime(h.gained("b"), 1 + LEAST_TO_PEER, 3 + MOST_TO_PEER + 0.1);
    h.mysqld("a", "start");
    h.run(60);
    expect([h.moves(), h.keepalivedRuns("a")]).toEqual(["-a +b", false]);
  });

  test("checkers/kill-9-of-the-pid-file: the same, and the script does not reach its end", () => {
    const h = recipe(KILL_9, { image });
    h.mark();
    h.mysqld("a", "KILL");
    h.run(10);
    expect([h.moves(), h.keepalivedRuns("a")]).toEqual(["-a +b", false]);
    expect(h.host("a").files.has("/tmp/after")).toBe(false);
  });

  test("checkers/first-check: one failure after the start is enough, whatever retry says", () => {
    const lines = ["retry 10", "delay_before_retry 3"];
    const h = recipe(PKILL, { image, without: ["a"] }, ...lines);
    expectTime(h.logged("a", "Removing service")[0], 1, 3 + 0.05);
    expect(h.keepalivedRuns("a")).toBe(false);
    expect(h.holders()).toBe("b");
  });

  test("checkers/retries: three of 3 s each, and nb_get_retry is unknown here", () => {
    const after = (...lines: string[]): number | undefined => {
      const h = recipe(PKILL, { image }, ...lines);
      h.mark();
      h.mysqld("a", "KILL");
      h.run(30);
      return h.gained("b");
    };
    expectTime(after("retry 3", "delay_before_retry 3"), 9.613, 11 + MOST_TO_PEER + 0.1);
    expectTime(after("nb_get_retry 3", "delay_before_retry 3"), 3.613, 5 + MOST_TO_PEER + 0.1);
  });

  test("checkers/frozen: the kernel shakes hands for a frozen mysqld, until its listen queue is full", () => {
    const h = recipe(PKILL, { image });
    h.mysqld("a", "STOP");
    h.mark();
    h.run(60);
    expect(h.moves()).toBe("");
    // A check every 2 s fills the queue; one more, two attempts of connect_timeout and a second between them
    const { backLog } = present(h.host("a").server, "mysqld of a");
    expect(backLog).toBe(image === "sid" ? 4096 : 90);
    // The next check is timed from the end of the last, which takes a round trip of less than 1 ms.
    const [fullAfter, fullAtLast] = [(backLog + 1) * 2, (backLog + 1) * 2.001];
    h.run(fullAtLast);
    expectTime(h.gained("b"), fullAfter + 2 * 5 + 1, fullAtLast + 2 + 2 * 5 + 1 + MOST_TO_PEER);
  });

  test("checkers/frozen-busy: clients that connect fill the queue much sooner", () => {
    const h = recipe(PKILL, { image });
    h.load();
    h.run(1);
    h.mysqld("a", "STOP");
    h.mark();
    const { backLog } = present(h.host("a").server, "mysqld of a");
    h.run(backLog / 50 + 60);
    expect(h.moves()).toBe("-a +b");
    // Fifty clients a second and some probes, then a check that is not the last to find a place
    const [least, most] = [(backLog + 1) / 60, (backLog + 1) / 50 + 2];
    expectTime(h.gained("b"), least + 2 * 5 + 1, most + 2 * 5 + 1 + MOST_TO_PEER);
  });

  test("checkers/other-server: one dead mysqld stops keepalived on both", () => {
    const text = (priority: number): string =>
      instance("state BACKUP", `priority ${priority}`, "nopreempt") + virtualServer(B);
    const h = pair(text(101), text(99), { image, ipvs: true, scripts: { "/opt/down.sh": PKILL } });
    h.mysqld("b", "KILL");
    h.run(10);
    expect([h.keepalivedRuns("a"), h.keepalivedRuns("b"), h.holders()]).toEqual([false, false, ""]);
  });
});
