/** Images are built before any run begins, with progress shown. */
import type { Engine } from "../backend/docker/engine.ts";
import { ensureImages } from "../backend/docker/images/images.ts";
import { startProgress } from "./progress.ts";

/** An image that is not to be had is a wrong input here, not a failed run later. */
export async function prepareImages(engine: Engine, images: readonly string[]): Promise<void> {
  const progress = startProgress("images");
  try {
    for (const image of images) {
      await ensureImages(engine.docker, {
        image,
        progress: (text) => {
          progress.update(text);
        },
      });
    }
  } finally {
    progress.stop();
  }
}
