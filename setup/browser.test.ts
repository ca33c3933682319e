import { describe, expect, test } from "vitest";
import { type Ended, type Env, type PretendMachine, pretendMachine } from "./pretend-machine.ts";

const INSTALLING =
  "vipdrill: there is no Chromium for the browser tests: installing Debian's with apt-get (a minute or two, once)\n";
const NONE = "vipdrill: there is no Chromium on PATH, and this machine is left as it is ";

/** Root on a bare Debian with enough disk, where apt-get brings a Chromium. */
function debian(): PretendMachine {
  const machine = pretendMachine();
  machine.write("etc/os-release", "ID=debian\n");
  machine.stub("id", 'if [ "$1" = -u ]; then echo 0; else echo root; fi');
  diskFree(machine, 10_000_000);
  machine.stub(
    "apt-get",
    `echo "$@" >>"${machine.path("calls")}"
case "$*" in *"install -y"*) echo '#!/bin/sh' >"${machine.path("bin/chromium")}"; chmod +x "${machine.path("bin/chromium")}" ;; esac`,
  );
  return machine;
}

function diskFree(machine: PretendMachine, kilobytes: number): void {
  machine.stub("df", `echo Filesystem; echo "/dev/vda 1 1 ${kilobytes} 1% /"`);
}

function find(machine: PretendMachine, env: Env = {}): Ended {
  return machine.run("checkout/setup/browser.sh", [], env);
}

describe("a Chromium for the browser tests", () => {
  test("is the one on PATH, without a word", () => {
    using machine = debian();
    machine.stub("chromium", "exit 1");
    expect(find(machine)).toEqual({ code: 0, stdout: "/bin/chromium\n", stderr: "" });
    expect(machine.has("calls")).toBe(false);
  });

  test("is the user's own when named", () => {
    using machine = debian();
    machine.stub("my-chrome", "exit 1");
    const named = find(machine, { VIPDRILL_CHROMIUM: machine.path("bin/my-chrome") });
    expect(named).toEqual({ code: 0, stdout: "/bin/my-chrome\n", stderr: "" });
    expect(find(machine, { VIPDRILL_CHROMIUM: "/nowhere/chrome" })).toEqual({
      code: 70,
      stdout: "",
      stderr:
        "vipdrill: VIPDRILL_CHROMIUM is /nowhere/chrome, which is no program that may be run\n",
    });
  });

  test("is installed by root on Debian", () => {
    using machine = debian();
    expect(find(machine)).toEqual({ code: 0, stdout: "/bin/chromium\n", stderr: INSTALLING });
    expect(machine.read("calls")).toMatch(/install -y --no-install-recommends chromium$/m);
  });
});

describe("leaves the machine as it is and says what to do", () => {
  test("for a user", () => {
    using machine = debian();
    machine.stub("id", 'if [ "$1" = -u ]; then echo 1000; else echo ann; fi');
    expect(find(machine).stderr).toBe(
      `${NONE}(not running as root). Type: sudo apt-get install -y chromium\n`,
    );
    expect(machine.has("calls")).toBe(false);
  });

  test("when told so", () => {
    using machine = debian();
    const { code, stderr } = find(machine, { VIPDRILL_SETUP: "no" });
    expect({ code, stderr }).toEqual({
      code: 70,
      stderr: `${NONE}(VIPDRILL_SETUP=no). Type: apt-get install -y chromium\n`,
    });
  });

  test("on another system", () => {
    using machine = debian();
    machine.write("etc/os-release", "ID=fedora\n");
    expect(find(machine).stderr).toBe(
      `${NONE}(it is neither Debian nor Ubuntu). Install Chromium or Chrome, or set VIPDRILL_CHROMIUM to one\n`,
    );
  });

  test("in a dry run", () => {
    using machine = debian();
    const { code, stderr } = find(machine, { VIPDRILL_SETUP_DRY_RUN: "1" });
    expect(code).toBe(70);
    expect(stderr).toContain(
      "vipdrill: would run: apt-get install -y --no-install-recommends chromium\n",
    );
    expect(stderr).toMatch(/vipdrill: dry run: nothing was installed\n$/);
    expect(machine.has("calls")).toBe(false);
  });

  test("with too little disk", () => {
    using machine = debian();
    diskFree(machine, 500_000);
    expect(find(machine)).toEqual({
      code: 70,
      stdout: "",
      stderr: "vipdrill: Chromium needs 1 GB of disk, but only 488 MB are free on /var/lib\n",
    });
  });

  test("when apt-get fails", () => {
    using machine = debian();
    machine.stub("apt-get", "echo E: no such package; exit 100");
    const { code, stderr } = find(machine);
    expect(code).toBe(70);
    expect(stderr).toMatch(/E: no such package\nvipdrill: chromium could not be installed\n$/);
  });
});
