import { describe, expect, it } from "vitest";
import { CannedHost } from "../canned.ts";
import { executeCommand } from "./execute.ts";

const host = new CannedHost("mysqld-up", { nowUs: 1_767_225_600_000_000, endsAtUs: undefined }, {});

/** Output and status, as GNU coreutils, grep, sed and gawk give them. */
function filter(stdin: string, ...argv: string[]): string {
  const end = executeCommand(argv, stdin, host);
  return end.kind === "ended" ? `${end.stdout}[${String(end.status)}]` : JSON.stringify(end);
}

describe("filters of text", () => {
  it.each<[string, string[], string]>([
    ["3306\n33060\n", ["grep", "-c", "3306"], "2\n[0]"],
    ["port 3306\nport 33060\n", ["grep", "-w", "3306"], "port 3306\n[0]"],
    ["ab\na|z\n", ["grep", "a\\|z"], "ab\na|z\n[0]"],
    ["ab\na|z\n", ["egrep", "-v", "b|q"], "a|z\n[0]"],
    ["abc\n", ["grep", "z"], "[1]"],
    ["foobar\n", ["grep", "-o", "o*b"], "oob\n[0]"],
    ["a b c\n1 2 3\n", ["awk", "{print $2, NF; s+=$1} END {print s}"], "b 3\n2 3\n1\n[0]"],
    ["x:y:z\n", ["awk", "-F:", "{print $NF}"], "z\n[0]"],
    [" Seconds_Behind_Master: 7\n", ["awk", "-F: ", "/Seconds/ {print $2; exit}"], "7\n[0]"],
    ["h\n5\n", ["awk", "NR>1"], "5\n[0]"],
    ["l1\nl2\nl3\n", ["sed", "-n", "2p;$p"], "l2\nl3\n[0]"],
    ["   Exec_Pos: 42\n", ["sed", "-n", "-r", "s/.*Exec_Pos: ([0-9]+)/\\1/p"], "42\n[0]"],
    ["a\nb\nc\n", ["sed", "1d;3d"], "b\n[0]"],
    ["10.0.0.1/24\n", ["cut", "-d/", "-f1"], "10.0.0.1\n[0]"],
    ["Yes No\n", ["tr", "[:upper:]", "[:lower:]"], "yes no\n[0]"],
    ["3\n1\n3\n", ["sort", "-rnu"], "3\n1\n[0]"],
    ["a\na\nb\n", ["uniq", "-c"], "      2 a\n      1 b\n[0]"],
    ["a\nb\n", ["wc", "-l"], "2\n[0]"],
    ["", ["expr", "2", "*", "3"], "6\n[0]"],
    ["", ["date", "+%F %T"], "2026-01-01 00:00:00\n[0]"],
    ["", ["basename", "/opt/check.sh", ".sh"], "check\n[0]"],
  ])("%j %j", (stdin, argv, wanted) => {
    expect(filter(stdin, ...argv)).toBe(wanted);
  });

  it("says which command or form it does not know", () => {
    expect([filter("", "drbdadm", "role"), filter("a\n", "sed", ":a;N;ba")]).toEqual([
      '{"kind":"unmodelled","why":"command drbdadm"}',
      '{"kind":"unmodelled","why":"sed command \\":\\""}',
    ]);
  });
});

describe("what shows the host", () => {
  it("lists sockets as netstat and ss do", () => {
    const { stdout } = executeCommand(["netstat", "-lnt"], "", host) as { stdout: string };
    expect(stdout.split("\n").slice(1)).toEqual([
      "Proto Recv-Q Send-Q Local Address           Foreign Address         State       ",
      "tcp        0      0 0.0.0.0:22              0.0.0.0:*               LISTEN      ",
      "tcp6       0      0 :::22                   :::*                    LISTEN      ",
      "tcp6       0      0 :::33060                :::*                    LISTEN      ",
      "tcp6       0      0 :::3306                 :::*                    LISTEN      ",
      "",
    ]);
    expect(filter("", "ss", "-Hlt", "sport = :3306")).toMatch(/^LISTEN +0 +128 +\*:mysql +\*:\*/);
  });

  it("finds the script itself where ps and grep would", () => {
    const context = {
      pid: 500,
      parentPid: 1001,
      script: "/opt/check_mysql.sh",
      args: [],
      siblings: [["grep", "mysql"]],
      environment: () => undefined,
    };
    const rows = executeCommand(["ps", "-ef"], "", host, context) as { stdout: string };
    const hits = rows.stdout.split("\n").filter((line) => line.includes("mysql"));
    expect(hits.map((line) => line.replace(/^.*00:00:01 /, ""))).toEqual([
      "/usr/sbin/mysqld",
      "/bin/bash /opt/check_mysql.sh",
      "grep mysql",
    ]);
  });
});
