/** What can be read off the text of a script without running it. */
import { conductOf, passes } from "../conduct.ts";
import { allAddresses, membersOf } from "../routers.ts";
import type { Problem, Rule, RuleContext } from "../rule.ts";
import { roleName, type ScriptUse } from "../script-use.ts";
import {
  canBeExecuted,
  codeLines,
  fillIn,
  firstLine,
  interpreterOf,
  isShellScript,
  literals,
  placeIn,
  type ScriptText,
} from "../script-text.ts";

interface Written extends ScriptUse {
  readonly text: ScriptText;
}

/** Uses whose text is at hand; a file that two lines name is looked at once for each node. */
function written({ scripts }: RuleContext): Written[] {
  const seen = new Set<string>();
  return scripts.flatMap((use) => {
    const { text } = use;
    if (text === undefined) return [];
    const key = [use.node.file, text.kind, text.file, text.kind === "file" ? "" : text.text].join(
      "\0",
    );
    if (seen.has(key)) return [];
    seen.add(key);
    return [{ ...use, text }];
  });
}

function shellScripts(context: RuleContext): Written[] {
  return written(context).filter(({ text }) => isShellScript(text));
}

function problemAt(
  use: Written,
  line: number,
  rest: Omit<Problem, "node" | "at" | "related">,
): Problem {
  const { node, command, text } = use;
  return {
    node,
    at: placeIn(text, command, line),
    ...(text.kind === "inline"
      ? {}
      : { related: [{ at: command.at, note: `run as ${roleName(use.role)}` }] }),
    ...rest,
  };
}

const passwordOnCommandLine: Rule = {
  id: "VD310",
  name: "password-on-command-line",
  severity: "warning",
  title: "a password on the command line",
  why: "Every user of the host sees it in the process list each time the check runs, and the client writes a warning. In a script that others may read it is open all the time.",
  mend: "Use --defaults-extra-file with a file that only root reads, or mysql_config_editor, with an account that may do nothing else.",
  source: "MySQL manual, End-User Guidelines for Password Security",
  *check(context) {
    for (const use of shellScripts(context)) {
      const values = literals(use.text);
      for (const { line, code } of codeLines(use.text)) {
        const filled = fillIn(code, values);
        if (!/\b(?:mysql|mariadb)(?:admin|show|dump|check)?\b/.test(filled)) continue;
        if (!/\s(?:-p[^\s]|--password=\S)/.test(filled)) continue;
        yield problemAt(use, line, {
          what: "The password of the account can be read by anyone who runs ps while the check runs.",
        });
        break;
      }
    }
  },
};

const noInterpreterLine: Rule = {
  id: "VD311",
  name: "no-interpreter-line",
  severity: "error",
  title: "a script without #! counts as successful",
  why: "keepalived executes the file itself, the kernel refuses a text without #!, and keepalived ends the attempt with status 0. The check then succeeds for ever; a notify script does nothing.",
  mend: "Begin the file with #!/bin/sh or #!/bin/bash.",
  source: "notify.c:system_call_script (2.2.7, 2.3.4); seen with 2.3.4",
  *check(context) {
    for (const use of written(context)) {
      if (canBeExecuted(use.text, context.version) || firstLine(use.text).endsWith("\r")) continue;
      yield problemAt(use, 1, {
        what:
          use.role.kind === "check"
            ? `${roleName(use.role)} never fails: the file cannot be executed, and that counts as success.`
            : `${roleName(use.role)} is never run: the file cannot be executed.`,
      });
    }
  },
};

const carriageReturn: Rule = {
  id: "VD312",
  name: "carriage-return-in-script",
  severity: "error",
  title: "a script with DOS line ends",
  why: "The kernel looks for an interpreter whose name ends in a carriage return, finds none, and keepalived ends the attempt with status 0: the check succeeds for ever. Before 2.0 the shell's 126 or 127 is made 0 too.",
  mend: "Convert the file: sed -i 's/\\r$//' FILE",
  source: "notify.c:system_call_script (1.4.3, 2.2.7); seen with 2.3.4",
  *check(context) {
    for (const use of written(context)) {
      if (use.text.kind !== "file" || !firstLine(use.text).endsWith("\r")) continue;
      if (!use.text.direct) continue;
      yield problemAt(use, 1, {
        what:
          use.role.kind === "check"
            ? `${roleName(use.role)} never fails: its interpreter is not found, and that counts as success.`
            : `${roleName(use.role)} is never run: its interpreter is not found.`,
      });
    }
  },
};

const grepFindsItself: Rule = {
  id: "VD313",
  name: "grep-finds-itself",
  severity: "warning",
  title: "ps | grep finds its own grep",
  why: "The grep is in the process list while ps runs, often, so the count is not 0 when the process is gone. The script's own name is found as well where it contains the word.",
  mend: "Use pgrep -x mysqld, or pidof mysqld.",
  source: "ps(1), pgrep(1)",
  *check(context) {
    for (const use of shellScripts(context)) {
      const down = conductOf(use, "mysqld-down");
      if (down !== undefined && !passes(down)) continue; // it was run, and it does find out
      for (const { line, code } of codeLines(use.text)) {
        const match = /\bps\s[^|]*\|\s*[ef]?grep\s+(?!-v)([^|]*)/.exec(code);
        if (match === null || /grep\s+(?:-\w+\s+)*-v\w*\s+["']?(?:\w*grep|\$)/.test(code)) continue;
        if (/\[[^\]]\]/.test(match[1] ?? "")) continue; // the [m]ysqld trick
        yield problemAt(use, line, {
          what: "The line can find itself and report a process that is gone.",
        });
        break;
      }
    }
  },
};

const portSubstring: Rule = {
  id: "VD314",
  name: "port-as-substring",
  severity: "info",
  title: "3306 is found in other numbers",
  why: "A plain grep for 3306 also matches 33060 (the X Protocol), 13306 and process numbers. Without LISTEN it matches connections as well, which outlive the listening socket.",
  mend: "Let ss match the port: ss -Hltn 'sport = :3306' | grep -q . Better, ask mysqld.",
  source: "MySQL manual, mysqlx_port; ss(8)",
  *check(context) {
    for (const use of shellScripts(context)) {
      for (const { line, code } of codeLines(use.text)) {
        if (!/\b(?:netstat|ss|lsof)\b/.test(code)) continue;
        const match = /grep\s+((?:-\w+\s+)*)["']?:?3306["']?(?=[\s|;)`]|$)/.exec(code);
        if (match === null || /-\w*w/.test(match[1] ?? "")) continue;
        const listening = /LISTEN|(?:netstat|ss)\s+-\w*l/.test(code);
        yield problemAt(use, line, {
          severity: listening ? "info" : "warning",
          what: listening
            ? "Another program on port 33060 or 13306 would count as mysqld."
            : "Connections to any server's port 3306, closed ones included, count as a mysqld that listens.",
        });
        break;
      }
    }
  },
};

const checkThroughVip: Rule = {
  id: "VD316",
  name: "check-through-vip",
  severity: "warning",
  title: "the check asks another server than its own mysqld",
  why: "Through the VIP the standby asks the holder's server. A dead holder fails the check on all nodes at once, and a standby with a dead mysqld looks well until it takes over.",
  mend: "Ask 127.0.0.1 or the socket.",
  source: "vrrp_track.c (2.2.7): a result counts on the node that runs the check",
  *check(context) {
    for (const use of shellScripts(context)) {
      if (use.role.kind !== "check" && use.role.kind !== "misc-check") continue;
      const vips = membersOf(use.node).flatMap(({ instance }) =>
        allAddresses(instance).map(({ address }) => address),
      );
      const others = otherNodes(context, use);
      const values = literals(use.text);
      for (const { line, code } of codeLines(use.text)) {
        const host = connectsTo(fillIn(code, values));
        if (host === undefined) continue;
        const what = vips.includes(host) ? "a VIP" : others.has(host) ? "another node" : undefined;
        if (what === undefined) continue;
        yield problemAt(use, line, {
          what: `${roleName(use.role)} connects to ${host}, ${what}.`,
        });
        break;
      }
    }
  },
};

/** Addresses of nodes other than the one that runs the check, as far as the files tell. */
function otherNodes({ nodes }: RuleContext, { node }: ScriptUse): ReadonlySet<string> {
  const peers = membersOf(node).flatMap(({ instance }) =>
    instance.unicastPeers.map(({ address }) => address),
  );
  const sources = nodes
    .filter((other) => other !== node)
    .flatMap(membersOf)
    .flatMap(({ instance }) => instance.sourceAddress ?? []);
  const own = new Set(membersOf(node).map(({ instance }) => instance.sourceAddress ?? ""));
  return new Set([...peers, ...sources].filter((address) => !own.has(address)));
}

function connectsTo(code: string): string | undefined {
  const client =
    /\b(?:mysql|mariadb)(?:admin|show)?\b.*?\s(?:-h\s*|--host[=\s])["']?([\w.:]+)/.exec(code);
  const probe = /\b(?:nc|ncat|telnet)\s+(?:-\S+\s+)*["']?([\d.]+)/.exec(code);
  const device = /\/dev\/tcp\/([\w.]+)\//.exec(code);
  return (client ?? probe ?? device)?.[1];
}

/** Names that are right although they look like a slip of another. */
const SERVICES = ["mysql", "mysqld", "mariadb", "mariadbd", "keepalived"] as const;

const unknownService: Rule = {
  id: "VD307",
  name: "service-name-misspelt",
  severity: "warning",
  title: "a service name that looks misspelt",
  why: "The command fails each time, so what the script does to recover never happens.",
  mend: "Correct the name.",
  source: "systemctl(1): status 5, unit not found",
  *check(context) {
    for (const use of shellScripts(context)) {
      for (const { line, code } of codeLines(use.text)) {
        const name = serviceIn(code);
        if (name === undefined || SERVICES.some((known) => known === name)) continue;
        const meant = SERVICES.find((known) => isSlip(name, known));
        if (meant === undefined) continue;
        yield problemAt(use, line, {
          what: `There is no service ${name}; ${meant} is likely meant.`,
        });
      }
    }
  },
};

function serviceIn(code: string): string | undefined {
  const match =
    /\bservice\s+([\w@.-]+)\s+\w+/.exec(code) ??
    /\bsystemctl\s+(?:-\S+\s+)*(?:start|stop|restart|reload|status|is-active|kill)\s+([\w@.-]+)/.exec(
      code,
    ) ??
    /\/etc\/(?:rc\.d\/)?init\.d\/([\w-]+)/.exec(code);
  return match?.[1]?.replace(/\.service$/, "");
}

/** One letter more, less or other, and no number at the end (mysql2 is a second instance). */
function isSlip(name: string, known: string): boolean {
  if (/[\d@]/.test(name) || Math.abs(name.length - known.length) > 1) return false;
  const shorter = name.length <= known.length ? name : known;
  const longer = shorter === name ? known : name;
  let at = 0;
  while (at < shorter.length && shorter[at] === longer[at]) at++;
  const rest = longer.slice(at + 1);
  return rest === (shorter.length === longer.length ? shorter.slice(at + 1) : shorter.slice(at));
}

/** What dash and other POSIX shells do not have, with what becomes of it. */
const BASHISMS: readonly (readonly [RegExp, string])[] = [
  [/(?:^|[\s;])\[\[\s/, "[["],
  [/^\s*function\s+\w+/, "function"],
  [/^\s*let\s/, "let"],
  [/<<</, "<<<"],
  [
    /(?:^|[^0-9&])&>/,
    "&>, which runs the command in the background and takes the status of an empty redirection: always 0",
  ],
  [/\s\[\s[^\]]*[^=!<>]==[^=]/, "== in [ ]"],
  [/(?:^|[\s;])\(\(\s*\w/, "(( ))"],
  [/\/dev\/tcp\//, "/dev/tcp"],
];

const bashInSh: Rule = {
  id: "VD319",
  name: "bash-words-in-sh",
  severity: "warning",
  title: "a script for sh uses what only bash has",
  why: "Where /bin/sh is dash (Debian, Ubuntu) the line is an error or does something else. A check then fails for ever, or never.",
  mend: "Write #!/bin/bash, or use what POSIX has.",
  source: "dash(1); POSIX Shell Command Language",
  *check(context) {
    for (const use of written(context)) {
      if (use.text.kind !== "file" || !use.text.direct) continue;
      if (!["sh", "dash"].includes(interpreterOf(use.text) ?? "")) continue;
      for (const { line, code } of codeLines(use.text)) {
        const found = BASHISMS.find(([pattern]) =>
          pattern.test(` ${code}`.replace(/^ (?=\s*function|\s*let)/, "")),
        );
        if (found === undefined) continue;
        yield problemAt(use, line, { what: `dash does not know ${found[1]}.` });
        break;
      }
    }
  },
};

/** Set by the system, the shell or keepalived. */
const GIVEN = new Set(
  "PATH HOME PWD OLDPWD USER LOGNAME SHELL HOSTNAME HOSTTYPE IFS PPID UID EUID RANDOM SECONDS LINENO BASH BASH_SOURCE FUNCNAME PIPESTATUS BASHPID OSTYPE TERM LANG REPLY OPTARG OPTIND".split(
    " ",
  ),
);

const unsetVariable: Rule = {
  id: "VD320",
  name: "variable-never-set",
  severity: "warning",
  title: "a variable is read that differs only in case from one that is set",
  why: "The shell takes an unset variable as empty, so a comparison with it is always the same.",
  mend: "Correct the name; set -u makes the shell say so.",
  source: "POSIX Shell Command Language 2.6.2",
  *check(context) {
    for (const use of shellScripts(context)) {
      const { text } = use.text;
      const known = new Set(
        [
          ...text.matchAll(
            /(?:^|[\s;(])(?:export\s+|local\s+|readonly\s+|declare\s+(?:-\w+\s+)*)?([A-Za-z_]\w*)\+?=/g,
          ),
        ].map((match) => match[1] ?? ""),
      );
      for (const { line, code } of codeLines(use.text)) {
        const read = [...code.matchAll(/\$\{?([A-Za-z_]\w*)/g)].map((match) => match[1] ?? "");
        const slip = read
          .filter((name) => !known.has(name) && !GIVEN.has(name))
          .map((name) => ({
            name,
            meant: [...known].find((other) => other.toLowerCase() === name.toLowerCase()),
          }))
          .find(({ meant }) => meant !== undefined);
        if (slip === undefined) continue;
        yield problemAt(use, line, {
          what: `${slip.name} is never set; ${slip.meant ?? ""} is.`,
        });
        break;
      }
    }
  },
};

const lookalikesInScript: Rule = {
  id: "VD325",
  name: "lookalike-characters-in-script",
  severity: "error",
  title: "characters in a script that only look like blanks or quotes",
  why: "Text copied from a web page often has no-break spaces and curly quotes. To the shell they are letters of a command's name, which is then not found.",
  mend: "Replace them by plain blanks and quotes.",
  source: "POSIX Shell Command Language 2.3",
  *check(context) {
    for (const use of written(context)) {
      for (const { line, code } of codeLines(use.text)) {
        if (!/[\u00A0\u200B\u3000\u2018\u2019\u201C\u201D\uFEFF]/.test(outsideQuotes(code)))
          continue;
        yield problemAt(use, line, { what: "The line does something else than it seems to." });
        break;
      }
    }
  },
};

/** Messages may hold whatever letters they like. */
function outsideQuotes(code: string): string {
  return code.replaceAll(/"[^"]*"|'[^']*'/g, "");
}

const textMissing: Rule = {
  id: "VD391",
  name: "script-not-found-here",
  severity: "info",
  title: "the script's text was not at hand",
  why: "Scripts are looked for under the directory of the configuration: by their whole path, then by their name beside it. Without the text nothing is said about what the script does.",
  mend: "Put a copy beside the configuration.",
  source: "vipdrill",
  *check({ scripts }) {
    for (const { node, role, command, text } of scripts) {
      if (text !== undefined) continue;
      yield {
        node,
        at: command.at,
        what: `${command.argv[0] ?? ""} (${roleName(role)}) was not looked at.`,
      };
    }
  },
};

export const textRules: readonly Rule[] = [
  unknownService,
  passwordOnCommandLine,
  noInterpreterLine,
  carriageReturn,
  grepFindsItself,
  portSubstring,
  checkThroughVip,
  bashInSh,
  unsetVariable,
  lookalikesInScript,
  textMissing,
];
