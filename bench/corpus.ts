/**
 * Reads every configuration of a corpus and compares with what keepalived itself said:
 * `node bench/corpus.ts DIRECTORY`, where DIRECTORY has a `keepalived-t.jsonl`, one run of `keepalived -t` a line
 * (`file`, `created_if`, `exit_with_if`, `log_with_if`).
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { configTestExit } from "../harness/keepalived/config-test.ts";
import { formatLocation } from "../harness/keepalived/location.ts";
import { readText, type HostFacts } from "../harness/keepalived/read.ts";
import { parseSyntax, printSyntax } from "../harness/keepalived/syntax.ts";

interface Run {
  readonly file: string;
  readonly created_if?: readonly string[];
  readonly exit_with_if: number | string;
  readonly log_with_if?: readonly string[];
}

/** Programs that the machine of the recorded runs had, as its log shows; all else is missing. */
const PROGRAMS: ReadonlySet<string> = new Set(
  "killall service nft true false sh bash test cat grep ls ps kill pkill pgrep pidof ip ping systemctl sleep echo date touch curl nc wget python3 perl logger".split(
    " ",
  ),
);

const USERS: ReadonlySet<string> = new Set(
  "root daemon bin sys nobody www-data mail backup".split(" "),
);

function hostOf({ created_if: created = [], log_with_if: log = [] }: Run): HostFacts {
  const said = log.join("\n");
  return {
    hostname: "localhost",
    interfaces: new Set(["lo", ...created]),
    users: USERS,
    networkNamespaces: new Set(),
    script: (path) => {
      const base = path.split("/").at(-1) ?? "";
      if (said.includes(`Cannot find script ${path} in path`)) return "missing";
      const system = !path.includes("/") || /^(?:\/usr)?(?:\/local)?\/s?bin\//u.test(path);
      return system && PROGRAMS.has(base) ? "executable" : "missing";
    },
  };
}

function* filesBelow(directory: string): Generator<string> {
  for (const name of readdirSync(directory).toSorted()) {
    const path = join(directory, name);
    if (statSync(path).isDirectory()) yield* filesBelow(path);
    else yield path;
  }
}

interface Tally {
  files: number;
  crashes: number;
  lossless: number;
}

/** Everything that is in the directory, scripts and lists included: nothing may crash on it. */
function readAll(directory: string): Tally {
  const tally: Tally = { files: 0, crashes: 0, lossless: 0 };
  for (const path of filesBelow(directory)) {
    const bytes = readFileSync(path);
    tally.files++;
    try {
      for (const version of ["1.2.13", "1.4.3", "2.2.7", "2.3.4"] as const)
        readText(bytes, { version });
    } catch (error) {
      tally.crashes++;
      console.log(`crash: ${path}: ${String(error)}`);
    }
    if (Buffer.compare(Buffer.from(printSyntax(parseSyntax(bytes, path))), bytes) === 0)
      tally.lossless++;
    else console.log(`not lossless: ${path}`);
  }
  return tally;
}

function main(directory: string): void {
  const tally = readAll(directory);
  console.log(
    `files ${tally.files}, crashes ${tally.crashes}, print(parse(x)) = x ${tally.lossless}`,
  );

  const runs = readFileSync(join(directory, "keepalived-t.jsonl"), "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Run);
  let compared = 0;
  let agree = 0;
  let exact = 0;
  for (const run of runs) {
    const expected = run.exit_with_if === -15 ? 143 : run.exit_with_if;
    if (typeof expected !== "number") {
      console.log(`left out: ${run.file}: keepalived did not end (${expected})`);
      continue;
    }
    compared++;
    const host = hostOf(run);
    const file = run.file.split("/").at(-1) ?? run.file;
    const result = readText(readFileSync(join(directory, run.file)), {
      version: "2.2.7",
      file,
      host,
    });
    const { exit, because } = configTestExit(result, host);
    if (exit === expected) exact++;
    if ((exit === 0) === (expected === 0)) agree++;
    if (exit === expected) continue;
    const kind = (exit === 0) === (expected === 0) ? "code" : "VERDICT";
    console.log(`${kind}: ${run.file}: keepalived ${expected}, here ${exit}`);
    for (const each of because.slice(0, 3))
      console.log(`    here: ${formatLocation(each.at)} ${each.code}: ${each.message}`);
    for (const line of (run.log_with_if ?? []).slice(0, 4)) console.log(`    keepalived: ${line}`);
  }
  console.log(
    `compared ${compared}: accept or reject agree ${agree} (${percent(agree, compared)}), exit code ${exact} (${percent(exact, compared)})`,
  );
}

function percent(part: number, whole: number): string {
  return `${((100 * part) / whole).toFixed(1)} %`;
}

const directory = process.argv[2];
if (directory === undefined) {
  console.error("usage: node bench/corpus.ts DIRECTORY");
  process.exitCode = 64;
} else {
  main(directory);
}
