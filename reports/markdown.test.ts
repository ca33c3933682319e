import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { codeBlock, folded, inline, paragraph } from "./markdown-text.ts";
import { renderMarkdown, SUMMARY_BYTES_MAX } from "./markdown.ts";
import type { ReportedRun } from "./reported.ts";
import { brokenRun, movedRun, skippedRun, stuckRun, voidRun } from "./testing/runs.ts";

it("reports a run: verdict, findings, waterfall", () => {
  expect(renderMarkdown([movedRun()])).toMatchInlineSnapshot(`
    "## ✅ as expected: dual-script/mysqld-killed

    mysqld is killed on the holder: VIP db1 -&gt; db2 after 1.613 s, clients without writes for 1.800 s, no acknowledged write lost

    docker, image trixie, keepalived 2.3.4, seed 81273, 2026-11-21T06:30:01.000Z

    | Verdict | Checker | Reason |
    | --- | --- | --- |
    | pass | settled (precondition) | one holder, replication running on every edge, multicast passing |
    | pass | fault-confirmed (precondition) | 2 receipts, all confirmed |
    | pass | enough-activity (precondition) | 65 writes and 67 reads acknowledged |
    | pass | observation-complete (precondition) | all observers watched to the end; final addresses agree |
    | pass | clock-steady (precondition) | wall and monotonic clock agree within 40 µs |
    | pass | witnesses-agree (precondition) | netlink and packets agree within 0.5 ms on 1 move |
    | pass | failover-within | the VIP moved from db1 to db2 1.613 s after the fault (allowed 0.602 s to 3.372 s, U(0, I) + s + skew(99), and for the machine 0.020 s before and 0.750 s after) |
    | pass | no-lost-write | all 65 acknowledged writes are in every copy |

    **Failover of 198.18.7.100 from db1 to db2**, fault: kill -9 mysqld on db1

    | Stage | After fault | Step | Good to | Seen by |
    | --- | ---: | ---: | ---: | --- |
    | failure noticed | +1.000 s | 1000.0 ms | 1 µs | db1 said goodbye (VRRP advert with priority 0) |
    | new master elected | +1.613 s | 613.0 ms | 1 µs | first VRRP advert of db2, priority 99 |
    | VIP added | +1.613 s | 0.5 ms | 500 µs | kernel of db2: 198.18.7.100 added to eth0 |
    | first gratuitous ARP | +1.614 s | 0.5 ms | 1 µs | ARP packet from db2 |
    | first TCP answer | +1.650 s | 36.0 ms | 20 ms | db2 answered a client's connection |
    | first read answered | +1.680 s | 30.0 ms | 20 ms | client, new connection, answered by db2 |
    | first write acknowledged | +1.720 s | 40.0 ms | 20 ms | client, new connection, committed on db2 |

    - Timers allow 0.602 s to 3.372 s (U(0, I) + s + skew(99); I = interval of chk\\_mysql\\_port, 2.000 s; s = chk\\_mysql\\_port up to its act, 0.009 s by the model of its commands; skew(99) = (256 - 99)/256 s = 0.613 s; the machine is allowed 0.020 s before and 0.750 s after): 1.613 s is inside
    - Clients without writes: 1.800 s
    - Pause at the move: 1.800 s (±20 ms)
    - Old holder db1, address gone: +1.001 s
    - Old holder db1, last TCP answer: -0.100 s
    - Old holder db1, last acknowledged write: -0.080 s
    - The fault took 10.0 ms to inject; times count from its start.
    - Packets are stamped by the kernel, addresses by their watcher, all on one clock. Here kernel and packets agree within 0.5 ms.
    - Clients try once every 20 ms: their figures are good to that. Each mysqld is asked every 100 ms.

    <details><summary>Time line, from the first fault</summary>

    | Time | Where | What |
    | ---: | --- | --- |
    | -2.000 s | run | services start; waiting for a steady state |
    | -1.500 s | db1 | VIP added; first VRRP advert as master, priority 101; announced by gratuitous ARP |
    | -1.400 s | db2 | replication from db1: running, caught up |
    | -1.400 s | db1 | replication from db2: running, caught up |
    | -1.300 s | db1 | mysqld is up, writable |
    | -1.300 s | db2 | mysqld is up, writable |
    | -1.000 s | run | steady; clients are at work, the drill begins |
    | -0.080 s | new connections | last acknowledged write by db1, then none for 1.800 s: 1 operation failed |
    | +0.000 s | db1 | kill -9 mysqld on db1; confirmed: it is gone |
    | +0.050 s | db1 | mysqld is down (seen 100.0 ms late at most) |
    | +1.000 s | db1 | says goodbye (VRRP advert with priority 0); VIP removed |
    | +1.613 s | db2 | first VRRP advert as master, priority 99; VIP added; announced by gratuitous ARP |
    | +1.620 s | run | step moved: waited for the VIP to be on another node, and only there |
    | +1.720 s | new connections | writes acknowledged again by db2, after 1.800 s |
    | +4.000 s | db1 | healed (kill -9 mysqld on db1): the service is started again; confirmed: it is gone |
    | +4.500 s | db1 | mysqld is up, writable |
    | +7.300 s | run | the load ends; replication may catch up |
    | +7.500 s | run | tables and addresses are read |

    </details>

    Run directory: \`runs/one\`. Do it again:

    \`\`\`sh
    ./vipdrill replay runs/one
    \`\`\`
    "
  `);
});

it("has an overview and distributions when runs are repeated", () => {
  const text = renderMarkdown([movedRun(), movedRun()]);
  expect(text).toContain("| Outcome | Run | VIP moved after | No writes for | What happened |");
  expect(text).toContain("| After the fault | n | min | p50 | p95 | max |");
  expect(text).toContain("VIP moved in 2 of 2");
});

it("shows runs without a verdict for what they are", () => {
  const text = renderMarkdown([voidRun(), brokenRun(), skippedRun(), stuckRun()]);
  expect(text.split("\n").filter((line) => line.startsWith("| "))).toMatchInlineSnapshot(`
    [
      "| Outcome | Run | VIP moved after | No writes for | What happened |",
      "| --- | --- | ---: | ---: | --- |",
      "| ❌ UNEXPECTED | dual-script/mysqld-killed \\#4 |  | 3.880 s, until the end | VIP stayed on db1, clients without writes for 3.880 s (until the load ended), no acknowledged write lost<br>failover-within says fail, declared is pass: the VIP did not move after the fault (step fault) |",
      "| 💥 ERROR | dual-script/mysqld-killed \\#2 |  |  | ENGINE\\_UNREACHABLE: no engine answers |",
      "| ❔ VOID | dual-script/mysqld-killed \\#1 |  | 0.880 s, until the end | VIP stayed on db1, clients without writes for 0.880 s (until the load ended), no acknowledged write lost<br>this run proves nothing: precondition fault-confirmed is not met: inject of step fault on db1 is not confirmed: it is there |",
      "| Verdict | Checker | Reason |",
      "| --- | --- | --- |",
      "| pass | settled (precondition) | one holder, replication running on every edge, multicast passing |",
      "| pass | fault-confirmed (precondition) | 2 receipts, all confirmed |",
      "| pass | enough-activity (precondition) | 70 writes and 70 reads acknowledged |",
      "| pass | observation-complete (precondition) | all observers watched to the end; final addresses agree |",
      "| pass | clock-steady (precondition) | wall and monotonic clock agree within 40 µs |",
      "| pass | witnesses-agree (precondition) | no move to compare |",
      "| ❌ FAIL | failover-within | the VIP did not move after the fault (step fault) |",
      "| pass | no-lost-write | all 70 acknowledged writes are in every copy; of 1 with unknown outcome 0 happened |",
      "| Time | Where | What |",
      "| ---: | --- | --- |",
      "| -8.000 s | run | services start; waiting for a steady state |",
      "| -7.500 s | db1 | VIP added; first VRRP advert as master, priority 101 |",
      "| -7.400 s | db2 | replication from db1: running, caught up |",
      "| -7.400 s | db1 | replication from db2: running, caught up |",
      "| -7.300 s | db1 | mysqld is up, writable |",
      "| -7.300 s | db2 | mysqld is up, writable |",
      "| -7.000 s | run | steady; clients are at work, the drill begins |",
      "| -0.080 s | new connections | last acknowledged write by db1, then none until the load ended, 3.880 s: 1 operation failed, 1 with unknown outcome |",
      "| +0.000 s | db1 | kill -9 mysqld on db1; confirmed: it is gone |",
      "| +3.500 s | db1 | healed (kill -9 mysqld on db1): the service is started again; confirmed: it is gone |",
      "| +3.800 s | run | the load ends; replication may catch up |",
      "| +4.000 s | run | tables and addresses are read |",
      "| Verdict | Checker | Reason |",
      "| --- | --- | --- |",
      "| pass | settled (precondition) | one holder, replication running on every edge, multicast passing |",
      "| ❌ NOT MET | fault-confirmed (precondition) | inject of step fault on db1 is not confirmed: it is there |",
      "| pass | enough-activity (precondition) | 79 writes and 79 reads acknowledged |",
      "| pass | observation-complete (precondition) | all observers watched to the end; final addresses agree |",
      "| pass | clock-steady (precondition) | wall and monotonic clock agree within 40 µs |",
      "| pass | witnesses-agree (precondition) | no move to compare |",
      "| ❌ FAIL | failover-within | the VIP did not move after the fault (step fault) |",
      "| pass | no-lost-write | all 79 acknowledged writes are in every copy |",
      "| Time | Where | What |",
      "| ---: | --- | --- |",
      "| -8.000 s | run | services start; waiting for a steady state |",
      "| -7.500 s | db1 | VIP added; first VRRP advert as master, priority 101 |",
      "| -7.400 s | db2 | replication from db1: running, caught up |",
      "| -7.400 s | db1 | replication from db2: running, caught up |",
      "| -7.300 s | db1 | mysqld is up, writable |",
      "| -7.300 s | db2 | mysqld is up, writable |",
      "| -7.000 s | run | steady; clients are at work, the drill begins |",
      "| +0.000 s | db1 | kill -9 mysqld on db1; NOT CONFIRMED: it is there |",
      "| +0.920 s | new connections | last acknowledged write by db1, then none until the load ended, 0.880 s: 0 operations failed |",
      "| +1.800 s | run | the load ends; replication may catch up |",
      "| +2.000 s | run | tables and addresses are read |",
      "| After the fault | n | min | p50 | p95 | max |",
      "| --- | ---: | ---: | ---: | ---: | ---: |",
      "| clients without writes | 1 | &gt;= 3.880 s | &gt;= 3.880 s | &gt;= 3.880 s | &gt;= 3.880 s |",
      "| Run | Image | Why |",
      "| --- | --- | --- |",
      "| dual-script/mysqld-killed \\#3 | trixie | skipped: packet-filter is not to be had here |",
    ]
  `);
});

it("marks what was simulated", () => {
  const run = movedRun({ record: { simulated: true, backend: "sim" } });
  expect(renderMarkdown([run])).toContain("## ✅ as expected, SIMULATED: dual-script");
});

it("says so when there are no runs", () => {
  expect(renderMarkdown([])).toBe("## vipdrill: 0 runs\n");
});

describe("many runs", () => {
  const many = [movedRun(), skippedRun(), voidRun(), brokenRun(), stuckRun()];

  it("say the verdict in the first line, with the mark of the worst", () => {
    const firstLine = (runs: readonly ReportedRun[]): string =>
      renderMarkdown(runs).split("\n")[0]!;
    expect(firstLine(many)).toBe(
      "## ❌ vipdrill: 5 runs: 1 as expected, 1 UNEXPECTED, 1 VOID, 1 skipped, 1 ERROR",
    );
    expect(firstLine([movedRun(), voidRun()])).toMatch(/^## ❔ /u);
    expect(firstLine([movedRun(), skippedRun()])).toMatch(/^## ✅ /u);
    expect(firstLine([skippedRun(), skippedRun()])).toMatch(/^## ⏭️ /u);
  });

  it("stand in a table, then in full what is not as expected, then folded the others", () => {
    const lines = renderMarkdown(many).split("\n");
    expect(lines.filter((line) => /^(##|<details>.*(run|skipped|expected))/u.test(line))).toEqual([
      "## ❌ vipdrill: 5 runs: 1 as expected, 1 UNEXPECTED, 1 VOID, 1 skipped, 1 ERROR",
      "### ❌ UNEXPECTED: dual-script/mysqld-killed \\#5",
      "### 💥 ERROR: dual-script/mysqld-killed \\#4",
      "### ❔ VOID: dual-script/mysqld-killed \\#3",
      "### dual-script/mysqld-killed, 5 runs, docker, image trixie",
      "<details><summary>⏭️ 1 skipped</summary>",
      "<details><summary>✅ as expected: dual-script/mysqld-killed #1</summary>",
    ]);
    expect(lines.filter((line) => line === "./vipdrill replay runs/one")).toHaveLength(4);
  });

  it("have their times in the table", () => {
    const rows = renderMarkdown([movedRun(), stuckRun()]).split("\n").slice(4, 6);
    expect(rows.map((row) => row.split(" | ").slice(2, 4))).toEqual([
      ["", "3.880 s, until the end"],
      ["1.613 s", "1.800 s"],
    ]);
  });
});

it("says first that runs are missing, and is no success then", () => {
  const cutShort = { planned: 80, missing: 31, by: "interrupt" } as const;
  for (const runs of [[movedRun()], [movedRun(), movedRun()], []]) {
    expect(renderMarkdown(runs, { cutShort })).toMatch(
      /^## 💥 vipdrill: interrupted: 31 of 80 runs were not started; /u,
    );
  }
});

describe("the size of a job summary", () => {
  const bytes = (text: string): number => new TextEncoder().encode(text).length;
  const many = Array.from({ length: 300 }, (_, index) => (index === 150 ? stuckRun() : movedRun()));

  it("is kept by leaving out what was as expected, and saying so", () => {
    const whole = renderMarkdown(many, { bytesMax: Number.MAX_SAFE_INTEGER });
    const text = renderMarkdown(many);
    expect(bytes(whole)).toBeGreaterThan(SUMMARY_BYTES_MAX);
    expect(bytes(text)).toBeLessThanOrEqual(SUMMARY_BYTES_MAX);
    expect(text).toContain("### ❌ UNEXPECTED");
    const said =
      /Left out\*\*, because a summary takes no more: (\d+) accounts of runs \(as expected\)\./u;
    const shown = text.split("<details><summary>✅").length - 1;
    expect(Number(said.exec(text)?.[1])).toBe(299 - shown);
    expect(whole).not.toContain("Left out");
  });

  it("is kept at any limit, the worst staying longest in the table", () => {
    for (const bytesMax of [2000, 5000, 20_000, 100_000]) {
      const text = renderMarkdown(many, { bytesMax });
      expect(bytes(text)).toBeLessThanOrEqual(bytesMax);
      expect(text).toContain("Left out");
      if (bytesMax >= 5000) expect(text).toMatch(/^\| ❌ UNEXPECTED/mu);
    }
  });

  it("is kept by a run that alone is too long", () => {
    const text = renderMarkdown([brokenRun("x".repeat(2_000_000))]);
    expect(bytes(text)).toBeLessThanOrEqual(SUMMARY_BYTES_MAX);
    expect(text).toContain("1 account of a run (ERROR)");
  });
});

describe("escaping", () => {
  it("keeps a cell a cell and text text", () => {
    expect(inline("a|b <i>*x*</i> `c`\n[d](e) & ~f~ \\")).toBe(
      "a\\|b &lt;i&gt;\\*x\\*&lt;/i&gt; \\`c\\`<br>\\[d\\](e) &amp; \\~f\\~ \\\\",
    );
  });

  it("never ends a cell or a line, nor opens a tag of its own", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const shown = inline(text).replaceAll("<br>", "");
        expect(shown.replaceAll(/\\./g, "")).not.toMatch(/[|<>\n\r]/);
      }),
    );
  });

  it("begins no list and no heading with what a title begins with", () => {
    expect(["- a", "+ a", "= a", "1. a", "12) a", "  # a", "1.5 s"].map(paragraph)).toEqual([
      "\\- a",
      "\\+ a",
      "\\= a",
      "1\\. a",
      "12\\) a",
      "\\# a",
      "1\\.5 s",
    ]);
  });

  it("lets nothing end a block of code", () => {
    expect(codeBlock("sh", "a\n```\nb")).toBe("````sh\na\n```\nb\n````");
    const run = movedRun({ record: { replay: "x ``` y" } });
    expect(renderMarkdown([run])).toContain("````sh\nx ``` y\n````");
  });

  it("escapes a folded title as HTML, where a backslash would be shown", () => {
    expect(folded("a_b <i> & c\nd", "body")).toBe(
      "<details><summary>a_b &lt;i&gt; &amp; c d</summary>\n\nbody\n\n</details>",
    );
  });
});
