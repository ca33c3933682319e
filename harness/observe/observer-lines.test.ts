import { describe, expect, test } from "vitest";
import { parseSinkLine, readMessage } from "./mail.ts";
import { parseMonitorRun } from "./monitor.ts";

describe("a mail's message", () => {
  test("has a subject in its header and a body after it", () => {
    const data = "From: a\nSubject: [db1] moved\nTo: b\n\nfirst\n\nsubject: not this\n";
    expect(readMessage(data)).toEqual({
      subject: "[db1] moved",
      body: "first\n\nsubject: not this\n",
    });
  });

  test("may have a subject over several lines, or none", () => {
    expect(readMessage("SUBJECT: one\r\n two\r\nTo: b\r\n\r\nx")).toEqual({
      subject: "one two",
      body: "x",
    });
    expect(readMessage("To: b\n\nSubject: x")).toEqual({ subject: "", body: "Subject: x" });
    expect(readMessage("Subject: x")).toEqual({ subject: "x", body: "" });
  });
});

describe("lines of the observer's programs", () => {
  test("are read", () => {
    const mail = ["mail", 7, "198.18.7.11", "a", ["b"], "Subject: x\n\n"];
    expect(parseSinkLine(JSON.stringify(mail))).toEqual(mail);
    const run = ["run", 9, "vip-conflict", 8, 1, "two hosts\n"];
    expect(parseMonitorRun(JSON.stringify(run))).toEqual(run);
    expect(parseSinkLine('["ready",1]')).toEqual(["ready", 1]);
    expect(parseMonitorRun('["ready",1]')).toEqual(["ready", 1]);
  });

  test.each(["", '["mail",7,"198.18.7.11"', '["mail",7]', '["run",1]', '["ready"]', "{}", "null"])(
    "%j says nothing",
    (line) => {
      expect(parseSinkLine(line)).toBeUndefined();
      expect(parseMonitorRun(line)).toBeUndefined();
    },
  );
});
