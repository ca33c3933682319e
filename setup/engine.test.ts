import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Ended, type Env, type PretendMachine, pretendMachine } from "./pretend-machine.ts";

const SOCKET = "/var/run/docker.sock";
const NONE = `vipdrill: no container engine answers at ${SOCKET}`;
const MEMBERS = "(then run vipdrill as root or as a member of the group docker)";
const INSTALLING = `${NONE}: installing Debian's docker.io and iptables with apt-get, and starting dockerd\n`;
const STARTING = `${NONE}: starting the installed dockerd\n`;
const DRY_RUN_APT =
  "vipdrill: would run: apt-get update\n" +
  "vipdrill: would run: apt-get install -y --no-install-recommends docker.io iptables\n";
const DRY_RUN_ENDS = "vipdrill: dry run: nothing was installed or started\n";
const CAUSES =
  "vipdrill: common causes: a container without the right to change iptables or mounts (start it " +
  "privileged), cgroups missing or mounted read-only, a full disk, another dockerd. See ";

// Some of these wait for a process or two: a busy machine may take longer than the usual 5 s.
const SLOW = { timeout: 20_000 } as const;

/** Root on a bare Debian with enough disk. What would change the machine only leaves a note. */
function debian(): PretendMachine {
  const machine = pretendMachine();
  machine.write("etc/os-release", 'PRETTY_NAME="Debian GNU/Linux 12"\nID=debian\n');
  asUser(machine, "root", 0);
  diskFree(machine, 100_000_000);
  for (const name of ["apt-get", "systemctl"]) machine.stub(name, note(machine, name));
  return machine;
}

function asUser(machine: PretendMachine, name: string, uid: number): void {
  machine.stub("id", `if [ "$1" = -u ]; then echo ${uid}; else echo ${name}; fi`);
}

function diskFree(machine: PretendMachine, kilobytes: number): void {
  machine.stub("df", `echo Filesystem; echo "/dev/vda 1 1 ${kilobytes} 1% /"`);
}

function note(machine: PretendMachine, name: string): string {
  return `echo ${name} "$@" >>"${machine.path("calls")}"`;
}

function calls(machine: PretendMachine): readonly string[] {
  return machine.has("calls") ? machine.read("calls").trimEnd().split("\n") : [];
}

function setUp(machine: PretendMachine, env: Env = {}): Ended {
  return machine.run("checkout/setup/engine.sh", [], env);
}

function failsWith(stderr: string): Ended {
  return { code: 70, stdout: "", stderr };
}

/** A dockerd that answers /_ping, and ends by itself should a test forget it. */
function dockerdStub(machine: PretendMachine): string {
  machine.write(
    "dockerd.mjs",
    `import { createServer } from "node:http";
createServer((request, response) => {
  response.statusCode = request.url === "/_ping" ? 200 : 404;
  response.end("OK");
}).listen(${JSON.stringify(machine.path(SOCKET))});
setTimeout(() => process.exit(), 20_000);
`,
  );
  return `${note(machine, "dockerd")}
echo $$ >"${machine.path("var/run/docker.pid")}"
exec "${process.execPath}" "${machine.path("dockerd.mjs")}"`;
}

function stopDockerd(machine: PretendMachine): void {
  process.kill(Number(machine.read("var/run/docker.pid")), "SIGKILL");
}

describe("leaves the machine as it is and says what to do", () => {
  test("when DOCKER_HOST names an engine", () => {
    using machine = debian();
    expect(setUp(machine, { DOCKER_HOST: "tcp://10.0.0.5:2375" })).toEqual(
      failsWith(
        "vipdrill: the container engine at tcp://10.0.0.5:2375 did not answer. DOCKER_HOST names " +
          "it, so no other is tried: start it (docker version must show a Server), " +
          "or unset DOCKER_HOST\n",
      ),
    );
    expect(calls(machine)).toEqual([]);
  });

  const workstations: readonly (readonly [string, Env, string])[] = [
    [
      "a graphical session",
      { DISPLAY: ":0" },
      "it has a graphical session, so somebody works at it",
    ],
    ["Wayland", { WAYLAND_DISPLAY: "w" }, "it has a graphical session, so somebody works at it"],
    [
      "a desktop",
      { XDG_CURRENT_DESKTOP: "X" },
      "it has a graphical session, so somebody works at it",
    ],
    ["sudo", { SUDO_USER: "ada" }, "root by way of sudo, so somebody works at it"],
  ];
  test.for(workstations)("on a workstation: %s", ([, env, why]) => {
    using machine = debian();
    machine.write("run/systemd/system/here", "");
    expect(setUp(machine, env)).toEqual(
      failsWith(
        `${NONE}, and this machine is left as it is (${why}; VIPDRILL_SETUP=yes overrides). ` +
          `Type: apt-get install -y docker.io && systemctl start docker ${MEMBERS}\n`,
      ),
    );
    expect(calls(machine)).toEqual([]);
  });

  const others: readonly (readonly [string, (machine: PretendMachine) => Env, string])[] = [
    [
      "without root",
      (machine) => {
        asUser(machine, "ada", 1000);
        machine.write("run/systemd/system/here", "");
        return { VIPDRILL_SETUP: "yes" };
      },
      "(not running as root). Type: sudo apt-get install -y docker.io && " +
        `sudo systemctl start docker ${MEMBERS}`,
    ],
    [
      "without root and systemd, docker.io being installed",
      (machine) => {
        asUser(machine, "ada", 1000);
        machine.stub("dockerd", note(machine, "dockerd"));
        return {};
      },
      "(not running as root). Start it: sudo service docker start",
    ],
    [
      "when told so",
      () => ({ VIPDRILL_SETUP: "no" }),
      "(VIPDRILL_SETUP=no). Type: apt-get install -y docker.io && " +
        `dockerd >/var/log/dockerd.log 2>&1 & ${MEMBERS}`,
    ],
    [
      "on a system that descends from Debian",
      (machine) => {
        machine.write("etc/os-release", 'ID=linuxmint\nID_LIKE="ubuntu debian"\n');
        return { VIPDRILL_SETUP: "yes" };
      },
      "(it is neither Debian nor Ubuntu). Type: apt-get install -y docker.io && " +
        `dockerd >/var/log/dockerd.log 2>&1 & ${MEMBERS}`,
    ],
    [
      "on another Linux",
      (machine) => {
        machine.write("etc/os-release", "ID=fedora\n");
        machine.write("run/systemd/system/here", "");
        return {};
      },
      "(it is neither Debian nor Ubuntu). See https://docs.docker.com/engine/install/, " +
        `then type: systemctl start docker ${MEMBERS}`,
    ],
    [
      "on macOS",
      (machine) => {
        machine.stub("uname", "echo Darwin");
        asUser(machine, "ada", 501);
        return {};
      },
      "(it is neither Debian nor Ubuntu). " +
        "Type: open -a Docker (to install it first: brew install --cask docker)",
    ],
  ];
  test.for(others)("%s", ([, arrange, line]) => {
    using machine = debian();
    const env = arrange(machine);
    expect(setUp(machine, env)).toEqual(
      failsWith(`${NONE}, and this machine is left as it is ${line}\n`),
    );
    expect(calls(machine)).toEqual([]);
  });

  test("when the disk is nearly full", () => {
    using machine = debian();
    diskFree(machine, 1_300_000);
    expect(setUp(machine)).toEqual(
      failsWith(
        "vipdrill: a container engine and its images need 3 GB on /var/lib, " +
          "but only 1269 MB are free there\n",
      ),
    );
    expect(calls(machine)).toEqual([]);
  });
});

describe("a dry run as root", () => {
  test("on a bare Debian prints the installation and the start", () => {
    using machine = debian();
    expect(setUp(machine, { VIPDRILL_SETUP_DRY_RUN: "1" })).toEqual(
      failsWith(
        INSTALLING +
          DRY_RUN_APT +
          "vipdrill: would run: setsid dockerd >>/var/log/dockerd.log 2>&1 &\n" +
          DRY_RUN_ENDS,
      ),
    );
    expect(calls(machine)).toEqual([]);
  });

  test("starts by way of systemd where that runs, here on a workstation that is vouched for", () => {
    using machine = debian();
    machine.write("etc/os-release", "ID=ubuntu\nID_LIKE=debian\n");
    machine.write("run/systemd/system/here", "");
    const env = { VIPDRILL_SETUP_DRY_RUN: "1", VIPDRILL_SETUP: "yes", DISPLAY: ":0" };
    expect(setUp(machine, env)).toEqual(
      failsWith(
        `${INSTALLING}${DRY_RUN_APT}vipdrill: would run: systemctl start docker\n${DRY_RUN_ENDS}`,
      ),
    );
    expect(calls(machine)).toEqual([]);
  });

  test("prints only the start when docker.io is installed, however full the disk", () => {
    using machine = debian();
    diskFree(machine, 0);
    machine.stub("dockerd", note(machine, "dockerd"));
    expect(setUp(machine, { VIPDRILL_SETUP_DRY_RUN: "1" })).toEqual(
      failsWith(
        STARTING +
          "vipdrill: would run: setsid dockerd >>/var/log/dockerd.log 2>&1 &\n" +
          DRY_RUN_ENDS,
      ),
    );
    expect(calls(machine)).toEqual([]);
  });
});

describe("as root on a bare Debian", SLOW, () => {
  test("installs and starts an engine, waits until it answers, and then has nothing to do", () => {
    using machine = debian();
    machine.stub("not-yet-dockerd", dockerdStub(machine));
    const install = `mv "${machine.path("bin/not-yet-dockerd")}" "${machine.path("bin/dockerd")}"`;
    machine.stub(
      "apt-get",
      `${note(machine, "apt-get")}; case "$*" in *docker.io*) ${install} ;; esac`,
    );
    // A restarted container: the number in the file now belongs to somebody else.
    machine.write("var/run/docker.pid", `${process.pid}\n`);
    expect(setUp(machine)).toEqual({
      code: 0,
      stdout: "",
      stderr: `${INSTALLING}vipdrill: the container engine answers at ${SOCKET}\n`,
    });
    expect(setUp(machine)).toEqual({ code: 0, stdout: "", stderr: "" });
    stopDockerd(machine);
    expect(calls(machine)).toEqual([
      "apt-get update",
      "apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends docker.io iptables",
      "dockerd",
    ]);
    expect(machine.list("run")).toEqual([]);
  });

  test("shows what apt-get said when it failed, and starts nothing", () => {
    using machine = debian();
    machine.stub("apt-get", `${note(machine, "apt-get")}; echo "E: said by $1"; exit 100`);
    expect(setUp(machine)).toEqual(
      failsWith(
        INSTALLING +
          "vipdrill: apt-get install docker.io iptables failed with exit code 100; " +
          "the end of its output:\nE: said by update\nE: said by -o\n" +
          "vipdrill: docker.io could not be installed, so there is no container engine\n",
      ),
    );
    expect(calls(machine)).toHaveLength(2);
  });

  test("shows the log of a dockerd that ended", () => {
    using machine = debian();
    machine.stub(
      "dockerd",
      'echo "level=info msg=hello"; echo "failed to start daemon: Devices cgroup is not mounted"; exit 1',
    );
    expect(setUp(machine)).toEqual(
      failsWith(
        STARTING +
          `vipdrill: dockerd ended before it answered at ${SOCKET}; ` +
          "the last warnings and errors in its log:\n" +
          "failed to start daemon: Devices cgroup is not mounted\n" +
          `${CAUSES}/var/log/dockerd.log, or set DOCKER_HOST to an engine elsewhere\n`,
      ),
    );
  });

  test("gives up on a dockerd that does not answer", () => {
    using machine = debian();
    machine.stub(
      "dockerd",
      `echo $$ >"${machine.path("var/run/docker.pid")}"; echo waiting; exec sleep 20`,
    );
    const { code, stderr } = setUp(machine, { VIPDRILL_ENGINE_WAIT_S: "1" });
    stopDockerd(machine);
    expect(code).toBe(70);
    expect(stderr.split("\n").slice(0, 3)).toEqual([
      STARTING.trimEnd(),
      `vipdrill: dockerd did not answer at ${SOCKET} within 1 s; ` +
        "the last warnings and errors in its log:",
      "waiting",
    ]);
  });

  test("shows the journal when systemd could not start it", () => {
    using machine = debian();
    machine.write("run/systemd/system/here", "");
    machine.stub("dockerd", note(machine, "dockerd"));
    machine.stub("systemctl", `${note(machine, "systemctl")}; exit 1`);
    machine.stub("journalctl", 'echo "journal: $*"');
    expect(setUp(machine)).toEqual(
      failsWith(
        STARTING +
          "vipdrill: dockerd was not started by systemd; the last warnings and errors in its log:\n" +
          "journal: -u docker -p warning -n 6 --no-pager\n" +
          `${CAUSES}journalctl -u docker, or set DOCKER_HOST to an engine elsewhere\n`,
      ),
    );
    expect(calls(machine)).toEqual(["systemctl start docker"]);
  });
});

test("every shell script parses", () => {
  const scripts = readdirSync(import.meta.dirname)
    .filter((name) => name.endsWith(".sh"))
    .map((name) => join(import.meta.dirname, name));
  for (const script of [join(import.meta.dirname, "../vipdrill"), ...scripts]) {
    expect(spawnSync("sh", ["-n", script], { encoding: "utf8" }).stderr).toBe("");
  }
});
