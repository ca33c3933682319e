/** The table of commands, and the one way in: what a command does on a host, all at once. */
import type { CommandContext, CommandEnd, HostView } from "../host.ts";
import { printf } from "../format.ts";
import { awk } from "./awk.ts";
import { ended, unmodelled, type Call, type CommandBody } from "./call.ts";
import { date } from "./date.ts";
import { expr } from "./expr.ts";
import { accepted, copy, ls, mktemp, readlink, rm, stat, touch, which } from "./files.ts";
import { grep } from "./grep.ts";
import { logger, mail, sendmail, wall } from "./mail.ts";
import { mysql, mysqladmin, mysqldump, mysqlshow } from "./mysql.ts";
import { hostname, ifconfig, ip, lsof, netstat, ss } from "./net.ts";
import { kill, killall, pgrep, pidof, pkill, ps } from "./processes.ts";
import { arping } from "./arping.ts";
import { curl, devTcp, nc, ping, telnet, wget } from "./reach.ts";
import { sed } from "./sed.ts";
import { daemon, initScript, service, systemctl } from "./services.ts";
import {
  basename,
  cat,
  cut,
  dirname,
  head,
  paste,
  rev,
  seq,
  sort,
  tac,
  tail,
  tee,
  tr,
  uniq,
  wc,
} from "./text.ts";

const ok: CommandBody = () => ended("");

const COMMANDS: ReadonlyMap<string, CommandBody> = new Map<string, CommandBody>([
  ["/dev/tcp", devTcp],
  ["true", ok],
  ["false", () => ended("", 1)],
  ["sync", ok],
  ["clear", ok],
  ["whoami", () => ended("root\n")],
  ["tty", () => ended("not a tty\n", 1)],
  [
    "id",
    (call) =>
      call.args[0] === "-u" ? ended("0\n") : ended("uid=0(root) gid=0(root) groups=0(root)\n"),
  ],
  [
    "uname",
    (call) =>
      ended(
        call.args[0] === "-n"
          ? `${call.host.hostname()}\n`
          : call.args[0] === "-r"
            ? "6.1.0\n"
            : "Linux\n",
      ),
  ],
  ["printf", (call) => ended(printf(call.args[0] ?? "", call.args.slice(1)))],
  ["usleep", ok],
  ["grep", grep],
  ["egrep", grep],
  ["fgrep", grep],
  ["awk", awk],
  ["gawk", awk],
  ["mawk", awk],
  ["nawk", awk],
  ["sed", sed],
  ["cat", cat],
  ["zcat", cat],
  ["tac", tac],
  ["wc", wc],
  ["head", head],
  ["tail", tail],
  ["cut", cut],
  ["tr", tr],
  ["sort", sort],
  ["uniq", uniq],
  ["tee", tee],
  ["seq", seq],
  ["rev", rev],
  ["paste", paste],
  ["basename", basename],
  ["dirname", dirname],
  ["expr", expr],
  ["date", date],
  ["hostname", hostname],
  ["netstat", netstat],
  ["ss", ss],
  ["lsof", lsof],
  ["ip", ip],
  ["ifconfig", ifconfig],
  ["ps", ps],
  ["pgrep", pgrep],
  ["pkill", pkill],
  ["pidof", pidof],
  ["killall", killall],
  ["kill", kill],
  ["service", service],
  ["systemctl", systemctl],
  ["rc-service", service],
  ["invoke-rc.d", service],
  ["ping", ping],
  ["arping", arping],
  ["nc", nc],
  ["ncat", nc],
  ["netcat", nc],
  ["telnet", telnet],
  ["curl", curl],
  ["wget", wget],
  ["mysql", mysql],
  ["mariadb", mysql],
  ["mysqladmin", mysqladmin],
  ["mariadb-admin", mysqladmin],
  ["mysqlshow", mysqlshow],
  ["mysqldump", mysqldump],
  ["mail", mail],
  ["mailx", mail],
  ["mutt", mail],
  ["sendmail", sendmail],
  ["logger", logger],
  ["wall", wall],
  ["write", wall],
  ["rm", rm],
  ["unlink", rm],
  ["cp", copy],
  ["mv", copy],
  ["touch", touch],
  ["ls", ls],
  ["stat", stat],
  ["readlink", readlink],
  ["realpath", readlink],
  ["mktemp", mktemp],
  ["which", which],
  // Recorded and taken to succeed: nothing a script can look at afterwards depends on them here.
  ...[
    "mkdir",
    "rmdir",
    "chmod",
    "chown",
    "chgrp",
    "chattr",
    "ln",
    "mount",
    "umount",
    "swapoff",
    "fuser",
    "sysctl",
    "iptables",
    "ip6tables",
    "nft",
    "firewall-cmd",
    "route",
    "arp",
    "modprobe",
    "reboot",
    "shutdown",
    "poweroff",
    "halt",
    "init",
    "chkconfig",
    "update-rc.d",
    "renice",
    "setenforce",
    "systemd-run",
    "notify-send",
  ].map((name): [string, CommandBody] => [name, accepted]),
]);

const INIT_FOLDER = /^(?:\/etc(?:\/rc\.d)?\/init\.d|\/usr\/share\/mysql\/init\.d)\//;
const DAEMON = /^(?:mysqld|mysqld_safe|mariadbd|mariadbd-safe|mysqld_multi|keepalived)$/;
/** mysql.server is the init script of MySQL's own packages. */
const SERVER_SCRIPT = /(?:^|\/)mysql\.server$/;

/** A name that no file in a search path has: an option, a number, words in one, an unset variable's rest. */
function noSuchName(name: string): boolean {
  return name === "" || name.startsWith("-") || /^[0-9.]+$/.test(name) || /[\s=]/.test(name);
}

export function executeCommand(
  argv: readonly string[],
  stdin: string,
  host: HostView,
  context?: CommandContext,
): CommandEnd {
  const [path = "", ...args] = argv;
  const name = path === "/dev/tcp" ? path : path.slice(path.lastIndexOf("/") + 1);
  const call: Call = { name, argv, args, stdin, host, context };
  if (INIT_FOLDER.test(path) && name !== "") return initScript(call);
  if (SERVER_SCRIPT.test(path)) return initScript({ ...call, name: "mysql" });
  if (noSuchName(path) || host.lacksCommand(path)) {
    const missing = path.includes("/") ? "No such file or directory" : "command not found";
    return ended("", 127, `${path}: ${missing}\n`);
  }
  if (DAEMON.test(name)) return daemon(call);
  const body = COMMANDS.get(name);
  if (body !== undefined && (!path.includes("/") || /bin\/[^/]+$|^\/dev\/tcp$/.test(path)))
    return body(call);
  if (body !== undefined && /^(?:mysql|mysqladmin|mariadb|mariadb-admin)$/.test(name))
    return body(call);
  if (/(?:^|\/)python[\d.]*$|(?:^|\/)(?:perl|php|ruby)$|\.(?:py|pl|php|rb)$/.test(path)) {
    return unmodelled(`${name}: only shell scripts are run`);
  }
  return unmodelled(`command ${path}`);
}

/** Is this a command that the model knows? For hosts that have to answer `which`. */
export function isKnownCommand(path: string): boolean {
  const name = path.slice(path.lastIndexOf("/") + 1);
  return COMMANDS.has(name) || DAEMON.test(name);
}
