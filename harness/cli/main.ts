/** The command line: parses, calls, prints errors in one line, sets the exit code. */
import manifest from "../../package.json" with { type: "json" };
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { HarnessError, InputError, messageOf } from "../core/errors.ts";
import { DEFAULT_VERSION, KEEPALIVED_VERSIONS } from "../keepalived/versions.ts";
import { EXIT } from "./exit-codes.ts";
import { outputTaken, removeOwn, unlessLeaving } from "./interrupt.ts";
import type { ReportOptions } from "./commands/stored.ts";
import type { TimingOptions } from "./commands/timing.ts";
import type { ExploreCommandOptions } from "./commands/explore.ts";
import type { MergeOptions } from "./commands/merge.ts";
import type { FidelityOptions } from "./commands/fidelity.ts";
import type { LintOptions } from "./commands/lint.ts";
import type { PredictOptions } from "./commands/predict.ts";
import type { RunOptions } from "./commands/run.ts";

const program = new Command("vipdrill")
  .description(
    "Failover drills for MySQL behind keepalived: does the virtual IP move, how long does it take, what is lost?",
  )
  .version(manifest.version)
  .exitOverride()
  .showHelpAfterError("(vipdrill --help shows what there is)")
  .configureOutput({
    outputError: (text, write) => {
      write(text.replace(/^error: /, "vipdrill: "));
    },
  });

let exitCode: number = EXIT.asExpected;

withRunOptions(
  program
    .command("run")
    .description("run scenarios, on containers or simulated, and judge them")
    .argument("[scenario...]", "names, patterns such as 'dual-script/*', or files"),
)
  .option(
    "--image <images>",
    "bookworm, trixie, sid, or an image of your own; several: sid,trixie",
    "sid",
  )
  .action(async (wanted: string[], options: RunOptions) => {
    exitCode = await (await import("./commands/run.ts")).runCommand(wanted, options);
  });

withRunOptions(
  program
    .command("replay")
    .description("run a stored run again: same scenario, image and schedule")
    .argument("<run>", "run directory"),
).action(async (path: string, options: RunOptions) => {
  exitCode = await (await import("./commands/run.ts")).replayCommand(path, options);
});

program
  .command("list")
  .description("the scenarios there are")
  .argument("[pattern]", "such as 'canary/*'")
  .action(async (pattern: string | undefined) => {
    exitCode = (await import("./commands/catalogue.ts")).listCommand(pattern);
  });

program
  .command("show")
  .description("what a scenario does, needs and expects")
  .argument("<scenario>", "name, pattern or file")
  .option("--files", "also the files every node gets (keepalived.conf, check scripts)", false)
  .action(async (name: string, options: { files: boolean }) => {
    exitCode = await (await import("./commands/catalogue.ts")).showCommand(name, options);
  });

program
  .command("check")
  .description("judge stored runs again")
  .argument("<run...>", "run directories, or folders of them")
  .action(async (paths: string[]) => {
    exitCode = (await import("./commands/stored.ts")).checkCommand(paths);
  });

program
  .command("report")
  .description("a report of stored runs, or what changed since a baseline")
  .argument("<run...>", "run directories, or folders of them")
  .addOption(
    new Option("--format <format>", "what to write")
      .choices(["console", "markdown", "junit", "json", "tap", "github", "html"])
      .default("console"),
  )
  .option("--output <file>", "where to write it (otherwise to the terminal)")
  .option(
    "--compare <baseline...>",
    "say what changed against these runs: directories, folders, or JSON that timing wrote",
  )
  .addOption(
    new Option("--fail-on <what>", "with --compare: what makes the exit code 1").choices([
      "regression",
      "never",
    ]),
  )
  .option(
    "--threshold <limits>",
    "with --compare: what a change has to exceed, such as p95=500ms,p50=5%",
  )
  .action(async (paths: string[], options: ReportOptions) => {
    exitCode = (await import("./commands/stored.ts")).reportCommand(paths, options);
  });

program
  .command("timing")
  .description("how long failovers took, over many stored runs: the report to publish")
  .argument("<run...>", "run directories, folders of them, or JSON that timing wrote")
  .addOption(
    new Option("--format <format>", "what to write")
      .choices(["console", "markdown", "csv", "json", "html"])
      .default("console"),
  )
  .option("--output <file>", "where to write it (otherwise to the terminal)")
  .action(async (paths: string[], options: TimingOptions) => {
    exitCode = (await import("./commands/timing.ts")).timingCommand(paths, options);
  });

program
  .command("lint")
  .description("what keepalived.conf and its scripts will do, and what will hurt")
  .argument("<file...>", "keepalived.conf of one node, or of all nodes of a cluster")
  .option("--keepalived <versions>", "the version that will read it, or several: 2.2.7,2.3.4")
  .addOption(
    new Option("--format <format>", "what to write")
      .choices(["text", "json", "sarif"])
      .default("text"),
  )
  .option("--output <file>", "where to write it (otherwise to the terminal)")
  .addOption(
    new Option("--severity <severity>", "the lowest that is shown")
      .choices(["error", "warning", "info"])
      .default("warning"),
  )
  .addOption(
    new Option("--fail-on <severity>", "what makes the exit code 1")
      .choices(["error", "warning", "never"])
      .default("error"),
  )
  .option(
    "--failover-within <time>",
    "complain about timers that cannot move the VIP in time, such as 5s",
    duration,
  )
  .option("--ipvs", "the hosts' kernels have ip_vs")
  .option("--no-ipvs", "the hosts' kernels have no ip_vs")
  .action(async (files: string[], options: LintOptions) => {
    exitCode = (await import("./commands/lint.ts")).lintCommand(files, options);
  });

program
  .command("predict")
  .description("how long each kind of failure will take, and who ends up holding")
  .argument(
    "<what...>",
    "keepalived.conf of all nodes, or a row of the catalogue such as dual-script",
  )
  .addOption(keepalivedVersion())
  .addOption(
    new Option("--format <format>", "what to write")
      .choices(["text", "json", "markdown"])
      .default("text"),
  )
  .option("--output <file>", "where to write it (otherwise to the terminal)")
  .option("--formulas", "also the formulas of every figure", false)
  .option(
    "--what-if <setting=value>",
    "compare with another setting, such as advert_int=0.2 or db2:chk.fall=1; may be repeated",
    collect,
    [],
  )
  .option("--simulate <n>", "with --what-if on a row: simulate both as well, n runs each", whole(1))
  .option("--seed <n>", "the first seed of --simulate (default: 1)", whole(0))
  .action(async (what: string[], options: PredictOptions) => {
    const compared = (options.whatIf ?? []).length > 0 || options.simulate !== undefined;
    exitCode = compared
      ? await (await import("./commands/what-if.ts")).whatIfCommand(what, options)
      : (await import("./commands/predict.ts")).predictCommand(what, options);
  });

program
  .command("fidelity")
  .description("how well the simulator agrees with containers, by random drills on both")
  .option("--count <n>", "how many drills", whole(1), 60)
  .option("--seed <n>", "fixes every draw (default: a new one, shown in the report)", whole(0))
  .option("--image <image>", "bookworm, trixie or sid", "sid")
  .option("--jobs <n>", "clusters at the same time", whole(1), 1)
  .option("--out <dir>", "where run directories go", "runs")
  .option("--from <dir>", "compare with the container runs that are stored there")
  .action(async (options: FidelityOptions) => {
    exitCode = await (await import("./commands/fidelity.ts")).fidelityCommand(options);
  });

program
  .command("explore")
  .description("search for the schedule of faults that breaks it, simulated, and make it small")
  .argument("<target>", "a row such as dual-script, a scenario, or a file with one")
  .option(
    "--seconds <n>",
    "how long, looking closer at what was found included (default: 60, unless --runs is given)",
    whole(1),
  )
  .option("--runs <n>", "how many schedules are drawn; the same number finds the same", whole(0))
  .option("--seed <n>", "fixes every draw (default: a new one, shown in the report)", whole(0))
  .option("--properties <names>", "what has to hold (default: all), or files of your own", "")
  .option("--faults <words>", "crash,pause,partition ... or kinds (default: all)", "")
  .option("--model <model>", "how many failures at a time", "anything-heals")
  .option("--vary", "also configurations around the given one", false)
  .option("--shard <i/n>", "every n-th part of the search, beginning with the i-th", shard)
  .option("--corpus <dir>", "what earlier searches found, and what was new to them")
  .option("--image <image>", "bookworm, trixie or sid", "sid")
  .option("--out <dir>", "where the report goes", "runs")
  .option("--confirm <n>", "then run each finding n times on containers", whole(1))
  .option("--only <ids>", "of the findings, confirm these", "")
  .action(async (target: string, options: ExploreCommandOptions) => {
    exitCode = await (await import("./commands/explore.ts")).exploreCommand(target, options);
  });

program
  .command("merge")
  .description("what the shards of one exploration found, as one report")
  .argument("<dir...>", "folders that explore wrote")
  .option("--out <dir>", "where the joined report goes", "runs/explored")
  .action(async (folders: string[], options: MergeOptions) => {
    exitCode = await (await import("./commands/merge.ts")).mergeCommand(folders, options);
  });

program
  .command("doctor")
  .description("what works on this machine, found by trying")
  .option("--clean", "remove everything of ours from the engine, kept clusters included", false)
  .action(async (options: { clean: boolean }) => {
    exitCode = await (await import("./commands/doctor.ts")).doctorCommand(options);
  });

program
  .command("test")
  .description("vipdrill's own tests: format, lint, types, unit, simulator, containers")
  .option("--no-docker", "without the container tests")
  .action(async (options: { docker: boolean }) => {
    exitCode = await (await import("./commands/test.ts")).testCommand(options);
  });

// `vipdrill lint ... | head`: who reads no further is no error, and what is under way goes on to its end.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
}

try {
  await program.parseAsync();
} catch (error) {
  await unlessLeaving();
  exitCode = report(error);
  await removeOwn();
}
await outputTaken();
process.exit(exitCode);

function withRunOptions(command: Command): Command {
  return command
    .addOption(
      new Option("--backend <backend>", "where to run")
        .choices(["auto", "docker", "sim"])
        .default("auto"),
    )
    .option("--seed <n>", "fixes every draw (default: a new one, shown in the report)", whole(0))
    .option("--repeat <n>", "runs of each scenario, with consecutive seeds", whole(1), 1)
    .option(
      "--jobs <n>",
      "clusters at the same time; more than one for every two processors makes figures worse",
      whole(1),
      1,
    )
    .option("--shard <i/n>", "every n-th run of the whole plan, beginning with the i-th", shard)
    .option("--out <dir>", "where run directories go", "runs")
    .option("--keep", "leave the cluster up and say how to reach it", false)
    .option(
      "--reporter <kind=file>",
      "also write html, json, junit, markdown, tap or github=FILE, - for standard output; may be repeated",
      collect,
      [],
    );
}

function keepalivedVersion(): Option {
  return new Option("--keepalived <version>", "the version that will read it")
    .choices(KEEPALIVED_VERSIONS)
    .default(DEFAULT_VERSION);
}

/** `5`, `5s`, `500ms`, in microseconds. */
function duration(text: string): number {
  const found = /^(\d+(?:\.\d+)?)(ms|s)?$/.exec(text);
  const value = Number(found?.[1]);
  if (found === null || value <= 0) {
    throw new InvalidArgumentError("Expected a time, such as 5s or 800ms.");
  }
  return Math.round(value * (found[2] === "ms" ? 1000 : 1_000_000));
}

function whole(min: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== "" && Number.isSafeInteger(value) && value >= min) return value;
    throw new InvalidArgumentError(`Expected a whole number, ${min} or more.`);
  };
}

function shard(text: string): { index: number; count: number } {
  const [index = 0, count = 0] = text.split("/").map(Number);
  if (Number.isSafeInteger(index) && Number.isSafeInteger(count) && index >= 1 && index <= count) {
    return { index, count };
  }
  throw new InvalidArgumentError("Expected i/n with 1 <= i <= n, such as 2/4.");
}

function collect(value: string, before: readonly string[]): string[] {
  return [...before, value];
}

/** One line for the user; the exit code says whose trouble it is. */
function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.asExpected : EXIT.usage;
  if (error instanceof InputError) {
    process.stderr.write(`vipdrill: ${error.message}\n`);
    return EXIT.usage;
  }
  if (error instanceof HarnessError) {
    if (error.message !== "") process.stderr.write(`vipdrill: ${error.message} [${error.code}]\n`);
    return EXIT.harness;
  }
  process.stderr.write(`vipdrill: ${messageOf(error)}\n`);
  if (process.env["VIPDRILL_DEBUG"] !== undefined && error instanceof Error) {
    process.stderr.write(`${error.stack ?? ""}\n`);
  }
  return EXIT.harness;
}
