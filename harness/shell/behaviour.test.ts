import { describe, expect, it } from "vitest";
import { behaviourOf, type BehaviourOptions } from "./behaviour.ts";
import { SITUATIONS, type Situation } from "./canned.ts";
import { formatSeconds } from "../core/time.ts";

/** One line for each situation: how it ends, when, and what it does to keepalived and mysqld. */
function told(text: string, options: BehaviourOptions = {}): Record<string, string> {
  return Object.fromEntries(
    SITUATIONS.map((situation) => [situation, line(text, situation, options)]),
  );
}

function line(text: string, situation: Situation, options: BehaviourOptions = {}): string {
  const one = behaviourOf(text, [], situation, options);
  const acts = one.actions
    .filter((action) => /keepalived|mysqld|address/.test(action.kind))
    .map(
      (action) =>
        `${action.kind}${"how" in action ? ` (${action.how})` : ""} at line ${String(action.line)}`,
    );
  const status = one.status === undefined ? "" : ` ${String(one.status)}`;
  const unknown = one.unmodelled.map(({ what }) => `unmodelled ${what}`);
  return [`${one.ends}${status} after ${formatSeconds(one.elapsedUs)}`, ...acts, ...unknown].join(
    "; ",
  );
}

describe("a script that stops keepalived when the port does not listen", () => {
  const script = `#!/bin/bash
listening=$(netstat -na | grep LISTEN | grep -c 3306)
if [ "$listening" -eq 0 ]; then
  /etc/init.d/keepalived stop
fi
`;

  it("acts on a closed port, and sees nothing of a server that no longer answers", () => {
    expect(told(script)).toMatchInlineSnapshot(`
      {
        "mysqld-down": "killed-with-keepalived after 1.009 s; stops-keepalived (service-stop) at line 4",
        "mysqld-frozen": "exit 0 after 0.009 s",
        "mysqld-readonly": "exit 0 after 0.009 s",
        "mysqld-refuses": "exit 0 after 0.009 s",
        "mysqld-up": "exit 0 after 0.009 s",
        "replication-broken": "exit 0 after 0.009 s",
      }
    `);
  });
});

describe("a script that tries SQL three times, then kills keepalived", () => {
  const script = `#!/bin/bash
CLIENT=/usr/bin/mysql
left=3
alive=1
ask() {
  $CLIENT -h localhost -u check -psecret -e "show status;" >/dev/null 2>&1
  if [ $? = 0 ]; then alive=1; else alive=0; fi
  return $alive
}
while [ $left -ne 0 ]; do
  let "left -= 1"
  ask
  if [ $alive = 1 ]; then exit 0; fi
  if [ $alive -eq 0 ] && [ $left -eq 0 ]; then
    pkill keepalived
    exit 1
  fi
  sleep 1
done
`;

  it("hangs on a frozen server: the client waits for a greeting without end", () => {
    expect(told(script)).toMatchInlineSnapshot(`
      {
        "mysqld-down": "exit 1 after 2.033 s; stops-keepalived (TERM) at line 15",
        "mysqld-frozen": "hangs after 0.000 s",
        "mysqld-readonly": "exit 0 after 0.008 s",
        "mysqld-refuses": "exit 1 after 2.033 s; stops-keepalived (TERM) at line 15",
        "mysqld-up": "exit 0 after 0.008 s",
        "replication-broken": "exit 0 after 0.008 s",
      }
    `);
    expect(behaviourOf(script, [], "mysqld-frozen").waitsFor).toEqual({
      command: "/usr/bin/mysql -h localhost -u check -psecret -e show status;",
      line: 6,
    });
  });

  it("does not hang with a connect timeout", () => {
    const bounded = script.replace("-h localhost", "--connect-timeout=2 -h localhost");
    expect(line(bounded, "mysqld-frozen")).toMatch(
      /^exit 1 after 8\.\d+ s; stops-keepalived \(TERM\)/,
    );
  });

  it("kills keepalived for a wrong password too", () => {
    expect(line(script, "mysqld-up", { credentials: "wrong" })).toMatch(
      /^exit 1 .*stops-keepalived/,
    );
  });
});

describe("how keepalived is ended", () => {
  it.each([
    ["kill -9 $(cat /var/run/keepalived.pid)", "KILL-parent"],
    ["pkill keepalived", "TERM"],
    ["killall -9 keepalived", "KILL-all"],
    ["kill `pidof keepalived`", "TERM"],
    ["systemctl stop keepalived.service", "service-stop"],
    ["ps -ef | grep keepalived | grep -v grep | awk '{print $2}' | xargs kill -9", "KILL-all"],
  ])("%s", (text, how) => {
    const { actions } = behaviourOf(`#!/bin/bash\n${text}\n`, [], "mysqld-down");
    expect(actions.flatMap((one) => (one.kind === "stops-keepalived" ? [one.how] : []))).toEqual([
      how,
    ]);
  });

  it("takes the script along when it goes on for longer than keepalived takes to end", () => {
    const script = "#!/bin/sh\npkill keepalived\nsleep 5\necho late | mail -s down root\n";
    const { ends, elapsedUs, actions } = behaviourOf(script, [], "mysqld-down");
    expect([ends, elapsedUs, actions.map((one) => one.kind)]).toEqual([
      "killed-with-keepalived",
      1_000_000,
      ["stops-keepalived"],
    ]);
  });
});

describe("a kill of all of keepalived", () => {
  it("ends the script at once: its parent is gone", () => {
    const script = "#!/bin/sh\nkillall -9 keepalived\nservice mysql restart\n";
    expect(line(script, "mysqld-down")).toBe(
      "killed-with-keepalived after 0.000 s; stops-keepalived (KILL-all) at line 2",
    );
  });
});

describe("status of common checks", () => {
  const statuses = (text: string): unknown =>
    SITUATIONS.map((situation) => behaviourOf(text, [], situation).status ?? "hangs");

  it("killall -0 looks at the process only", () => {
    expect(statuses("#!/bin/sh\nkillall -0 mysqld\n")).toEqual([0, 1, 0, 0, 0, 0]);
  });

  it("mysqladmin ping is content with a refused login, and with a full server", () => {
    const ping = "#!/bin/sh\nmysqladmin -uroot -px ping >/dev/null 2>&1\n";
    expect(statuses(ping)).toEqual([0, 1, "hangs", 0, 0, 0]);
    expect(behaviourOf(ping, [], "mysqld-up", { credentials: "wrong" }).status).toBe(0);
  });

  it("a return code turned round shows: 1 when all is well", () => {
    const inverted = `#!/bin/bash
if mysql -uroot -e 'select 1' >/dev/null 2>&1; then ok=1; else ok=0; fi
exit $ok
`;
    expect(statuses(inverted)).toEqual([1, 0, "hangs", 1, 0, 1]);
  });

  it("a count of processes finds the script that counts", () => {
    const count = "#!/bin/bash\nn=$(ps -ef | grep mysqld | grep -v grep | wc -l)\n[ $n -gt 0 ]\n";
    const path = { path: "/opt/check_mysqld.sh" };
    expect([
      behaviourOf(count, [], "mysqld-down").status,
      behaviourOf(count, [], "mysqld-down", path).status,
    ]).toEqual([1, 0]);
  });

  it("replication and read_only are seen by those that look", () => {
    const replica = `#!/bin/bash
n=$(mysql -uroot -e 'show slave status\\G' | grep -E 'Slave_(IO|SQL)_Running:' | awk '{print $2}' | grep -c Yes)
ro=$(mysql -uroot -Ne 'select @@global.read_only')
[ "$n" -eq 2 ] && [ "$ro" = 0 ]
`;
    expect(statuses(replica)).toEqual([0, 1, "hangs", 1, 1, 1]);
  });
});

describe("what is not known", () => {
  it("names commands, services and files that were not given, with their lines", () => {
    const script = "#!/bin/bash\n. /opt/common.sh\ndrbdadm role r0\nsystemctl stop keelalived\n";
    expect(behaviourOf(script, [], "mysqld-up").unmodelled).toEqual([
      { what: "command drbdadm", line: 3 },
      { what: "service keelalived is not part of this host", line: 4 },
      { what: "sourced file /opt/common.sh was not given", line: 2 },
    ]);
  });

  it("does not pretend to run another language", () => {
    const { ends, unmodelled } = behaviourOf("#!/usr/bin/env python3\nprint(1)\n", [], "mysqld-up");
    expect([ends, unmodelled]).toEqual(["unknown", [{ what: "interpreter python3", line: 1 }]]);
  });

  it("reports a loop without end, and one that sleeps without end", () => {
    expect([
      behaviourOf("while true; do :; done", [], "mysqld-up").ends,
      behaviourOf("while true; do sleep 2; done", [], "mysqld-up").ends,
    ]).toEqual(["budget", "hangs"]);
  });
});

describe("restarts", () => {
  it("succeed or fail as asked", () => {
    const script = "#!/bin/bash\nmysqladmin ping || service mysql restart && mysqladmin ping\n";
    expect([
      line(script, "mysqld-down"),
      line(script, "mysqld-down", { restart: "succeeds" }),
    ]).toEqual([
      "exit 1 after 3.008 s; restarts-mysqld at line 2",
      "exit 0 after 3.016 s; restarts-mysqld at line 2",
    ]);
  });
});
