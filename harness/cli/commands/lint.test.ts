import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { InputError } from "../../core/errors.ts";
import { nodeNames, scriptsBeside } from "../config-files.ts";
import { lintCommand, lintFiles } from "./lint.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "vipdrill-lint-"));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

function put(path: string, text: string): string {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

const CONF = (priority: number): string => `global_defs {
  enable_script_security
  script_user root
}
vrrp_script check {
  script "/etc/keepalived/check.sh"
  interval 2
  timeout 1
}
vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 77
  priority ${priority}
  virtual_ipaddress {
    10.0.0.100/24
  }
  track_script {
    check
  }
}
`;

const BLIND = "#!/bin/sh\nmysqladmin ping || true\n";

describe("lint", () => {
  it("finds scripts beside the configuration, and says which file it took", () => {
    const files = [put("a/keepalived.conf", CONF(120)), put("b/keepalived.conf", CONF(100))];
    const script = put("a/scripts/check.sh", BLIND);
    const found = lintFiles(files).findings.find(({ rule }) => rule === "VD301");
    expect(found).toMatchObject({ node: "a", severity: "error", at: { file: script, line: 1 } });
  });

  it("exits with 1 for what --fail-on names, else with 0", () => {
    const files = [put("a.conf", CONF(100)), put("b.conf", CONF(100))];
    const output = join(folder, "out.txt");
    expect(lintCommand(files, { output })).toBe(0);
    expect(lintCommand(files, { output, failOn: "warning" })).toBe(1);
    expect(lintCommand(files, { output, failOn: "never" })).toBe(0);
    expect(readFileSync(output, "utf8")).toContain("VD513");
  });

  it("counts what is too slight to be shown towards the exit code only if it was asked for", () => {
    const files = [put("a.conf", CONF(100)), put("b.conf", CONF(100))];
    const output = join(folder, "out.json");
    expect(
      lintCommand(files, { output, format: "json", severity: "error", failOn: "warning" }),
    ).toBe(1);
    expect(JSON.parse(readFileSync(output, "utf8"))).toMatchObject({ findings: [] });
  });

  it("reads includes from disk", () => {
    const file = put("a.conf", "include parts/*.conf\n");
    put("parts/vi.conf", CONF(100));
    expect(lintFiles([file]).findings.map(({ at }) => at.file)).toContain(
      join(folder, "parts/vi.conf"),
    );
  });

  it.each([
    ["no file", (): unknown => lintFiles([])],
    ["a file that is not there", (): unknown => lintFiles([join(folder, "missing.conf")])],
    ["a directory", (): unknown => lintFiles([folder])],
    [
      "an unknown version",
      (): unknown => lintFiles([put("a.conf", CONF(1))], { keepalived: "9.9" }),
    ],
    [
      "an output without a folder",
      (): unknown => lintCommand([put("a.conf", CONF(1))], { output: join(folder, "no/out.txt") }),
    ],
  ])("refuses %s", (_, act) => {
    expect(act).toThrow(InputError);
  });
});

describe("names of nodes", () => {
  it.each([
    [
      ["x/db1.conf", "x/db2.conf"],
      ["db1", "db2"],
    ],
    [
      ["db1/keepalived.conf", "db2/keepalived.conf"],
      ["db1", "db2"],
    ],
    [
      ["1/x/k.conf", "2/x/k.conf"],
      ["1/x/k.conf", "2/x/k.conf"],
    ],
    [
      ["k.conf", "k.conf"],
      ["k.conf#1", "k.conf#2"],
    ],
  ])("%j are %j", (paths, names) => {
    expect(nodeNames(paths)).toEqual(names);
  });
});

describe("scripts", () => {
  it("are taken from the tree whose /etc/keepalived the configuration is in", () => {
    const conf = put("db1/etc/keepalived/keepalived.conf", "");
    put("db1/opt/check.sh", "right");
    put("db1/etc/keepalived/check.sh", "wrong");
    expect(scriptsBeside(conf).scripts("/opt/check.sh")).toBe("right");
  });

  it("prefer the copy with the node's name", () => {
    const conf = put("node2.conf", "");
    put("scripts-node1/check.sh", "first");
    put("scripts-node2/check.sh", "second");
    expect(scriptsBeside(conf).scripts("/usr/local/bin/check.sh")).toBe("second");
  });

  it("are absent where there is none", () => {
    const conf = put("node2.conf", "");
    expect(scriptsBeside(conf).scripts("/usr/bin/pgrep")).toBeUndefined();
  });
});
