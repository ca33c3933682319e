/**
 * Base images: Debian's official one where a registry answers, else made from Debian packages by
 * `images/make-base.sh` and imported.
 */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type Dockerode from "dockerode";
import { HarnessError, messageOf } from "../../../core/errors.ts";
import { RYUK_IMAGE } from "../reaper.ts";
import { contentHash } from "./context.ts";
import { follow, imageExists } from "./engine-images.ts";

export type Suite = "bookworm" | "trixie" | "sid";

const PULL_TIMEOUT_MS = 60_000;

/** Name of a local image that holds a minimal Debian of that suite. */
export async function ensureBase(
  docker: Dockerode,
  options: {
    readonly root: string;
    readonly suite: Suite;
    readonly progress: (text: string) => void;
  },
): Promise<string> {
  const script = join(options.root, "images/make-base.sh");
  const recipe = { path: "make-base.sh", mode: 0o755, content: readFileSync(script) };
  const tag = contentHash([recipe], [options.suite]);
  const repo = `vipdrill/base-${options.suite}`;
  const name = `${repo}:${tag}`;
  if (await imageExists(docker, name)) return name;
  const official = `debian:${options.suite}-slim`;
  options.progress(`looking for ${official} in a registry`);
  if (await pull(docker, official)) {
    await docker.getImage(official).tag({ repo, tag });
    // A registry answers, so the reaper's image can be had as well; without it we do too.
    await pull(docker, RYUK_IMAGE);
    return name;
  }
  options.progress(
    `no registry answers: making a base image from Debian packages (${options.suite}, about 30 s)`,
  );
  await importBase(docker, { script, suite: options.suite, repo, tag });
  return name;
}

/** True when the image is here afterwards. No registry is an answer, not an error. */
export async function pull(docker: Dockerode, name: string): Promise<boolean> {
  const abort = new AbortController();
  const timer = setTimeout(() => {
    abort.abort();
  }, PULL_TIMEOUT_MS);
  try {
    await follow(docker, await docker.pull(name, { abortSignal: abort.signal }));
    return true;
  } catch {
    return false; // unreachable, unknown or slow: the caller has another way
  } finally {
    clearTimeout(timer);
  }
}

async function importBase(
  docker: Dockerode,
  options: { script: string; suite: Suite; repo: string; tag: string },
): Promise<void> {
  const maker = spawn("sh", [options.script, options.suite], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said: string[] = [];
  maker.stderr.on("data", (chunk: Buffer) => said.push(chunk.toString("utf8")));
  const ended = new Promise<number>((resolve) => {
    maker.on("close", (code) => {
      resolve(code ?? 1);
    });
    maker.on("error", () => {
      resolve(127);
    });
  });
  try {
    const stream = await docker.importImage(maker.stdout, { repo: options.repo, tag: options.tag });
    await follow(docker, stream);
    const code = await ended;
    if (code !== 0) throw new Error(`exit code ${code}`);
  } catch (error) {
    maker.kill("SIGTERM");
    await ended;
    await docker
      .getImage(`${options.repo}:${options.tag}`)
      .remove({ force: true })
      .catch(() => undefined); // half an image must not be found next time; none is fine
    throw new HarnessError(
      "BASE_IMAGE_FAILED",
      `could not make a base image of ${options.suite}: ${lastLine(said) ?? messageOf(error)}`,
      { cause: error },
    );
  }
}

function lastLine(said: readonly string[]): string | undefined {
  return said.join("").trim().split("\n").at(-1) || undefined;
}
