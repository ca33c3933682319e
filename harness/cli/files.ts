/** Where a report is to go has to be known before the drill, not after it. */
import { existsSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { InputError } from "../core/errors.ts";

export function demandFolder(file: string): void {
  const path = resolve(file);
  const folder = dirname(path);
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) {
    throw new InputError("NOT_A_FILE", `${file} cannot be written: it is a folder`);
  }
  if (existsSync(folder)) return;
  throw new InputError("NO_SUCH_FOLDER", `${file} cannot be written: there is no folder ${folder}`);
}
