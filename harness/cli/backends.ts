/** Which world a run takes place in: what was asked for, or what this machine has. */
import type { Engine } from "../backend/docker/engine.ts";
import type { Backend } from "../backend/backend.ts";
import { isSimulatedImage, simBackend, SIMULATED_IMAGES } from "../backend/sim/backend.ts";
import { InputError, messageOf } from "../core/errors.ts";

export type BackendChoice = "auto" | "docker" | "sim";

export interface ChosenBackend {
  readonly backend: Backend;
  /** After the last run: what a killed run left is taken away. */
  finish(): Promise<void>;
}

export interface BackendRequest {
  readonly choice: BackendChoice;
  readonly images: readonly string[];
  readonly keep: boolean;
}

/** `auto`: containers when an engine answers, else the simulator; which and why is said. */
export async function chooseBackend(request: BackendRequest): Promise<ChosenBackend> {
  switch (request.choice) {
    case "sim":
      return simulator(request, "as asked");
    case "docker":
      return containers(request);
    case "auto": {
      const reason = await whyNoEngine();
      if (reason === undefined) return containers(request);
      return simulator(request, `${reason}; --backend docker sets one up where it can`);
    }
  }
}

async function whyNoEngine(): Promise<string | undefined> {
  const { connectEngine } = await import("../backend/docker/engine.ts");
  try {
    await connectEngine();
    return undefined;
  } catch (error) {
    if (error instanceof InputError) throw error;
    // The first sentence is the reason; what to try follows from being told the backend.
    return messageOf(error).split(". ")[0] ?? "";
  }
}

/** Loaded only when needed: the simulator answers before these modules would be there. */
async function containers({ images, keep }: BackendRequest): Promise<ChosenBackend> {
  const { dockerBackend } = await import("../backend/docker/backend.ts");
  const { prepareImages } = await import("./images.ts");
  const { readyEngine, sweepAbandoned } = await import("./engine.ts");
  const engine: Engine = await readyEngine();
  process.stderr.write(
    `vipdrill: containers on Docker Engine ${engine.serverVersion} (${engine.operatingSystem})\n`,
  );
  await prepareImages(engine, images);
  return {
    backend: dockerBackend({ engine, keep }),
    finish: () => sweepAbandoned(engine),
  };
}

function simulator({ images, keep }: BackendRequest, why: string): ChosenBackend {
  if (keep) {
    throw new InputError(
      "CANNOT_KEEP",
      "--keep needs containers: a simulated cluster has no nodes",
    );
  }
  const image = images.find((name) => !isSimulatedImage(name));
  if (image !== undefined) {
    throw new InputError(
      "IMAGE_NOT_SIMULATED",
      `the simulator knows ${SIMULATED_IMAGES.join(", ")}, not the image ${image}; use --backend docker`,
    );
  }
  process.stderr.write(`vipdrill: SIMULATED, nothing is measured (${why})\n`);
  return { backend: simBackend(), finish: () => Promise.resolve() };
}
