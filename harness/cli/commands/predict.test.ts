import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { InputError } from "../../core/errors.ts";
import { predictCommand, type PredictOptions } from "./predict.ts";

const conf = (priority: number): string => `
vrrp_script chk {
    script "/opt/chk.sh"
    interval 2
    fall 2
    weight -20
}
vrrp_instance VI_1 {
    state BACKUP
    interface eth0
    virtual_router_id 51
    priority ${priority}
    advert_int 1
    virtual_ipaddress { 198.18.7.100/24 }
    track_script { chk }
}
`;

let folder = "";
const file = (name: string): string => join(folder, name);
const OPTIONS: PredictOptions = { keepalived: "2.3.4", format: "text", formulas: true };

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "vipdrill-predict-"));
  const files: Readonly<Record<string, string>> = {
    "db1/etc/keepalived/keepalived.conf": conf(101),
    "db2/etc/keepalived/keepalived.conf": conf(100),
    "db1/opt/chk.sh": "#!/bin/sh\nmysqladmin ping >/dev/null 2>&1 || systemctl stop keepalived\n",
    "db2/opt/chk.sh": "#!/bin/sh\nexit 0\n",
    "flat/db1.conf": conf(101),
    "flat/db2.conf": conf(100),
    "flat/chk.sh": "#!/bin/sh\npidof mysqld\n",
    "director/keepalived.conf":
      "virtual_server 198.18.7.100 3306 {\ndelay_loop 6\nprotocol TCP\nreal_server 198.18.7.21 3306 {\nTCP_CHECK {\nconnect_timeout 3\n}\n}\n}\n",
    "six/keepalived.conf":
      "include nothere.conf\nvirtual_server 2001:db8::1 3306 {\ndelay_loop 6\nprotocol TCP\nquorum 2\nreal_server 2001:db8::21 3306 {\nweight 2\nTCP_CHECK {\nconnect_timeout 3\n}\n}\n}\n",
    "empty/keepalived.conf": "global_defs {\n}\n",
  };
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(file(name)), { recursive: true });
    writeFileSync(file(name), text);
  }
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

function said(wanted: readonly string[], options: Partial<PredictOptions> = {}): string {
  const write = vi.spyOn(process.stdout, "write").mockReturnValue(true);
  try {
    expect(predictCommand(wanted, { ...OPTIONS, ...options })).toBe(0);
    return write.mock.calls.map(([text]) => String(text)).join("");
  } finally {
    write.mockRestore();
  }
}

const code = (wanted: readonly string[]): string => {
  try {
    predictCommand(wanted, OPTIONS);
  } catch (error) {
    if (error instanceof InputError) return error.code;
    throw error;
  }
  return "none";
};

describe("predict", () => {
  it("takes the configuration of every node, and scripts from its folders", () => {
    const text = said([
      file("db1/etc/keepalived/keepalived.conf"),
      file("db2/etc/keepalived/keepalived.conf"),
    ]);
    expect(text).toContain("db1 (101) holds, db2 (100)");
    expect(text).toMatch(/U\(0, I\) \+ s \+ skew\(100\) +mysqld killed, mysqld stopped/);
  });

  it("finds scripts beside the configuration, and names nodes by what differs", () => {
    const text = said([file("flat/db1.conf"), file("flat/db2.conf")]);
    expect(text).toContain("db1 (101) holds, db2 (100)");
    expect(text).toMatch(/U\(I, 2I\) \+ d \+ MD\(100\) - x +mysqld killed, mysqld stopped/);
  });

  it("takes a row of the catalogue, or one of its scenarios", () => {
    const byRow = said(["dual-script"]);
    expect(byRow).toContain("topology dual-script");
    expect(said(["dual-script/mysqld-killed"])).toBe(byRow);
  });

  it("writes JSON into a file", () => {
    const output = file("out.json");
    said(["dual-script"], { format: "json", output });
    expect(JSON.parse(readFileSync(output, "utf8"))).toMatchObject({
      format: "vipdrill-prediction",
      measured: false,
    });
  });

  it("says of a node alone that there is no other", () => {
    expect(said([file("flat/db1.conf")])).toContain("configuration was not given");
  });

  it("takes a configuration that only directs", () => {
    const text = said([file("director/keepalived.conf")]);
    expect(text).toMatch(/mysqld killed, stopped +1\.000 \/ 4\.000 \/ 7\.000/);
  });

  it("says what is not there and what is left out, and writes IPv6 addresses in brackets", () => {
    const text = said([file("six/keepalived.conf")]);
    expect(text).toContain("! keepalived: no file matches nothere.conf (include of line 1)");
    expect(text).toContain("! virtual_server [2001:db8::1]:3306 on keepalived: quorum 2 not");
    expect(text).toContain("  [2001:db8::21]:3306 (weight 2): TCP_CHECK");
  });

  it("refuses wrong input by name", () => {
    expect({
      missing: code([file("nowhere.conf")]),
      row: code(["no-such-row"]),
      folder: code([folder]),
      twice: code([file("flat/db1.conf"), file("flat/db1.conf")]),
      empty: code([file("empty/keepalived.conf")]),
      nothing: code([]),
    }).toEqual({
      missing: "NO_SUCH_FILE",
      row: "NO_SUCH_FILE",
      folder: "NOT_A_FILE",
      twice: "SAME_FILE_TWICE",
      empty: "NO_VRRP_INSTANCE",
      nothing: "NOTHING_TO_PREDICT",
    });
  });
});
