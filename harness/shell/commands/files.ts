/** Files: rm, mv, cp, touch, mkdir, ls, stat and the like, on a host that keeps texts by path. */
import type { CommandEnd } from "../host.ts";
import { ended, optionsOf, unmodelled, type Call } from "./call.ts";

export function rm(call: Call): CommandEnd {
  const options = optionsOf(call.args, "rRfivd", "");
  let errors = "";
  for (const path of options.rest) {
    if (!call.host.removeFile(path) && !options.has("f"))
      errors += `rm: cannot remove '${path}': No such file or directory\n`;
  }
  return ended("", errors === "" ? 0 : 1, errors);
}

/** cp and mv of one file. */
export function copy(call: Call): CommandEnd {
  const options = optionsOf(call.args, "afprRuvnbdLPTi", "t", { "--force": "f" });
  const [from = "", to = "", more] = options.rest;
  if (more !== undefined) return unmodelled(`${call.name} of several files`);
  const text = call.host.readFile(from);
  if (text === undefined) {
    if (call.host.fileKind(from) !== undefined) {
      call.host.act(call.argv);
      return ended("");
    }
    return ended("", 1, `${call.name}: cannot stat '${from}': No such file or directory\n`);
  }
  const target =
    call.host.fileKind(to) === "directory"
      ? `${to.replace(/\/$/, "")}/${from.split("/").at(-1) ?? ""}`
      : to;
  if (!call.host.writeFile(target, text, false))
    return ended("", 1, `${call.name}: cannot create '${target}'\n`);
  if (call.name === "mv") call.host.removeFile(from);
  return ended("");
}

export function touch(call: Call): CommandEnd {
  const options = optionsOf(call.args, "acmh", "drt");
  let errors = "";
  for (const path of options.rest) {
    if (!call.host.writeFile(path, "", true)) errors += `touch: cannot touch '${path}'\n`;
  }
  return ended("", errors === "" ? 0 : 1, errors);
}

/** Folders, owners and modes are not kept: recorded, and taken to succeed. */
export function accepted(call: Call): CommandEnd {
  call.host.act(call.argv);
  return ended("");
}

export function ls(call: Call): CommandEnd {
  const options = optionsOf(call.args, "laAh1tSrdiRFn", "", { "--color": "1" });
  const paths = options.rest.length === 0 ? ["."] : options.rest;
  let out = "";
  let errors = "";
  for (const path of paths) {
    const kind = call.host.fileKind(path);
    if (kind === undefined) errors += `ls: cannot access '${path}': No such file or directory\n`;
    else if (kind === "directory" && !options.has("d"))
      return unmodelled(`ls of the folder ${path}`);
    else
      out += options.has("l")
        ? `-rw-r--r-- 1 root root ${String(call.host.readFile(path)?.length ?? 0)} Jan  1 00:00 ${path}\n`
        : `${path}\n`;
  }
  return ended(out, errors === "" ? 0 : 2, errors);
}

/** Only the size of a file is known, not its times. */
export function stat(call: Call): CommandEnd {
  const options = optionsOf(call.args, "L", "c", {
    "--format=": "c",
    "--printf=": "c",
    "--dereference": "L",
  });
  const [path = ""] = options.rest;
  if (call.host.fileKind(path) === undefined)
    return ended("", 1, `stat: cannot statx '${path}': No such file or directory\n`);
  const format = options.value("c");
  if (format === undefined || !/^%[sn]$/.test(format))
    return unmodelled(`stat ${format ?? ""}: files have no times or owners here`);
  return ended(
    format === "%n" ? `${path}\n` : `${String(call.host.readFile(path)?.length ?? 0)}\n`,
  );
}

export function readlink(call: Call): CommandEnd {
  const path = call.args.find((arg) => !arg.startsWith("-")) ?? "";
  const canonical = call.name === "realpath" || call.args.some((arg) => /^-[fem]/.test(arg));
  return canonical ? ended(`${path}\n`) : ended("", 1);
}

export function mktemp(call: Call): CommandEnd {
  const directory = call.args.some((arg) => /^-\w*d/.test(arg));
  const path = "/tmp/tmp.A1b2C3d4E5";
  if (!directory) call.host.writeFile(path, "", false);
  return ended(`${path}\n`);
}

/** where(1) of names, not folders: the usual one is named. */
export function which(call: Call): CommandEnd {
  const names = call.args.filter((arg) => !arg.startsWith("-"));
  const found = names.filter((name) => !call.host.lacksCommand(name));
  const out = found
    .map((name) => (name.includes("/") ? `${name}\n` : `/usr/bin/${name}\n`))
    .join("");
  return ended(out, found.length === names.length && names.length > 0 ? 0 : 1);
}
