/** The engine's side of images: is it there, and following the engine's progress to its end. */
import type Dockerode from "dockerode";
import { HarnessError } from "../../../core/errors.ts";

export async function imageExists(docker: Dockerode, name: string): Promise<boolean> {
  try {
    await docker.getImage(name).inspect();
    return true;
  } catch (error) {
    if (error instanceof Error && "statusCode" in error && error.statusCode === 404) return false;
    throw error;
  }
}

interface ProgressLine {
  readonly stream?: string;
  readonly error?: string;
}

/** Reads a progress stream to its end; throws what the engine reports as an error. */
export async function follow(
  docker: Dockerode,
  stream: NodeJS.ReadableStream,
  onLine: (line: string) => void = () => undefined,
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    docker.modem.followProgress(
      stream,
      (error: Error | null, lines: ProgressLine[] | null) => {
        const failure = lines?.find((line) => line.error !== undefined)?.error;
        if (error !== null) reject(error);
        else if (failure !== undefined) reject(new HarnessError("ENGINE_REFUSED", failure));
        else resolve();
      },
      (line: ProgressLine) => {
        if (line.stream !== undefined && line.stream.trim() !== "") onLine(line.stream.trim());
      },
    );
  });
}
