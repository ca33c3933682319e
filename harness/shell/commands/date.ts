/** date: the host's clock as text. The host is taken to be on UTC. */
import { MICROSECONDS_PER_SECOND } from "../../core/time.ts";
import type { CommandEnd } from "../host.ts";
import { ended, optionsOf, unmodelled, type Call } from "./call.ts";

const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];

function two(value: number, fill = "0"): string {
  return String(value).padStart(2, fill);
}

function dayOfYear(date: Date): number {
  return Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / 86_400_000) + 1;
}

function one(letter: string, date: Date, us: number): string {
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
  const [hour, minute, second] = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()];
  switch (letter) {
    case "Y":
      return String(year);
    case "y":
      return two(year % 100);
    case "m":
      return two(month + 1);
    case "d":
      return two(day);
    case "e":
      return two(day, " ");
    case "H":
      return two(hour);
    case "k":
      return two(hour, " ");
    case "I":
      return two(hour % 12 === 0 ? 12 : hour % 12);
    case "p":
      return hour < 12 ? "AM" : "PM";
    case "M":
      return two(minute);
    case "S":
      return two(second);
    case "N":
      return `${String(us % MICROSECONDS_PER_SECOND).padStart(6, "0")}000`;
    case "s":
      return String(Math.floor(us / MICROSECONDS_PER_SECOND));
    case "F":
      return `${String(year)}-${two(month + 1)}-${two(day)}`;
    case "T":
    case "X":
      return `${two(hour)}:${two(minute)}:${two(second)}`;
    case "R":
      return `${two(hour)}:${two(minute)}`;
    case "D":
    case "x":
      return `${two(month + 1)}/${two(day)}/${two(year % 100)}`;
    case "j":
      return String(dayOfYear(date)).padStart(3, "0");
    case "a":
      return DAYS[date.getUTCDay()]?.slice(0, 3) ?? "";
    case "A":
      return DAYS[date.getUTCDay()] ?? "";
    case "b":
    case "h":
      return MONTHS[month]?.slice(0, 3) ?? "";
    case "B":
      return MONTHS[month] ?? "";
    case "u":
      return String(date.getUTCDay() === 0 ? 7 : date.getUTCDay());
    case "w":
      return String(date.getUTCDay());
    case "Z":
      return "UTC";
    case "z":
      return "+0000";
    case "n":
      return "\n";
    case "t":
      return "\t";
    default:
      return `%${letter}`;
  }
}

export function formatDate(format: string, us: number): string {
  const date = new Date(us / 1000);
  return format
    .replaceAll("%c", "%a %b %e %H:%M:%S %Y")
    .replace(/%([-_0^]?)(\d*)([a-zA-Z%])/g, (_, flag: string, width: string, letter: string) => {
      if (letter === "%") return "%";
      const text = one(letter, date, us);
      if (letter === "N" && width !== "") return text.slice(0, Number(width));
      if (flag === "-") return text.replace(/^[0 ]+(?=.)/, "");
      return flag === "^" ? text.toUpperCase() : text;
    });
}

/** `-d @SECONDS`, `-d "5 minutes ago"`, `now`; other texts are not read. */
function momentOf(text: string, nowUs: number): number | undefined {
  const at = /^@(\d+)(?:\.\d+)?$/.exec(text);
  if (at !== null) return Number(at[1]) * MICROSECONDS_PER_SECOND;
  const units: Readonly<Record<string, number>> = {
    sec: 1,
    min: 60,
    hour: 3600,
    day: 86_400,
    week: 604_800,
  };
  const shift = /^([-+]?\d+) *(sec|min|hour|day|week)\w*( ago)?$/.exec(text.trim());
  if (shift !== null) {
    const sign = shift[3] === undefined ? 1 : -1;
    return nowUs + sign * Number(shift[1]) * (units[shift[2] ?? ""] ?? 0) * MICROSECONDS_PER_SECOND;
  }
  if (text === "now" || text === "today" || text === "") return nowUs;
  if (text === "yesterday") return nowUs - 86_400 * MICROSECONDS_PER_SECOND;
  const parsed = Date.parse(
    /[zZ]|[-+]\d\d:?\d\d$/.test(text) ? text : `${text.replace(" ", "T")}Z`,
  );
  return Number.isNaN(parsed) ? undefined : parsed * 1000;
}

export function date(call: Call): CommandEnd {
  const options = optionsOf(call.args, "uR", "dsr", {
    "--date=": "d",
    "--utc": "u",
    "--iso-8601=": "I",
    "--set=": "s",
  });
  const iso = call.args.find((arg) => arg.startsWith("-I"));
  if (options.has("s") || options.has("r"))
    return unmodelled("date that sets the clock or reads a file's time");
  const nowUs = call.host.nowUs();
  const us = momentOf(options.value("d") ?? "now", nowUs);
  if (us === undefined) return unmodelled(`date -d ${options.value("d") ?? ""}`);
  const format = options.rest.find((arg) => arg.startsWith("+"))?.slice(1);
  if (format !== undefined) return ended(`${formatDate(format, us)}\n`);
  if (iso !== undefined || options.has("I")) {
    const seconds = (iso ?? options.value("I") ?? "").includes("s");
    return ended(`${formatDate(seconds ? "%Y-%m-%dT%H:%M:%S+00:00" : "%F", us)}\n`);
  }
  return ended(`${formatDate("%a %b %e %H:%M:%S UTC %Y", us)}\n`);
}
