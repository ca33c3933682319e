import { describe, expect, it } from "vitest";
import { HarnessError } from "../../core/errors.ts";
import { milliseconds, seconds, type Us } from "../../core/time.ts";
import type { HostView } from "../../shell/host.ts";
import { EventQueue } from "./clock.ts";
import { hostView } from "./hostview.ts";
import type { RunningScript, ScriptEnd } from "./keepalived/host.ts";
import { ProcessTable } from "./processes.ts";
import { runScript, type ScriptHost } from "./scripts.ts";

const SCRIPT = "/opt/chk.sh";
const KEEPALIVED = 1;

/** A host with one script, whose mysqld can go. */
function bench(text: string, mode: "executable" | "plain" = "executable") {
  const clock = new EventQueue();
  const processes = new ProcessTable();
  const files = new Map([[SCRIPT, text]]);
  let mysqld: { pid: number; name: string; port: number } | undefined;
  let reads = 0;
  const view: HostView = hostView({
    name: "db1",
    interface: "eth0",
    flavour: "mysql-9.7",
    processes,
    files,
    nowUs: () => clock.nowUs(),
    addresses: () => [{ address: "10.0.0.11", prefixLength: 24 }],
    changeAddress: () => undefined,
    mysqld: () => {
      reads += 1;
      return mysqld;
    },
    service: () => expect.unreachable(),
    durationOf: () => 0,
    connect: () => ({ kind: "silence" }),
    mysql: () => ({ kind: "hangs" }),
    ping: () => false,
    arp: () => [],
    arping: "iputils",
    log: () => undefined,
  });
  const host: ScriptHost = {
    name: "db1",
    clock,
    processes,
    view,
    isExecutable: () => mode === "executable",
    version: () => processes.version,
  };
  const ends: { readonly tUs: Us; readonly end: ScriptEnd }[] = [];
  return {
    clock,
    processes,
    files,
    ends,
    /** How often it was looked at what listens. */
    reads: () => reads,
    startMysqld: () => {
      const pid = processes.spawn({ ppid: 1, name: "mysqld", args: "mysqld" }, () => undefined);
      mysqld = { pid, name: "mysqld", port: 3306 };
    },
    endMysqld: () => {
      if (mysqld !== undefined) processes.exit(mysqld.pid);
      mysqld = undefined;
    },
    start: (path = SCRIPT): RunningScript =>
      runScript(host, [path], KEEPALIVED, (end) => ends.push({ tUs: clock.nowUs(), end })),
    pass: (us: Us) => {
      clock.runUntil(clock.nowUs() + us);
    },
  };
}

const PORT_CHECK = "#!/bin/bash\n[ $(netstat -na | grep LISTEN | grep -c 3306) -gt 0 ]\n";
const exited = (status: number): ScriptEnd => ({ kind: "exited", status });

describe("a script of the user", () => {
  it("takes the time of its commands, and ends with its status", () => {
    const b = bench("#!/bin/sh\nsleep 2\nexit 3\n");
    b.start();
    b.pass(seconds(1.9));
    expect([b.ends, b.processes.named("chk.sh").length]).toEqual([[], 1]);
    b.pass(milliseconds(200));
    expect(b.ends.map(({ end }) => end)).toEqual([exited(3)]);
    expect(b.ends[0]?.tUs).toBeGreaterThan(seconds(2));
    expect(b.processes.list()).toEqual([]);
  });

  it("is a child of who started it, and waits for its own background jobs", () => {
    const b = bench("#!/bin/sh\nsleep 1 &\nwait\nexit 0\n");
    const { pid } = b.start();
    b.pass(milliseconds(500));
    expect(b.processes.list().map((row) => row.ppid)).toEqual([KEEPALIVED, pid]);
    b.pass(seconds(1));
    expect(b.ends.map(({ end }) => end)).toEqual([exited(0)]);
  });

  it("ends where it is when it is killed, its background jobs with it, and once only", () => {
    const b = bench("#!/bin/sh\nsleep 5 &\nsleep 5\n");
    const script = b.start();
    b.pass(seconds(1));
    script.kill("TERM");
    script.kill("KILL");
    expect(b.processes.list()).toEqual([]);
    b.pass(seconds(10));
    expect(b.ends).toEqual([{ tUs: seconds(1), end: { kind: "signalled", signal: "TERM" } }]);
  });

  it("does not end by a signal that stops nobody", () => {
    const b = bench("#!/bin/sh\nsleep 1\n");
    b.start().kill("CONT");
    b.pass(seconds(2));
    expect(b.ends.map(({ end }) => end)).toEqual([exited(0)]);
  });

  it("is not run when it is not executable, or not there", () => {
    const plain = bench("#!/bin/sh\n", "plain");
    plain.start();
    plain.start("/opt/other.sh");
    plain.pass(1);
    expect(plain.ends.map(({ end }) => end.kind)).toEqual(["not-run", "not-run"]);
  });

  it("passes without having run when the kernel finds no interpreter in its first line", () => {
    for (const text of ["exit 1\n", "#!/bin/sh\r\nexit 1\r\n"]) {
      const b = bench(text);
      b.start();
      b.pass(seconds(1));
      expect(b.ends.map(({ end }) => end)).toEqual([exited(0)]);
    }
  });

  it("may be a program of the system instead", () => {
    const b = bench("");
    b.start("/bin/false");
    b.pass(seconds(1));
    expect(b.ends.map(({ end }) => end)).toEqual([exited(1)]);
  });
});

describe("a script that only looks", () => {
  it("sees at its next run that the mysqld has died, and that it is back", () => {
    const b = bench(PORT_CHECK);
    b.startMysqld();
    for (const act of [b.endMysqld, b.startMysqld, () => undefined]) {
      b.start();
      b.pass(seconds(1));
      act();
    }
    expect(b.ends.map(({ end }) => end)).toEqual([exited(0), exited(1), exited(0)]);
  });

  it("sees it also when the mysqld dies between two looks of one run", () => {
    const b = bench(
      "#!/bin/bash\nnetstat -na | grep -q 3306 || exit 2\nsleep 1\n netstat -na | grep -q 3306\n",
    );
    b.startMysqld();
    for (const act of [() => undefined, b.endMysqld]) {
      b.start();
      b.pass(milliseconds(500));
      act();
      b.pass(seconds(1));
    }
    expect(b.ends.map(({ end }) => end)).toEqual([exited(0), exited(1)]);
  });

  it("sees what has changed before its look, and not what changes after it", () => {
    const found = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12].map((afterMs) => {
      const [known, fresh] = [true, false].map((isKnown) => {
        const b = bench(PORT_CHECK);
        b.startMysqld();
        if (isKnown) {
          b.start();
          b.pass(seconds(1));
        }
        const beganUs = b.clock.nowUs();
        b.start();
        b.pass(milliseconds(afterMs) - 500);
        b.endMysqld();
        b.pass(seconds(1));
        const { tUs, end } = b.ends.at(-1)!;
        return { tookUs: tUs - beganUs, end };
      });
      expect(known).toEqual(fresh);
      return known?.end;
    });
    expect(found.slice(0, 1)).toEqual([exited(1)]);
    expect(found.slice(-1)).toEqual([exited(0)]);
  });

  it("takes as long as before when nothing has changed, without being run again", () => {
    const b = bench(PORT_CHECK);
    b.startMysqld();
    b.start();
    b.pass(seconds(1));
    const [first] = b.ends;
    const reads = b.reads();
    b.start();
    b.pass(seconds(1));
    expect(b.ends[1]).toEqual({ tUs: seconds(1) + first!.tUs, end: first!.end });
    expect(b.reads()).toBe(reads);
  });

  it("is run again when it asks for the time or leaves something behind", () => {
    for (const text of [
      "#!/bin/sh\ndate +%s > /dev/null\nnetstat -na | grep -q 3306\n",
      "#!/bin/sh\necho x > /tmp/mark\nnetstat -na | grep -q 3306\n",
    ]) {
      const b = bench(text);
      b.start();
      b.pass(seconds(1));
      const reads = b.reads();
      b.start();
      b.pass(seconds(1));
      expect(b.reads()).toBe(2 * reads);
    }
  });
});

describe("what cannot be run", () => {
  const failing = (text: string): unknown => {
    const b = bench(text);
    try {
      b.start();
      b.pass(seconds(1));
    } catch (error) {
      return error;
    }
    return expect.unreachable();
  };

  it.each([
    ["another language", "#!/usr/bin/env python3\nprint(1)\n", "is written for python3"],
    ["a command nobody knows", "#!/bin/sh\nfrobnicate --now\n", "line 2: frobnicate"],
  ])("%s ends the run, and says why", (_, text, why) => {
    const error = failing(text);
    expect(error).toBeInstanceOf(HarnessError);
    expect((error as HarnessError).code).toBe("SCRIPT_NOT_MODELLED");
    expect((error as HarnessError).message).toContain(why);
    expect((error as HarnessError).message).toContain("--backend docker");
  });
});

describe("a script that is stopped by a signal", () => {
  it("goes on with what is left of it, later by as long as it stood still", () => {
    const b = bench("#!/bin/sh\nsleep 2\nexit 3\n");
    const script = b.start();
    b.pass(seconds(1));
    b.processes.signal(script.pid, "STOP");
    b.pass(seconds(10));
    expect(b.ends).toEqual([]);
    b.processes.signal(script.pid, "CONT");
    b.pass(seconds(2));
    expect(b.ends.map(({ end }) => end)).toEqual([{ kind: "exited", status: 3 }]);
    expect(b.ends[0]?.tUs).toBeGreaterThanOrEqual(seconds(12));
    expect(b.ends[0]?.tUs).toBeLessThan(seconds(12) + milliseconds(50));
  });
});
