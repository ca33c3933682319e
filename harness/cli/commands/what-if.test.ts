import { readFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { InputError } from "../../core/errors.ts";
import type { PredictOptions } from "./predict.ts";
import { whatIfCommand } from "./what-if.ts";

const OPTIONS: PredictOptions = { keepalived: "2.3.4", format: "text", formulas: false };

async function said(
  wanted: readonly string[],
  whatIf: readonly string[],
  options: Partial<PredictOptions> = {},
): Promise<string> {
  const write = vi.spyOn(process.stdout, "write").mockReturnValue(true);
  try {
    expect(await whatIfCommand(wanted, { ...OPTIONS, whatIf, ...options })).toBe(0);
    return write.mock.calls.map(([text]) => String(text)).join("");
  } finally {
    write.mockRestore();
  }
}

async function refused(...args: Parameters<typeof said>): Promise<string> {
  try {
    await said(...args);
  } catch (error) {
    if (error instanceof InputError) return error.code;
    throw error;
  }
  return "none";
}

describe("predict --what-if", () => {
  it("shows the changed lines and the events that change, marked as predicted", async () => {
    const text = await said(["dual-script"], ["interval=1"]);
    expect(text).toMatch(/^Predicted from the configuration, not measured\./);
    expect(text).toContain("   13 -     interval 2\n   13 +     interval 1\n");
    expect(text).toMatch(
      /mysqld killed +0\.622 \/ 1\.622 \/ 2\.622 +0\.622 \/ 1\.122 \/ 1\.622 +-0\.500 s +db2/,
    );
    expect(text).toContain("unchanged: keepalived stopped;");
    for (const line of text.split("\n")) expect(line.length).toBeLessThanOrEqual(110);
  });

  it("shows what changes for the servers behind directors", async () => {
    const text = await said(["lvs-dr"], ["connect_timeout=1"]);
    expect(text).toContain("VI_1 (VRID 51): lvs1 holds\n  no interval changes\n");
    expect(text).toMatch(
      /host off, cut, silent: removed +9\.000 \/ 12\.00 \/ 15\.00 +5\.000 \/ 8\.000 \/ 11\.00 +-4\.000 s/,
    );
    for (const line of text.split("\n")) expect(line.length).toBeLessThanOrEqual(110);
    const markdown = await said(["lvs-dr"], ["persistence_timeout=off"], { format: "markdown" });
    expect(markdown).toContain(
      "- after: no persistence: new connections go to all servers in turn",
    );
  });

  it("says it in JSON and Markdown as well", async () => {
    const json: unknown = JSON.parse(await said(["dual-script"], ["rise=2"], { format: "json" }));
    expect(json).toMatchObject({ format: "vipdrill-what-if", measured: false, wishes: ["rise=2"] });
    const markdown = await said(["dual-script"], ["advert_int=2"], { format: "markdown" });
    expect(markdown).toContain("-    advert_int 1\n+    advert_int 2\n");
    expect(markdown).toContain("| power off | 2.613 / 3.113 / 3.613 | 4.613 / 5.613 / 6.613 |");
  });

  it("changes no file on disk", async () => {
    const folder = mkdtempSync(join(tmpdir(), "vipdrill-what-if-"));
    try {
      const conf = (priority: number): string =>
        `vrrp_instance VI_1 {\n state BACKUP\n interface eth0\n virtual_router_id 51\n priority ${priority}\n virtual_ipaddress {\n 198.18.7.100/24\n }\n}\n`;
      const files = [100, 90].map((priority) => join(folder, `db${priority}.conf`));
      for (const [index, file] of files.entries())
        writeFileSync(file, conf(index === 0 ? 100 : 90));
      const text = await said(files, ["db90:priority=80"]);
      expect(text).toContain(" priority 80");
      expect(readFileSync(files[1]!, "utf8")).toBe(conf(90));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("simulates both, and says how often", async () => {
    const text = await said(["dual-script"], ["advert_int=2"], { simulate: 2, seed: 5 });
    expect(text).toContain("SIMULATED, n = 2 for each (seeds 5 to 6)");
    expect(text).toMatch(/ power off +\d.* power-loss\n/);
  });

  it("says so where nothing that changes can be simulated, and what is left out elsewhere", async () => {
    const servers = await said(["lvs-dr"], ["delay_loop=1"], { simulate: 1 });
    expect(servers).toMatch(
      /--simulate: nothing was simulated\. It simulates moves of the VIP only/,
    );
    expect(servers).not.toContain("SIMULATED");
    expect(servers).not.toContain("no story of the row");
    const both = await said(["lvs-dr"], ["delay_loop=1", "advert_int=2"], { simulate: 1 });
    expect(both).toContain("simulated are moves of the VIP only");
    expect(both).toContain("SIMULATED, n = 1 for each");
  });

  it("says what lint says then", async () => {
    expect(await said(["dual-script"], ["weight=-1"])).toContain("vipdrill lint then says VD516");
  });

  it("refuses what is no setting, has no place, or is not taken", async () => {
    expect({
      unknown: await refused(["dual-script"], ["speed=9"]),
      place: await refused(["dual-script"], ["delay_loop=1"]),
      value: await refused(["dual-script"], ["priority=300"]),
      form: await refused(["dual-script"], ["advert_int"]),
      nothing: await refused(["dual-script"], [], { simulate: 3 }),
    }).toEqual({
      unknown: "WHAT_IF_UNKNOWN",
      place: "WHAT_IF_UNKNOWN",
      value: "WHAT_IF_REFUSED",
      form: "WHAT_IF_UNREADABLE",
      nothing: "NOTHING_TO_CHANGE",
    });
  });
});
