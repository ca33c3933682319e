/** The program as a user meets it when something is wrong: one line, the right exit code, no trace. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const MAIN = resolve(import.meta.dirname, "main.ts");
const SCRATCH = mkdtempSync(join(tmpdir(), "vipdrill-test-"));

function vipdrill(
  args: readonly string[],
  env: Record<string, string> = {},
): {
  status: number | null;
  stderr: string;
  stdout: string;
} {
  const command = ["--disable-warning=ExperimentalWarning", MAIN, ...args];
  const { status, stderr, stdout } = spawnSync(process.execPath, command, {
    encoding: "utf8",
    cwd: SCRATCH,
    env: { ...process.env, ...env },
  });
  return { status, stderr, stdout };
}

function file(name: string, text: string): string {
  const path = join(SCRATCH, name);
  writeFileSync(path, text);
  return path;
}

describe("a wrong input", () => {
  it("names the scenario that was probably meant", () => {
    expect(vipdrill(["run", "dual-script/mysqld-kiled"])).toEqual({
      status: 64,
      stdout: "",
      stderr:
        "vipdrill: there is no scenario called dual-script/mysqld-kiled. Did you mean dual-script/mysqld-killed? vipdrill list shows them all\n",
    });
  });

  it("says which part of a scenario file is wrong", () => {
    const path = file("broken.json", '{ "name": "my/drill", "title": "x" }');
    const { status, stderr } = vipdrill(["run", path]);
    expect({ status, lines: stderr.trim().split("\n").length }).toEqual({ status: 64, lines: 1 });
    expect(stderr).toMatch(/broken\.json: why: /);
  });

  it("says in one line why a scenario file cannot be read", () => {
    const path = file("broken.ts", "export default {{{");
    const { status, stderr } = vipdrill(["run", path]);
    expect({ status, lines: stderr.trim().split("\n").length }).toEqual({ status: 64, lines: 1 });
    expect(stderr).toMatch(/broken\.ts cannot be read: /);
  });

  it.each([
    [["run"], /name a scenario/],
    [["run", "nothing/*"], /no scenario matches/],
    [["run", "dual-script/cut", "--repeat", "x"], /whole number/],
    [["run", "dual-script/cut", "--shard", "3/2"], /i\/n/],
    [
      ["run", "dual-script/cut", "--backend", "sim", "--image", "my/own"],
      /the simulator knows sid, trixie, bookworm, not the image my\/own/,
    ],
    [
      ["run", "dual-script/cut", "--backend", "sim", "--image", "sid,my/own"],
      /the simulator knows sid, trixie, bookworm, not the image my\/own/,
    ],
    [["run", "dual-script/cut", "--image", "sid,,trixie"], /expected names, as in sid,trixie/],
    [["run", "dual-script/cut", "--backend", "sim", "--keep"], /--keep needs containers/],
    [["run", "dual-script/cut", "--reporter", "pdf=x"], /KIND=FILE/],
    [["check", "nowhere"], /not a run directory/],
    [["frobnicate"], /unknown command/],
  ] as const)("%j is refused with exit code 64", (args, message) => {
    const { status, stderr, stdout } = vipdrill(args);
    expect({ status, stdout }).toEqual({ status: 64, stdout: "" });
    expect(stderr).toMatch(message);
  });
});

describe("an engine that does not answer", () => {
  it("means the simulator, and that is said", () => {
    const out = mkdtempSync(join(tmpdir(), "vipdrill-main-"));
    const { status, stderr, stdout } = vipdrill(
      ["run", "dual-script/cut", "--seed", "1", "--out", out],
      { DOCKER_HOST: "tcp://127.0.0.1:1" },
    );
    rmSync(out, { recursive: true });
    expect(status).toBe(0);
    expect(stderr).toMatch(
      /SIMULATED, nothing is measured \(no container engine answers at tcp:\/\/127/,
    );
    expect(stdout.split("\n")[0]).toContain("SIMULATED");
  });

  it("is said in a line, with exit code 70, when containers are asked for; nothing is installed", () => {
    const { status, stderr, stdout } = vipdrill(["run", "dual-script/cut", "--backend", "docker"], {
      DOCKER_HOST: "tcp://127.0.0.1:1",
    });
    expect({ status, stdout }).toEqual({ status: 70, stdout: "" });
    expect(stderr).toMatch(/tcp:\/\/127\.0\.0\.1:1/);
  });
});

describe("long output into a pipe", () => {
  it("is there to its last line", () => {
    const path = file("deep.conf", "vrrp_instance a {\n".repeat(3000));
    const { status, stdout } = vipdrill(["lint", path]);
    expect(status).toBe(0);
    expect(stdout.length).toBeGreaterThan(100_000);
    expect(stdout).toMatch(/\d+ warnings in 1 file for keepalived [\d.]+.*\n$/);
  });
});

describe("--help and --version", () => {
  it.each([["--help"], ["--version"], ["run", "--help"]])("exit with 0", (...args) => {
    expect(vipdrill(args).status).toBe(0);
  });
});

describe("a row", () => {
  it("may be called by its first word", () => {
    expect(vipdrill(["list", "lvs/*"]).stdout).toBe(vipdrill(["list", "lvs-dr/*"]).stdout);
  });
});
