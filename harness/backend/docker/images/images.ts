/**
 * The images a cluster needs, built when their sources have changed and found by their content
 * otherwise.
 */
import { join, resolve } from "node:path";
import type Dockerode from "dockerode";
import { HarnessError, InputError, messageOf } from "../../../core/errors.ts";
import { ensureBase, pull, type Suite } from "./base.ts";
import { clientBundle, isProgramSource } from "./client-bundle.ts";
import { contentHash, filesUnder, packContext, type ContextFile } from "./context.ts";
import { follow, imageExists } from "./engine-images.ts";

export const LINES = ["bookworm", "trixie", "sid"] as const;
export type Line = (typeof LINES)[number];

export interface ImageSet {
  readonly host: string;
  readonly toolbox: string;
  readonly observer: string;
}

interface Recipe {
  readonly name: string;
  readonly suite: Suite;
  /** One of our own images; absent: the suite's base. */
  readonly onTopOf?: string;
  readonly files: readonly ContextFile[];
  readonly args: Readonly<Record<string, string>>;
}

export interface ImageRequest {
  /** A line of ours, or the name of a user's own image. */
  readonly image: string;
  readonly progress: (text: string) => void;
}

/** The suite whose toolbox and observer go with every line. */
const TOOLS_SUITE: Suite = "sid";

/** The only one with a user-mode kernel that has ip_vs and netem (docs/own-kernel.md). */
const KERNEL_SUITE: Suite = "sid";

const ROOT = resolve(import.meta.dirname, "../../../..");

export async function ensureImages(docker: Dockerode, request: ImageRequest): Promise<ImageSet> {
  const host = isLine(request.image)
    ? await ensureBuilt(docker, hostRecipe(request.image), request)
    : await ensureUserImage(docker, request);
  const toolbox = await ensureToolbox(docker, request.progress);
  const observer = await ensureBuilt(
    docker,
    recipe("observer", TOOLS_SUITE, clientBundle(ROOT)),
    request,
  );
  return { host, toolbox, observer };
}

export function ensureToolbox(
  docker: Dockerode,
  progress: (text: string) => void,
): Promise<string> {
  return ensureBuilt(docker, recipe("toolbox", TOOLS_SUITE, []), { progress });
}

/** The host image of a line with a kernel of its own, which is sid's and brings its C library along. Throws `KERNEL_FEATURE_MISSING` for any other image. */
export async function ensureOwnKernel(
  docker: Dockerode,
  line: string,
  progress: (text: string) => void,
): Promise<string> {
  if (!isLine(line)) {
    throw new InputError(
      "KERNEL_FEATURE_MISSING",
      `a node asks for what the engine's kernel does not have; a kernel of its own is to be had with ${LINES.join(", ")}, not with --image ${line}`,
    );
  }
  const onTopOf = await ensureBuilt(docker, hostRecipe(line), { progress });
  const kernelBase = await ensureBase(docker, { root: ROOT, suite: KERNEL_SUITE, progress });
  const own = recipe("own-kernel", line, []);
  return ensureBuilt(
    docker,
    { ...own, name: `own-kernel-${line}`, onTopOf, args: { KERNEL_BASE: kernelBase } },
    { progress },
  );
}

export function isLine(image: string): image is Line {
  return (LINES as readonly string[]).includes(image);
}

function hostRecipe(line: Line): Recipe {
  return { ...recipe("host", line, []), name: `host-${line}`, args: { LINE: line } };
}

function recipe(folder: string, suite: Suite, extra: readonly ContextFile[]): Recipe {
  const files = filesUnder(join(ROOT, "images", folder), {
    skip: isProgramSource,
  });
  return { name: folder, suite, files: [...files, ...extra], args: {} };
}

async function ensureBuilt(
  docker: Dockerode,
  wanted: Recipe,
  request: Pick<ImageRequest, "progress">,
): Promise<string> {
  const { onTopOf } = wanted;
  const below = onTopOf === undefined ? [] : [onTopOf];
  const tag = contentHash(wanted.files, [wanted.suite, ...Object.values(wanted.args), ...below]);
  const image = `vipdrill/${wanted.name}:${tag}`;
  if (await imageExists(docker, image)) return image;
  const base =
    onTopOf ?? (await ensureBase(docker, { root: ROOT, suite: wanted.suite, ...request }));
  request.progress(`building image ${wanted.name} (once, until its sources change)`);
  const said: string[] = [];
  try {
    const stream = await docker.buildImage(packContext(wanted.files), {
      t: image,
      buildargs: { BASE: base, ...wanted.args },
      rm: true,
      forcerm: true,
    });
    await follow(docker, stream, (line) => {
      said.push(line);
      const step = /^Step \d+\/\d+/.exec(line)?.[0];
      if (step !== undefined) request.progress(`building image ${wanted.name}: ${step}`);
    });
  } catch (error) {
    const output = said.slice(-8).join(" | ");
    throw new HarnessError(
      "IMAGE_BUILD_FAILED",
      `building ${wanted.name} failed: ${messageOf(error).slice(0, 200)}. It said last: ${output}`,
      { cause: error },
    );
  }
  return image;
}

async function ensureUserImage(docker: Dockerode, request: ImageRequest): Promise<string> {
  if (await imageExists(docker, request.image)) return request.image;
  request.progress(`pulling ${request.image}`);
  if (await pull(docker, request.image)) return request.image;
  throw new InputError(
    "IMAGE_UNKNOWN",
    `--image ${request.image}: neither one of ${LINES.join(", ")}, nor an image here, nor one that can be pulled`,
  );
}

/** Names of our images that are on the engine. */
export async function builtImages(docker: Dockerode): Promise<string[]> {
  const images = await docker.listImages({
    filters: JSON.stringify({ reference: ["vipdrill/*"] }),
  });
  return [...new Set(images.flatMap((image) => image.RepoTags ?? []))].sort();
}
