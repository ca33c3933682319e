/** Where the streams of a command go. */
import type { Redirect } from "./ast.ts";
import { NULL_STREAM, type ShellState, type Stream } from "./state.ts";

export const TCP: RegExp = /^\/dev\/(?:tcp|udp)\/([^/]+)\/([^/]+)$/;

/** One redirection; the text of an error, or nothing. */
export function redirectTo(
  fds: (Stream | undefined)[],
  redirect: Redirect,
  target: string,
  state: ShellState,
): string | undefined {
  switch (redirect.operator) {
    case "<<":
    case "<<<":
      fds[redirect.fd] = {
        kind: "input",
        text: redirect.operator === "<<<" ? `${target}\n` : target,
        at: 0,
      };
      return undefined;
    case ">&":
    case "<&":
      if (/^\d+$/.test(target)) {
        if (fds[Number(target)] === undefined) return `${target}: Bad file descriptor`;
        fds[redirect.fd] = fds[Number(target)];
        return undefined;
      }
      if (target === "-") {
        fds[redirect.fd] = undefined;
        return undefined;
      }
      return openBoth(fds, target, false, state);
    case "&>":
      return openBoth(fds, target, false, state);
    case "&>>":
      return openBoth(fds, target, true, state);
    case "<":
    case "<>":
      return openInput(fds, redirect.fd, target, state);
    case ">":
    case ">>":
      return openOutput(fds, redirect.fd, target, redirect.operator === ">>", state);
  }
}

function openBoth(
  fds: (Stream | undefined)[],
  target: string,
  append: boolean,
  state: ShellState,
): string | undefined {
  const error = openOutput(fds, 1, target, append, state);
  fds[2] = fds[1];
  return error;
}

function openInput(
  fds: (Stream | undefined)[],
  fd: number,
  target: string,
  state: ShellState,
): string | undefined {
  if (target === "/dev/stdin" || target === "-") return undefined;
  const text = target === "/dev/null" ? "" : state.shared.host.readFile(state.absolute(target));
  if (text === undefined) return `${target}: No such file or directory`;
  fds[fd] = { kind: "input", text, at: 0 };
  return undefined;
}

function openOutput(
  fds: (Stream | undefined)[],
  fd: number,
  target: string,
  append: boolean,
  state: ShellState,
): string | undefined {
  if (target === "/dev/null" || target === "/dev/tty" || target === "/dev/console") {
    fds[fd] = NULL_STREAM;
  } else if (target === "/dev/stdout") fds[fd] = fds[1];
  else if (target === "/dev/stderr") fds[fd] = fds[2];
  else {
    if (target === "") return ": No such file or directory";
    const path = state.absolute(target);
    if (!state.shared.host.writeFile(path, "", append)) return `${target}: Permission denied`;
    fds[fd] = { kind: "file", path };
  }
  return undefined;
}
