import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { fails } from "../harness/scenario/index.ts";
import { renderConsole, renderRunLine, renderSummary } from "./console.ts";
import { widthOf } from "./layout.ts";
import { brokenRun, movedRun, skippedRun, stuckRun, voidRun } from "./testing/runs.ts";

const plain = { colour: false };
const LONG = "because of this and that and much more ".repeat(20);
const odd = movedRun({
  scenario: { name: "row|x/<b>&\u001b[31m", title: `"quoted"\n${LONG}` },
});
const simulated = movedRun({ record: { simulated: true, backend: "sim" } });
const all = [movedRun(), stuckRun(), voidRun(), skippedRun(), brokenRun(LONG), odd, simulated];

describe("one run", () => {
  it("starts with the verdict and what it means", () => {
    expect(renderConsole(movedRun(), plain)).toMatchInlineSnapshot(`
      "as expected  dual-script/mysqld-killed: mysqld is killed on the holder
                   VIP db1 -> db2 after 1.613 s, clients without writes for 1.800 s, no acknowledged write
                   lost
                   docker, image trixie, keepalived 2.3.4, seed 81273, 2026-11-21T06:30:01.000Z

      Findings
        pass  failover-within  the VIP moved from db1 to db2 1.613 s after the fault (allowed 0.602 s to
                               3.372 s, U(0, I) + s + skew(99), and for the machine 0.020 s before and
                               0.750 s after)
        pass  no-lost-write    all 65 acknowledged writes are in every copy
        pass  6 preconditions  settled, fault-confirmed, enough-activity, observation-complete,
                               clock-steady, witnesses-agree

      Failover of 198.18.7.100 from db1 to db2
                                  after fault       step  good to  seen by
        fault                         0.000 s             10.0 ms  kill -9 mysqld on db1
        failure noticed              +1.000 s  1000.0 ms     1 µs  db1 said goodbye (VRRP advert with
                                                                   priority 0)
        new master elected           +1.613 s   613.0 ms     1 µs  first VRRP advert of db2, priority 99
        VIP added                    +1.613 s     0.5 ms   500 µs  kernel of db2: 198.18.7.100 added to
                                                                   eth0
        first gratuitous ARP         +1.614 s     0.5 ms     1 µs  ARP packet from db2
        first TCP answer             +1.650 s    36.0 ms    20 ms  db2 answered a client's connection
        first read answered          +1.680 s    30.0 ms    20 ms  client, new connection, answered by db2
        first write acknowledged     +1.720 s    40.0 ms    20 ms  client, new connection, committed on
                                                                   db2

        timers allow    VIP added 0.602 s to 3.372 s after the fault; 1.613 s is inside
                        = U(0, I) + s + skew(99); I = interval of chk_mysql_port, 2.000 s; s =
                        chk_mysql_port up to its act, 0.009 s by the model of its commands; skew(99) =
                        (256 - 99)/256 s = 0.613 s; the machine is allowed 0.020 s before and 0.750 s
                        after
        clients         1.800 s pause at the move (±20 ms): last at -0.080 s, next at +1.720 s
        old holder db1  address gone: +1.001 s
                        last TCP answer: -0.100 s
                        last acknowledged write: -0.080 s
        The fault took 10.0 ms to inject; times count from its start.
        Packets are stamped by the kernel, addresses by their watcher, all on one clock. Here kernel and
        packets agree within 0.5 ms.
        Clients try once every 20 ms: their figures are good to that. Each mysqld is asked every 100 ms.

      Time line (seconds from the first fault; findings count from 2.000 s before it)
        -1.000  run              steady; clients are at work, the drill begins
        -0.080  new connections  last acknowledged write by db1, then none for 1.800 s: 1 operation failed
        +0.000  db1              kill -9 mysqld on db1; confirmed: it is gone
        +0.050  db1              mysqld is down (seen 100.0 ms late at most)
        +1.000  db1              says goodbye (VRRP advert with priority 0); VIP removed
        +1.613  db2              first VRRP advert as master, priority 99; VIP added; announced by
                                 gratuitous ARP
        +1.620  run              step moved: waited for the VIP to be on another node, and only there
        +1.720  new connections  writes acknowledged again by db2, after 1.800 s
        +4.000  db1              healed (kill -9 mysqld on db1): the service is started again; confirmed:
                                 it is gone
        +4.500  db1              mysqld is up, writable
        +7.300  run              the load ends; replication may catch up
        +7.500  run              tables and addresses are read

      Run directory  runs/one
      Do it again    ./vipdrill replay runs/one
      "
    `);
  });

  it("says what was not expected, and why", () => {
    expect(renderConsole(stuckRun(), plain)).toMatchInlineSnapshot(`
      "UNEXPECTED  dual-script/mysqld-killed: mysqld is killed on the holder
                  VIP stayed on db1, clients without writes for 3.880 s (until the load ended), no
                  acknowledged write lost
                  why: failover-within says fail, declared is pass: the VIP did not move after the fault
                       (step fault)
                  docker, image trixie, keepalived 2.3.4, seed 81273, 2026-11-21T06:30:01.000Z

      Findings
        FAIL  failover-within  the VIP did not move after the fault (step fault)
        pass  no-lost-write    all 70 acknowledged writes are in every copy; of 1 with unknown outcome 0
                               happened
        pass  6 preconditions  settled, fault-confirmed, enough-activity, observation-complete,
                               clock-steady, witnesses-agree

      Time line (seconds from the first fault; findings count from 8.000 s before it)
        -7.000  run              steady; clients are at work, the drill begins
        -0.080  new connections  last acknowledged write by db1, then none until the load ended, 3.880 s:
                                 1 operation failed, 1 with unknown outcome
        +0.000  db1              kill -9 mysqld on db1; confirmed: it is gone
        +3.500  db1              healed (kill -9 mysqld on db1): the service is started again; confirmed:
                                 it is gone
        +3.800  run              the load ends; replication may catch up
        +4.000  run              tables and addresses are read

      Run directory  runs/one
      Do it again    ./vipdrill replay runs/one
      "
    `);
  });

  it("says why a finding other than pass is expected", () => {
    const run = stuckRun({ expect: [fails("failover-within", "the script never fails")] });
    expect(renderConsole(run, plain)).toContain("expected because the script never fails");
    expect(renderConsole(run, plain)).toContain("fail (expected)");
  });

  it("names the precondition that voids a run", () => {
    expect(renderConsole(voidRun(), plain).split("\n\n")[0]).toMatchInlineSnapshot(`
      "VOID  dual-script/mysqld-killed: mysqld is killed on the holder
            VIP stayed on db1, clients without writes for 0.880 s (until the load ended), no acknowledged
            write lost
            why: this run proves nothing: precondition fault-confirmed is not met: inject of step fault on
                 db1 is not confirmed: it is there
            docker, image trixie, keepalived 2.3.4, seed 81273, 2026-11-21T06:30:01.000Z"
    `);
  });

  it("shows a broken run and a skipped one for what they are", () => {
    expect(renderConsole(brokenRun(), plain)).toMatchInlineSnapshot(`
      "ERROR  dual-script/mysqld-killed: mysqld is killed on the holder
             ENGINE_UNREACHABLE: no engine answers
             docker, image trixie, keepalived 2.3.4, seed 81273, 2026-11-21T06:30:01.000Z

      Run directory  runs/broken
      Do it again    ./vipdrill replay runs/one
      "
    `);
    expect(renderConsole(skippedRun(), plain).split("\n\n")[0]).toMatchInlineSnapshot(`
      "skipped  dual-script/mysqld-killed: mysqld is killed on the holder
               not run: packet-filter is not to be had here
               docker, image trixie, keepalived 2.3.4, seed 81273, 2026-11-21T06:30:01.000Z"
    `);
  });

  it("marks a simulated run on its first line", () => {
    expect(renderConsole(simulated, plain).split("\n")[0]).toContain("SIMULATED");
    expect(renderConsole(movedRun(), plain)).not.toContain("SIMULATED");
  });
});

it("fits in 100 columns, whatever the names and reasons", () => {
  const text = [
    ...all.map((run) => renderConsole(run, plain)),
    ...all.map((run) => renderRunLine(run, { ...plain, place: "[3/12] " })),
    renderSummary(all, plain),
  ].join("");
  const wide = text.split("\n").filter((line) => widthOf(line) > 100);
  expect(wide).toEqual([]);
});

it("lets no control character through and colours only when asked", () => {
  for (const run of all) {
    const text = renderConsole(run, plain);
    expect(stripVTControlCharacters(text)).toBe(text);
    expect(stripVTControlCharacters(renderConsole(run, { colour: true }))).toBe(text);
  }
  expect(renderConsole(movedRun(), { colour: true })).toContain("\u001b[");
});

describe("several runs", () => {
  it("gives a line each, totals, and distributions of repeats", () => {
    const runs = [movedRun(), movedRun(), stuckRun(), voidRun(), brokenRun()];
    expect(renderSummary(runs, plain)).toMatchInlineSnapshot(`
      "as expected  dual-script/mysqld-killed #1  VIP db1 -> db2 after 1.613 s, clients without writes for
                                                 1.800 s, no acknowledged write lost
      as expected  dual-script/mysqld-killed #2  VIP db1 -> db2 after 1.613 s, clients without writes for
                                                 1.800 s, no acknowledged write lost
      UNEXPECTED   dual-script/mysqld-killed #3  VIP stayed on db1, clients without writes for 3.880 s
                                                 (until the load ended), no acknowledged write lost
                                                 failover-within says fail, declared is pass: the VIP did
                                                 not move after the fault (step fault)
      VOID         dual-script/mysqld-killed #4  VIP stayed on db1, clients without writes for 0.880 s
                                                 (until the load ended), no acknowledged write lost
                                                 this run proves nothing: precondition fault-confirmed is
                                                 not met: inject of step fault on db1 is not confirmed: it
                                                 is there
      ERROR        dual-script/mysqld-killed #5  ENGINE_UNREACHABLE: no engine answers

      dual-script/mysqld-killed, 5 runs, docker, image trixie
        VIP moved in 2 of 3; 1 of 3 unexpected; 2 without a verdict left out
        failover-within failed in 1 of 3
        timers allow: VIP added 0.602 s to 3.372 s after the fault (U(0, I) + s + skew(99))
        after the fault                   n      min      p50         p95         max
        failure noticed                   2  1.000 s  1.000 s     1.000 s     1.000 s
        new master elected                2  1.613 s  1.613 s     1.613 s     1.613 s
        VIP added                         2  1.613 s  1.613 s     1.613 s     1.613 s
        first gratuitous ARP              2  1.614 s  1.614 s     1.614 s     1.614 s
        first TCP answer                  2  1.650 s  1.650 s     1.650 s     1.650 s
        first read answered               2  1.680 s  1.680 s     1.680 s     1.680 s
        first write acknowledged (total)  2  1.720 s  1.720 s     1.720 s     1.720 s
        pause at the move                 2  1.800 s  1.800 s     1.800 s     1.800 s
        clients without writes            3  1.800 s  1.800 s  >= 3.880 s  >= 3.880 s

      as expected  scenario                   by image
      2 of 5       dual-script/mysqld-killed  trixie 2 of 5 (1 UNEXPECTED, 1 VOID, 1 ERROR)

      5 runs: 2 as expected, 1 UNEXPECTED, 1 VOID, 1 ERROR
      "
    `);
  });

  it("does not list again what went as expected and has been told", () => {
    const text = renderSummary([movedRun(), stuckRun()], { ...plain, told: true });
    expect(text).not.toMatch(/^as expected {2}dual/m);
    expect(text).toMatch(/^UNEXPECTED +dual-script\/mysqld-killed/m);
    expect(text).toContain("2 runs: 1 as expected, 1 UNEXPECTED");
  });

  it("counts by scenario and image", () => {
    const on = (image: string, of: typeof movedRun): ReturnType<typeof movedRun> =>
      of({ record: { image } });
    const runs = [
      on("sid", movedRun),
      on("sid", movedRun),
      on("bookworm", movedRun),
      on("bookworm", stuckRun),
      movedRun({ scenario: { name: "dual-script/other" } }),
    ];
    const text = renderSummary(runs, plain);
    expect(text).toContain("dual-script/mysqld-killed on sid #2");
    expect(text.slice(text.indexOf("as expected  scenario"))).toBe(
      [
        "as expected  scenario                   by image",
        "3 of 4       dual-script/mysqld-killed  sid 2 of 2, bookworm 1 of 2 (1 UNEXPECTED)",
        "1 of 1       dual-script/other          trixie 1 of 1",
        "",
        "5 runs: 4 as expected, 1 UNEXPECTED",
        "",
      ].join("\n"),
    );
  });

  it("gives one of many a line of its own as it ends", () => {
    const said = (run: ReturnType<typeof movedRun>): string =>
      renderRunLine(run, { ...plain, place: "[3/12] " }).replaceAll(/\n */g, " ");
    expect(said(movedRun())).toBe(
      "[3/12] as expected  dual-script/mysqld-killed (trixie, seed 81273): VIP db1 -> db2 after " +
        "1.613 s, clients without writes for 1.800 s, no acknowledged write lost ",
    );
    expect(said(stuckRun())).toMatch(/^\[3\/12\] UNEXPECTED .*; failover-within says fail/);
    expect(said(simulated)).toContain("SIMULATED  dual-script");
  });

  it("does not mix simulated and real figures", () => {
    const text = renderSummary([movedRun(), simulated], plain);
    expect(text).toContain("SIMULATED  VIP db1 -> db2");
    expect(text).toContain("1 SIMULATED: computed, not measured");
    expect(text).not.toContain("p50");
  });

  it("says so when there are none", () => {
    expect(renderSummary([], plain)).toBe("0 runs\n");
  });
});
