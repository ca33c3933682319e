/**
 * Hazards of checks and scripts, each let happen once. A has 101 and B 99; a check runs every 2 s with
 * fall 2 and weight 0 unless said. `docs/hazards.md` names the tests by what stands before the colon.
 */
import { describe, expect, test } from "vitest";
import { seconds } from "../../core/time.ts";
import {
  check,
  expectTime,
  type Hazard,
  type HazardOptions,
  IMAGES,
  instance,
  pair,
  TRACK,
  VIP,
} from "../../testing/hazard.ts";
import { settledPair, tracked, vrrpScript, type ScriptBehaviour } from "./keepalived/bench.ts";

const SKEW_99 = 0.613;
/** A command in a script costs a few milliseconds. */
const COMMANDS = 0.05;
const RUNS = "#!/bin/sh\npidof mysqld mariadbd > /dev/null\n";
const ASKS = "#!/bin/sh\nmysql -u root -e 'select 1' > /dev/null 2>&1\n";

function a(...lines: readonly string[]): string {
  return instance("priority 101", ...lines);
}
function b(...lines: readonly string[]): string {
  return instance("priority 99", ...lines);
}
/** Both nodes with that check, as it is defined and as a script. */
function checked(script: string, lines: readonly string[], more: HazardOptions): Hazard {
  const above = check(...lines);
  return pair(above + a(TRACK), above + b(TRACK), {
    ...more,
    scripts: { "/opt/chk.sh": script, ...more.scripts },
  });
}
/** Is the VIP still with A half a minute after its mysqld was killed? */
function staysOverDead(h: Hazard): boolean {
  expect(h.holders()).toBe("a");
  h.mysqld("a", "KILL");
  h.run(30);
  return h.holders() === "a";
}

describe.each(IMAGES)("unwatched, %s", (image) => {
  const scripts = { "/opt/chk.sh": RUNS };

  test("checks/nothing-checked: a dead mysqld moves nothing", () => {
    expect(staysOverDead(pair(a(), b(), { image }))).toBe(true);
    expect(staysOverDead(checked(RUNS, [], { image }))).toBe(false);
  });

  test("checks/undefined: defined below, undefined, not there, or not to be executed", () => {
    const below = pair(a(TRACK) + check(), b(TRACK) + check(), { image, scripts });
    const nowhere = pair(a(TRACK), b(TRACK), { image, scripts });
    const missing = pair(check() + a(TRACK), check() + b(TRACK), { image });
    const files = { "/opt/chk.sh": RUNS };
    const plain = pair(check() + a(TRACK), check() + b(TRACK), { image, files });
    expect([below, nowhere, missing, plain].map(staysOverDead)).toEqual([true, true, true, true]);
  });

  test("checks/symlinked-path: through /bin it is disabled from 2.3.0 on", () => {
    const failing = (path: string): Hazard => {
      const text = check(`script "${path}"`) + a(TRACK);
      return pair(text, b(), { image });
    };
    expect(failing("/usr/bin/false").holders()).toBe("b");
    expect(failing("/bin/false").holders()).toBe(image === "bookworm" ? "b" : "a");
  });

  test("checks/no-interpreter-line: it counts as successful, as with DOS line ends", () => {
    const bare = RUNS.replace("#!/bin/sh\n", "");
    expect(staysOverDead(checked(bare, [], { image }))).toBe(true);
    expect(staysOverDead(checked(RUNS.replaceAll("\n", "\r\n"), [], { image }))).toBe(true);
  });

  test("checks/inverted-status: the node without mysqld is the one that is preferred", () => {
    const h = checked("#!/bin/sh\n! pidof mysqld mariadbd > /dev/null\n", [], {
      image,
      without: ["b"],
    });
    expect(h.holders()).toBe("b");
  });

  test("checks/printed-status: what is printed is not looked at", () => {
    const prints = "#!/bin/sh\npidof mysqld mariadbd > /dev/null\necho $?\n";
    expect(staysOverDead(checked(prints, [], { image }))).toBe(true);
  });

  test("checks/grep-finds-itself: ps and grep count their own line", () => {
    const counts = '#!/bin/sh\n[ "$(ps -ef | grep -c mysql)" -gt 0 ]\n';
    expect(staysOverDead(checked(counts, [], { image }))).toBe(true);
  });

  test("checks/track-process: in a container it is FAULT for ever", () => {
    const process = "vrrp_track_process p {\nprocess mysqld\n}\n";
    const h = pair(process + a("track_process { p }"), b(), { image, settle: 60 });
    expect(h.moves()).toBe("+b");
  });
});

describe.each(IMAGES)("what is run, %s", (image) => {
  test("checks/unquoted-arguments: they are lost; a notify script takes them for a user", () => {
    const wants = '#!/bin/sh\ntest "$1" = strict\n';
    const holder = (script: string): string =>
      checked(wants, [`script ${script}`], { image, idle: ["b"] }).holders();
    expect([holder('"/opt/chk.sh strict"'), holder("/opt/chk.sh strict")]).toEqual(["a", ""]);
    const told = (line: string): boolean => {
      const h = pair(a(`notify_master ${line}`), b(), {
        image,
        scripts: { "/opt/notify.sh": "#!/bin/sh\ntouch /tmp/told\n" },
      });
      return h.host("a").files.has("/tmp/told");
    };
    expect([told('"/opt/notify.sh master"'), told("/opt/notify.sh master")]).toEqual([true, false]);
  });

  test("checks/escaped-quotes: literal characters since 2.3.2", () => {
    const wants = '#!/bin/sh\ntest "$1" = "exit 0"\n';
    const h = checked(wants, ['script "/opt/chk.sh \\"exit 0\\""'], { image, idle: ["b"] });
    expect(h.holders()).toBe(image === "bookworm" ? "a" : "");
  });

  test("checks/always-failing: no node ever becomes MASTER", () => {
    expect(checked("#!/bin/sh\nexit 1\n", [], { image, settle: 60 }).moves()).toBe("");
  });

  test("checks/first-result: it decides alone, whatever fall says", () => {
    const h = checked(RUNS, ["fall 10"], { image, without: ["a"] });
    expect(h.moves()).toBe("+b");
    h.mysqld("a", "start");
    h.run(10);
    h.mark();
    h.mysqld("a", "KILL");
    h.run(60);
    expectTime(h.lost("a"), 18, 20 + COMMANDS);
  });

  test("checks/init-fail: it has no effect", () => {
    const slow = "#!/bin/sh\nsleep 1.5\n";
    const [without, withIt] = [[], ["init_fail"]].map((lines) =>
      checked(slow, lines, { image, idle: ["b"] }),
    );
    expect(withIt?.gained("a")).toBe(without?.gained("a"));
    expect(withIt?.logged("a", "FAULT")).toEqual([]);
  });

  test("checks/reload-other-command: the first failure acts at once since 2.3.2, fall counts before", () => {
    const bad = "#!/bin/sh\nexit 1\n";
    const h = checked("#!/bin/sh\nexit 0\n", [], { image, scripts: { "/opt/bad.sh": bad } });
    h.mark();
    h.reload("a", check('script "/opt/bad.sh"') + a(TRACK));
    h.run(10);
    if (image === "bookworm") expectTime(h.lost("a"), 2, 2 + COMMANDS);
    else expectTime(h.lost("a"), 0, COMMANDS);
  });

  test("checks/notify-overlap: a slow notify_backup ends after the notify_master that followed it", () => {
    const scripts = {
      "/opt/slow.sh": "#!/bin/sh\nsleep 6\necho backup > /tmp/role\n",
      "/opt/fast.sh": "#!/bin/sh\necho master > /tmp/role\n",
    };
    const notify = ["notify_backup /opt/slow.sh", "notify_master /opt/fast.sh"];
    const h = pair(a(...notify), b(), { image, scripts });
    expect(h.holders()).toBe("a");
    expect(h.host("a").files.get("/tmp/role")).toBe("backup\n");
  });
});

describe.each(IMAGES)("what is looked at, %s", (image) => {
  test("checks/frozen-mysqld: its port stays open, so that a look at ports finds nothing", () => {
    const looks = "#!/bin/bash\nnetstat -na | grep LISTEN | grep -q 3306\n";
    const h = checked(looks, [], { image });
    h.load();
    h.run(1);
    h.mysqld("a", "STOP");
    h.run(2);
    h.mark();
    h.run(60);
    expect(h.moves()).toBe("");
    expect(h.acknowledged()).toEqual([]);
  });

  test("checks/hanging: a client without time-out, twice as long from 2.3.3 on", () => {
    const after = (...lines: string[]): Hazard => {
      const h = checked(ASKS, lines, { image });
      h.mark();
      h.mysqld("a", "STOP");
      h.run(30);
      return h;
    };
    // U(0, I) + (f - 1) I + T with T = I = 2, and one more I where a tick beside the kill is skipped
    const least = image === "bookworm" ? 4 : 6;
    expectTime(after().gained("b"), least + SKEW_99, least + 2 + SKEW_99 + COMMANDS);
    expectTime(after("timeout 1").gained("b"), 3 + SKEW_99, 5 + SKEW_99 + COMMANDS);
  });

  test("checks/slow: one of 3 s every 2 s overlaps itself before 2.3.3, then runs every 4 s", () => {
    const h = checked("#!/bin/sh\nsleep 3\n", ["timeout 10"], { image, idle: ["b"] });
    const atOnce = (): number =>
      h
        .host("a")
        .processes.list()
        .filter(({ args }) => args.includes("chk.sh")).length;
    const seen = Array.from({ length: 100 }, () => {
      h.run(0.1);
      return atOnce();
    });
    expect([Math.min(...seen), Math.max(...seen)]).toEqual(image === "bookworm" ? [1, 2] : [0, 1]);
  });

  test("checks/through-the-vip: the holder's mysqld dies, and both checks fail", () => {
    const h = checked(ASKS.replace("-u root", `-u root -h ${VIP} --connect-timeout=1`), [], {
      image,
      idle: ["b"],
    });
    // Without a holder the check fails, and with a failed check there is no holder
    expect(h.moves()).toBe("");
    const one = check() + b(TRACK);
    const through = pair(a(), one, {
      image,
      scripts: { "/opt/chk.sh": ASKS.replace("-u root", `-u root -h ${VIP} --connect-timeout=1`) },
    });
    through.mysqld("a", "KILL");
    through.run(10);
    through.signal("a", "parent", "TERM");
    through.run(30);
    expect(through.holders()).toBe("");
  });

  test("checks/full-server: error 1040 moves the VIP from a server that works", () => {
    // For root one more place is kept.
    const h = checked(ASKS.replace("-u root", "-u check"), [], { image });
    const server = h.world.traffic.server("a");
    if (server !== undefined) server.exhausted = true;
    h.run(10);
    expect(h.holders()).toBe("b");
  });

  test("checks/read-only: it passes, and nothing can be written", () => {
    const h = checked(ASKS, [], { image });
    h.load();
    h.run(1);
    const server = h.world.traffic.server("a");
    if (server !== undefined) server.readOnly = true;
    h.run(1);
    h.mark();
    h.run(30);
    expect(h.holders()).toBe("a");
    expect([h.writes("ok"), h.writes("failed") > 1000]).toEqual([0, true]);
  });

  test("checks/weight-without-a-partner: a failing node stays MASTER when it is alone", () => {
    const h = checked(RUNS, ["weight -50"], { image, idle: ["b"] });
    expect(staysOverDead(h)).toBe(true);
    const silent = checked(RUNS, [], { image, idle: ["b"] });
    expect(staysOverDead(silent)).toBe(false);
  });
});

const STOPS = `#!/bin/bash
listening=$(netstat -na | grep LISTEN | grep -c 3306)
if [ "$listening" -eq 0 ]; then
    /etc/init.d/keepalived stop
fi
`;

describe.each(IMAGES)("scripts that act, %s", (image) => {
  test("checks/stops-at-once: fall and weight never count, and nothing starts it again", () => {
    const h = checked(STOPS, ["fall 10", "rise 10", "weight -5"], { image });
    h.mark();
    h.mysqld("a", "KILL");
    h.run(20);
    // U(0, 2) to the next look, then the script's own 40 to 60 ms
    expectTime(h.gained("b"), SKEW_99, 2 + SKEW_99 + 0.15);
    h.mysqld("a", "start");
    h.run(60);
    expect([h.keepalivedRuns("a"), h.holders()]).toEqual([false, "b"]);
    expect(h.adverts("a").every(({ priority }) => priority === 101 || priority === 0)).toBe(true);
  });

  test("checks/mysqld-after-keepalived: it stops itself at its first look", () => {
    const h = checked(STOPS, ["fall 10"], { image, without: ["a"] });
    expect(h.keepalivedRuns("a")).toBe(false);
    h.mysqld("a", "start");
    h.run(30);
    expect([h.keepalivedRuns("a"), h.holders()]).toEqual([false, "b"]);
    h.keepalived("a", "start");
    h.run(10);
    expect(h.holders()).toBe("a");
  });

  test("checks/mysqld-restarted: a restart that a look falls into costs the node its keepalived", () => {
    const ends = Array.from({ length: 20 }, (_, step) => {
      const h = checked(STOPS, ["fall 10"], { image, settle: 10 + step / 10 });
      h.mysqld("a", "restart");
      h.run(25);
      return h.keepalivedRuns("a");
    });
    // MySQL as one of a pair takes 9 s to stop; MariaDB is back before most looks
    expect(ends).toContain(false);
    expect(ends.includes(true)).toBe(image !== "sid");
  });

  test("checks/attempts-outlast-the-interval: killed before the end, what stands there is not done", () => {
    const thrice = `#!/bin/bash
for attempt in 1 2 3; do
    if mysql -u root -e 'show status' > /dev/null 2>&1; then exit 0; fi
    sleep 1
done
pkill keepalived
exit 1
`;
    const stopped = (...lines: string[]): boolean => {
      const h = checked(thrice, ["weight -5", ...lines], { image });
      h.mysqld("a", "KILL");
      h.run(30);
      return !h.keepalivedRuns("a");
    };
    expect([stopped(), stopped("timeout 5")]).toEqual([false, true]);
  });

  test("checks/restarts-keepalived: what follows the restart in the script is not reached", () => {
    const restarts = `#!/bin/bash
pidof mysqld mariadbd > /dev/null && exit 0
service keepalived restart
touch /tmp/after
exit 1
`;
    const h = checked(restarts, ["timeout 30"], { image });
    h.mysqld("a", "KILL");
    h.run(4);
    expect(h.host("a").files.has("/tmp/after")).toBe(false);
    expect(h.logged("a", "Stopping").length).toBeGreaterThan(0);
  });

  test("checks/starts-mysqld: one that dies again and again keeps the VIP", () => {
    const starts = `#!/bin/bash
pidof mysqld mariadbd > /dev/null || service mysql start
exit 0
`;
    const h = checked(starts, ["timeout 30"], { image });
    h.load();
    h.run(1);
    h.mark();
    for (let death = 0; death < 10; death += 1) {
      h.mysqld("a", "KILL");
      h.run(5);
    }
    expect(h.moves()).toBe("");
    expect(h.writes("failed")).toBeGreaterThan(200);
  });
});

/** On the daemon's own bench: traps of a shell are not modelled. */
test.each(["2.2.7", "2.3.4"] as const)(
  "checks/traps-term: a script that ends with 0 when its time is up has succeeded, %s",
  (version) => {
    const end = (behaviour: Partial<ScriptBehaviour>): string => {
      const config = { scripts: [vrrpScript("chk")] };
      const { bus, a: host } = settledPair(version, {
        a: { trackScripts: [tracked("chk")] },
        config,
      });
      host.behaviours.set("chk", { takesUs: 0, status: 0, hangs: true, ...behaviour });
      bus.runFor(seconds(60));
      return host.state();
    };
    expect([end({ trapsTerm: 0 }), end({})]).toEqual(["MASTER", "FAULT"]);
  },
);
