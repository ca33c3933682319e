import { describe, expect, it } from "vitest";
import { CannedHost } from "./canned.ts";
import { drive, type DriveClock, type DriveEnd } from "./drive.ts";
import { readShell } from "./parse.ts";
import { runShell, type RunOptions } from "./run.ts";

function end(
  text: string,
  options: Partial<RunOptions> = {},
): { end: DriveEnd; elapsedUs: number } {
  const clock: DriveClock = { nowUs: 0, endsAtUs: undefined };
  const host = new CannedHost("mysqld-up", clock, {});
  const run = runShell(readShell(text), { host, name: "/opt/s.sh", ...options });
  const onUnmodelled = (): void => undefined;
  return { end: drive(run, { host, clock, horizonUs: 1e9, onUnmodelled }), elapsedUs: clock.nowUs };
}

/** Output and status, as bash 5.2 gives them for the same text. */
function result(text: string, options: Partial<RunOptions> = {}): string {
  const { end: done } = end(text, options);
  return done.kind === "ended" ? `${done.result.stdout}[${String(done.result.status)}]` : done.kind;
}

describe("words", () => {
  it.each([
    [`echo a  b "c  d" 'e  f' g\\ h`, "a b c  d e  f g h\n[0]"],
    [`x="a  b"; echo $x "$x"`, "a b a  b\n[0]"],
    [`IFS=,; z="1,2,,3"; for i in $z; do printf "[$i]"; done`, "[1][2][][3][0]"],
    [`set --; echo "$@" $#; set -- "a b" c; printf '<%s>' "$@"`, "0\n<a b><c>[0]"],
    [
      `p=/a/b.tar.gz; echo \${p##*/} \${p%/*} \${p%.gz} \${p%%.*} \${#p} \${p/a/x} \${p:2:2}`,
      "b.tar.gz /a /a/b.tar /a/b 11 /x/b.tar.gz /b\n[0]",
    ],
    [`echo \${q:-d} "\${q:-a b}" \${q:+x}; : \${q:=s}; echo $q \${q:+x}`, "d a b\ns x\n[0]"],
    [`echo "$(echo "in $(echo deep)")" \`echo bt \\\`echo x\\\`\``, "in deep bt x\n[0]"],
    [`echo $((2+3*4)) $((7%4)) $((1?5:6)) $((-7/2)) $((010))`, "14 3 5 -3 8\n[0]"],
    [`echo {a,b}{1,2} {1..3}`, "a1 a2 b1 b2 1 2 3\n[0]"],
    [`a=(x "y z"); a+=(w); echo \${#a[@]} "\${a[1]}"`, "3 y z\n[0]"],
    [`cat <<EOF\nsum $((1+1))\nEOF\ncat <<'EOF'\nraw $x\nEOF`, "sum 2\nraw $x\n[0]"],
  ])("%s", (text, wanted) => {
    expect(result(text)).toBe(wanted);
  });
});

describe("status and control", () => {
  it.each([
    ["false; echo $?; ! false; echo $?; (exit 7); echo $?", "1\n0\n7\n[0]"],
    ["false | true; echo $? ${PIPESTATUS[0]}; set -o pipefail; false | true", "0 1\n[1]"],
    ["f() { return 300; }; f", "[44]"],
    ["exit -1", "[255]"],
    ["set -e; false || true; if false; then :; fi; echo on; false; echo never", "on\n[1]"],
    ["x=1; (x=2); echo z | while read l; do x=3; done; echo $x", "1\n[0]"],
    [
      "for i in 1 2 3; do for j in 1 2; do [ $j = 2 ] && continue 2; [ $i = 3 ] && break 2; echo $i$j; done; done",
      "11\n21\n[0]",
    ],
    ["case abc in x|a*) echo hit ;; *) echo no ;; esac", "hit\n[0]"],
    ["[ -eq 0 ]; echo $?; [ 1 -eq x ]; echo $?; [ ]; echo $?", "2\n2\n1\n[0]"],
    ["[[ abc =~ ^a(b)c$ && 3 -lt 10 ]] && echo ${BASH_REMATCH[1]}", "b\n[0]"],
    ["let 'n = 3 - 3'; echo $?; ((n++)); ((n == 1)) && echo $n", "1\n1\n[0]"],
    ["trap 'echo bye' EXIT; exit 4", "bye\n[4]"],
    ["-h localhost -e x; echo $?", "127\n[0]"],
    ["echo one\nif true; then\n", "one\n[2]"],
  ])("%s", (text, wanted) => {
    expect(result(text)).toBe(wanted);
  });

  it("stops a loop that does nothing but turn", () => {
    expect(() => end("while :; do :; done", { maxSteps: 1000 })).toThrow(/more than 1000 steps/);
  });

  it("lets no recursion end the program that runs it", () => {
    const nested = "if true; then { ".repeat(20) + "f" + "; }; fi".repeat(20);
    expect([result("f() { f; }; f"), result(`f() { ${nested}; }; f`)]).toEqual(["[1]", "[1]"]);
  });
});

describe("time", () => {
  it("passes in sleeps and processes, and timeout cuts it short", () => {
    const slept = end("sleep 0.5; sleep 1");
    const cut = end(
      "timeout 2 sleep 10; echo $?; timeout 1 bash -c 'sleep 5; echo never'; echo $?",
    );
    expect([slept.elapsedUs, result("timeout 2 sleep 10; echo $?")]).toEqual([
      1_506_000,
      "124\n[0]",
    ]);
    expect(cut.elapsedUs).toBeGreaterThanOrEqual(3_000_000);
    expect(cut.elapsedUs).toBeLessThan(3_010_000);
  });

  it("goes on beside a background command and waits for it when told to", () => {
    expect(end("sleep 3 & echo on").elapsedUs).toBe(0);
    expect(end("sleep 3 & sleep 1; wait").elapsedUs).toBe(3_003_000);
  });
});
