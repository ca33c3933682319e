// A machine to try the shell scripts on: a temporary folder with a copy of the checkout's launcher, a
// pretend /etc, /run and /var, and a PATH that holds a few real tools and the stubs that a test adds.
// Nothing outside the folder is read or changed, and no network is used.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import {
  accessSync,
  chmodSync,
  constants,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";

const CHECKOUT: string = join(import.meta.dirname, "..");

/** What the scripts and stubs use on every machine; the rest (npm, node, id, uname, apt-get) is pretended. */
const REAL_TOOLS: readonly string[] =
  "awk cat chmod cksum grep head ls mkdir mktemp mv perl ps readlink rm rmdir seq sh sleep tail".split(
    " ",
  );

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves when standard error contains the text, rejects when the process ends without it. */
  readonly says: (text: string) => Promise<void>;
}

export interface PretendMachine extends Disposable {
  /** The checkout's copy: vipdrill, setup/ and a command line interface that prints its arguments. */
  readonly root: string;
  /** Puts a shell script on PATH. */
  readonly stub: (name: string, script: string) => void;
  readonly symlink: (name: string, target: string) => void;
  /** Writes a file, path relative to the machine's folder, making folders as needed. */
  readonly write: (path: string, text: string) => void;
  readonly read: (path: string) => string;
  readonly has: (path: string) => boolean;
  readonly list: (path: string) => readonly string[];
  readonly path: (path: string) => string;
  readonly run: (command: string, args?: readonly string[], env?: Env) => Ended;
  readonly start: (command: string, args?: readonly string[], env?: Env) => Started;
}

export type Env = Readonly<Record<string, string>>;

export function pretendMachine(): PretendMachine {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "vipdrill-")));
  const path = (relative: string): string => join(folder, relative);
  const write = (relative: string, text: string): void => {
    mkdirSync(dirname(path(relative)), { recursive: true });
    writeFileSync(path(relative), text);
  };
  const stub = (name: string, script: string): void => {
    rmSync(path(`bin/${name}`), { force: true });
    write(`bin/${name}`, `#!/bin/sh\n${script}\n`);
    chmodSync(path(`bin/${name}`), 0o755);
  };
  const options = (env: Env) => ({
    cwd: folder,
    env: { PATH: path("bin"), HOME: folder, VIPDRILL_TEST_ROOT: folder, ...env },
  });
  for (const name of ["bin", "run", "var/lib", "var/log", "var/run"]) {
    mkdirSync(path(name), { recursive: true });
  }
  for (const name of REAL_TOOLS) symlinkSync(realTool(name), path(`bin/${name}`));
  stub("uname", 'if [ "$1" = -s ]; then echo Linux; else echo Linux x86_64; fi');
  stub("setsid", 'exec "$@"');
  copyScripts(path("checkout"));
  return {
    root: path("checkout"),
    stub,
    symlink: (name, target) => symlinkSync(target, path(name)),
    write,
    read: (relative) => readFileSync(path(relative), "utf8"),
    has: (relative) => existsSync(path(relative)),
    list: (relative) => readdirSync(path(relative)).sort(),
    path,
    run: (command, args = [], env = {}) => runToEnd(path(command), args, options(env), folder),
    start: (command, args = [], env = {}) => start(path(command), args, options(env), folder),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** The first of the processes that the installation lock is marked with, if it is taken. */
export function lockMark(
  machine: PretendMachine,
  role: "holder" | "worker",
): { readonly pid: number } | undefined {
  if (!machine.has("checkout/.node/lock")) return undefined;
  const name = machine.list("checkout/.node/lock").find((mark) => mark.startsWith(`${role}.`));
  return name === undefined ? undefined : { pid: Number(name.slice(role.length + 1)) };
}

function copyScripts(root: string): void {
  mkdirSync(join(root, "setup"), { recursive: true });
  mkdirSync(join(root, "harness/cli"), { recursive: true });
  copyFileSync(join(CHECKOUT, "vipdrill"), join(root, "vipdrill"));
  for (const name of readdirSync(join(CHECKOUT, "setup"))) {
    if (name.endsWith(".sh")) {
      copyFileSync(join(CHECKOUT, "setup", name), join(root, "setup", name));
    }
  }
  writeFileSync(join(root, "package-lock.json"), "{}\n");
  writeFileSync(join(root, "package.json"), '{ "type": "module" }\n');
  writeFileSync(
    join(root, "harness/cli/main.ts"),
    "const said: string[] = process.argv.slice(2);\nprocess.stdout.write(JSON.stringify(said));\n",
  );
}

function realTool(name: string): string {
  for (const folder of ["/usr/bin", "/bin", ...(process.env["PATH"] ?? "").split(delimiter)]) {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return join(folder, name);
    } catch {
      // Not in this folder: try the next.
    }
  }
  throw new Error(`these tests need ${name} on PATH`);
}

interface SpawnOptions {
  readonly cwd: string;
  readonly env: Env;
}

/** Output with the machine's folder left out, so that paths read as they would on a real machine. */
function runToEnd(
  command: string,
  args: readonly string[],
  options: SpawnOptions,
  folder: string,
): Ended {
  const { status, stdout, stderr } = spawnSync(command, args, { ...options, encoding: "utf8" });
  return {
    code: status,
    stdout: stdout.replaceAll(folder, ""),
    stderr: stderr.replaceAll(folder, ""),
  };
}

function start(
  command: string,
  args: readonly string[],
  options: SpawnOptions,
  folder: string,
): Started {
  // A process group of its own, so that a test can kill a launcher together with what it started.
  const child = spawn(command, args, { ...options, detached: true, stdio: "pipe" });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      resolve({
        code,
        stdout: stdout.replaceAll(folder, ""),
        stderr: stderr.replaceAll(folder, ""),
      });
    });
  });
  const says = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (stderr.includes(text)) resolve();
      };
      child.stderr.on("data", look);
      child.once("close", () => reject(new Error(`ended without saying "${text}": ${stderr}`)));
      look();
    });
  return { child, ended, says };
}
