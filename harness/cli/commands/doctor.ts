/** `doctor`: tries every primitive on this machine, says what works, and cleans up on request. */
import { statfsSync } from "node:fs";
import { missingCapabilities, TRIED } from "../../backend/docker/capabilities.ts";
import { connectEngine, type Engine } from "../../backend/docker/engine.ts";
import { delaySource } from "../../backend/docker/delay-source.ts";
import { featureSources } from "../../backend/docker/feature-sources.ts";
import { builtImages } from "../../backend/docker/images/images.ts";
import {
  abandoned,
  count,
  describeLeftovers,
  everything,
  find,
  sweep,
} from "../../backend/docker/sweep.ts";
import { CAPABILITIES } from "../../fault/definition.ts";
import { HarnessError, messageOf } from "../../core/errors.ts";
import { EXIT } from "../exit-codes.ts";

export async function doctorCommand(options: { readonly clean: boolean }): Promise<number> {
  say("ok", `Node ${process.version}`);
  let engine: Engine;
  try {
    engine = await connectEngine();
  } catch (error) {
    say("no", error instanceof HarnessError ? error.message : messageOf(error));
    return EXIT.harness;
  }
  say("ok", `Docker Engine ${engine.serverVersion} on ${engine.operatingSystem}`);
  await cleanUp(engine, options.clean);
  if (options.clean) return EXIT.asExpected;
  sayDiskSpace();
  const images = await builtImages(engine.docker);
  say(
    "ok",
    images.length === 0
      ? "no images built yet: the first run builds them (the toolbox is built now, to try things with)"
      : `images: ${images.join(", ")}`,
  );
  const primitives = await tryPrimitives(engine);
  const features = await tryFeatures(engine);
  return Math.max(primitives, features);
}

const SOURCE_WORDS = {
  engine: "engine's kernel",
  own: "own kernel (the engine's has none; a node that asks for it gets a kernel of its own)",
  none: "not available",
} as const;

async function tryFeatures({ docker }: Engine): Promise<number> {
  const sources = await featureSources(docker, sayProgress);
  for (const { feature, source, detail } of sources) {
    say(source === "none" ? "no" : "ok", `${feature}: ${SOURCE_WORDS[source]}: ${detail}`);
  }
  const delay = await delaySource(docker, sayProgress);
  if (typeof delay === "object") say("no", `delays on plain nodes: not available: ${delay.reason}`);
  else say("ok", `delays on plain nodes: ${DELAY_WORDS[delay]}`);
  const lacking = typeof delay === "object" || sources.some(({ source }) => source === "none");
  return lacking ? EXIT.inconclusive : EXIT.asExpected;
}

const DELAY_WORDS = {
  kernel: "netem of the engine's kernel",
  emulator: "a link emulator (the engine's kernel has no netem)",
} as const;

function sayProgress(text: string): void {
  process.stderr.write(`vipdrill: ${text}\n`);
}

async function tryPrimitives(engine: Engine): Promise<number> {
  const missing = await missingCapabilities(engine.docker, sayProgress, true);
  for (const capability of TRIED) {
    const words = CAPABILITIES[capability];
    const lacking = missing.find((item) => item.capability === capability);
    if (lacking === undefined) say("ok", `${capability}: ${words}`);
    else
      say(
        "no",
        `${capability}: ${lacking.reason.replace(/\.$/, "")}. Faults that need it are skipped`,
      );
  }
  return missing.length === 0 ? EXIT.asExpected : EXIT.inconclusive;
}

async function cleanUp(engine: Engine, clean: boolean): Promise<void> {
  if (clean) {
    const removed = await sweep(engine.docker, everything);
    say("ok", count(removed) === 0 ? "nothing to remove" : `removed ${describeLeftovers(removed)}`);
    return;
  }
  const removed = await sweep(engine.docker, abandoned);
  if (count(removed) > 0)
    say("ok", `removed what a killed run left: ${describeLeftovers(removed)}`);
  const left = await find(engine.docker, everything);
  say(
    "ok",
    count(left) === 0
      ? "nothing of ours on the engine"
      : `on the engine: ${describeLeftovers(left)}, of runs under way or kept. doctor --clean removes them`,
  );
}

/** A set of images and a few runs. */
const SPACE_WANTED_GIB = 4;

function sayDiskSpace(): void {
  const { bavail, bsize } = statfsSync(".");
  const gib = (bavail * bsize) / 2 ** 30;
  say(
    gib >= SPACE_WANTED_GIB ? "ok" : "no",
    `${gib.toFixed(1)} GiB free here (images need about 3)`,
  );
}

function say(state: "ok" | "no", text: string): void {
  process.stdout.write(`${state === "ok" ? "  ok  " : "  NO  "} ${text}\n`);
}
