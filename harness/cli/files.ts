/** Where a report is to go has to be known before the drill, not after it. */
import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { InputError } from "../core/errors.ts";

export function demandFolder(file: string): void {
  const folder = dirname(resolve(file));
  if (existsSync(folder)) return;
  throw new InputError("NO_SUCH_FOLDER", `${file} cannot be written: there is no folder ${folder}`);
}
