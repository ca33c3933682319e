import { describe, expect, test } from "vitest";
import type { Event, LogEvent, MailEvent } from "../history/events.ts";
import { history, type HistoryBuilder } from "../testing/history.ts";
import { judge, said } from "../testing/judging.ts";

const BOTH = { settings: { notify: true, mail: true, withinMs: 1000 } };

const log = (program: string, text: string, node = "db2"): LogEvent => ({
  kind: "log",
  node,
  program,
  text,
});

const mail = (state: string, sender = "db2"): MailEvent => ({
  kind: "mail",
  sender,
  from: "keepalived@example.test",
  to: ["dba@example.test"],
  subject: `[mysqld-node] VRRP Instance VI_1 - Entering ${state} state`,
  body: "",
});

const entering = (state: string, suffix = ""): LogEvent =>
  log("Keepalived_vrrp", `(VI_1) Entering ${state} STATE${suffix}`);

/** db2 takes over at 5 s, and both alerts follow; what is added is said of the same drill. */
function drill(build: (before: HistoryBuilder) => HistoryBuilder): readonly Event[] {
  const begun = history().settled().holds("db1", 0.5);
  return build(begun.add(0, { kind: "observer", observer: "mail sink", state: "watching" }))
    .collected(12)
    .events();
}

const told = (state = "MASTER", at = 5): ((h: HistoryBuilder) => HistoryBuilder) => {
  return (h) =>
    h
      .add(at, entering(state))
      .add(at + 0.02, log("notify", `INSTANCE VI_1 ${state} 99`))
      .add(at + 0.04, mail(state));
};

describe("alert-sent", () => {
  test("passes when each transition was told in both ways", () => {
    const events = drill((h) => told("BACKUP", 8)(told("MASTER", 5)(h)));
    expect(said("alert-sent", events, BOTH)).toBe("pass: 2 transitions, each told within 0.040 s");
    expect(judge("alert-sent", events, BOTH).facts).toMatchObject({
      notify: { told: 2, slowestUs: 20_000 },
      mail: { told: 2, slowestUs: 40_000 },
    });
  });

  test("demands only what is set, and the rest may be missing", () => {
    const events = drill((h) => h.add(5, entering("MASTER")).add(5.1, mail("MASTER")));
    expect(said("alert-sent", events, { settings: { mail: true } })).toMatch(/^pass/);
    expect(said("alert-sent", events, { settings: { notify: true } })).toBe(
      "fail: db2 entered MASTER (VI_1) at 5.000 s, and no notify script said so",
    );
  });

  test("knows the log lines of the start and of old versions", () => {
    const events = drill((h) =>
      h
        .add(2, entering("BACKUP", " (init)"))
        .add(2.1, mail("BACKUP"))
        .add(5, log("Keepalived_vrrp", "VRRP_Instance(VI_1) Entering MASTER STATE"))
        .add(5.1, mail("MASTER")),
    );
    expect(judge("alert-sent", events, { settings: { mail: true } }).facts).toMatchObject({
      transitions: 2,
    });
  });

  test("says of a stop who was told, and demands nothing", () => {
    const events = drill((h) =>
      told()(h)
        .add(4, log("Keepalived", "Stopping", "db1"))
        .add(4.1, log("notify", "INSTANCE VI_1 STOP 101", "db1")),
    );
    expect(said("alert-sent", events, BOTH)).toBe(
      "pass: 1 transition, each told within 0.040 s; of 1 stop the script was told of 1, mail told of 0",
    );
  });

  test.each<[string, (h: HistoryBuilder) => HistoryBuilder, string]>([
    [
      "without a mail",
      (h) => h.add(5, entering("MASTER")).add(5.1, log("notify", "INSTANCE VI_1 MASTER 99")),
      "fail: db2 entered MASTER (VI_1) at 5.000 s, and no mail said so",
    ],
    [
      "with the wrong state",
      (h) =>
        told()(h).add(8, entering("BACKUP")).add(8.1, log("notify", "INSTANCE VI_1 MASTER 99")),
      "fail: db2 entered BACKUP (VI_1) at 8.000 s, and no notify script said so",
    ],
    [
      "with the state as the first argument",
      (h) =>
        h
          .add(5, entering("MASTER"))
          .add(5.1, log("notify", "MASTER INSTANCE VI_1"))
          .add(5.1, mail("MASTER")),
      "fail: db2 entered MASTER (VI_1) at 5.000 s, and no notify script said so",
    ],
    [
      "from the other node",
      (h) => told()(h).add(8, entering("BACKUP")).add(8.1, mail("BACKUP", "db1")),
      "fail: db2 entered BACKUP (VI_1) at 8.000 s, and no notify script said so",
    ],
    [
      "before it",
      (h) =>
        h
          .add(4.9, mail("MASTER"))
          .add(5, entering("MASTER"))
          .add(5.1, log("notify", "INSTANCE VI_1 MASTER 99")),
      "fail: db2 entered MASTER (VI_1) at 5.000 s, and no mail said so",
    ],
    [
      "too late",
      (h) =>
        h
          .add(5, entering("MASTER"))
          .add(5.1, log("notify", "INSTANCE VI_1 MASTER 99"))
          .add(7.5, mail("MASTER")),
      "fail: db2 entered MASTER (VI_1) at 5.000 s, and its mail arrived 2.500 s later; 1.000 s is allowed",
    ],
    [
      "of which keepalived knows nothing",
      (h) => told()(h).add(9, mail("FAULT")),
      "fail: a mail said that db2 entered FAULT (VI_1) at 9.000 s, and keepalived logged no such transition",
    ],
    [
      "twice",
      (h) => told()(h).add(5.5, mail("MASTER")),
      "fail: a mail said that db2 entered MASTER (VI_1) at 5.500 s, and keepalived logged no such transition",
    ],
  ])("fails for an alert %s", (_what, build, reason) => {
    expect(said("alert-sent", drill(build), BOTH)).toBe(reason);
  });

  test("does not take keepalived's own lines for a script's", () => {
    const events = drill((h) =>
      h.add(5, entering("MASTER")).add(5.1, log("Keepalived_vrrp", "INSTANCE VI_1 MASTER 99")),
    );
    expect(judge("alert-sent", events, { settings: { notify: true } }).verdict).toBe("fail");
  });

  test("is inconclusive when it cannot know", () => {
    expect(
      said(
        "alert-sent",
        drill((h) => h),
        BOTH,
      ),
    ).toBe("inconclusive: keepalived logged no transition");
    expect(said("alert-sent", drill(told()), { settings: {} })).toMatch(/^inconclusive: neither/);
    const unwatched = drill(told()).filter((event) => event.kind !== "observer");
    expect(said("alert-sent", unwatched, BOTH)).toBe(
      "inconclusive: the mail sink did not watch to the end",
    );
    const atTheEnd = drill((h) => told()(h).add(11.5, entering("BACKUP")));
    expect(said("alert-sent", atTheEnd, BOTH)).toMatch(
      /^inconclusive: .* too near the end to tell/,
    );
  });
});
