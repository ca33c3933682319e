/** Numbers, switches and addresses of a line, as parser.c:read_int_func and its siblings take them. */
import type { Finding } from "../reading/report.ts";
import type { Line, Reader } from "../reading/reader.ts";
import type { Word } from "../reading/words.ts";

export const INT_MAX = 2_147_483_647;
export const UINT_MAX = 4_294_967_295;

export interface NumberRule {
  readonly min: number;
  readonly max: number;
  /** What it is, for the message: `priority`. */
  readonly what: string;
  /** What holds when it is refused. */
  readonly otherwise: string;
  readonly source: string;
  /** A number followed by rubbish is refused even by the running daemon. */
  readonly strict?: boolean;
  readonly signed?: boolean;
}

/** A whole number; absent when the daemon refuses it. */
export function readWhole(
  reader: Reader,
  line: Line,
  index: number,
  rule: NumberRule,
): number | undefined {
  return wholeOf(reader, reader.need(line, index), rule);
}

export function wholeOf(reader: Reader, word: Word, rule: NumberRule): number | undefined {
  const { min, max } = rule;
  const match = /^[ \t\f\n\r\v]*([+-]?)(\d*)(.*)$/su.exec(word.text);
  const [, sign = "", digits = "", rest = ""] = match ?? [];
  const value = (sign === "-" ? -1 : 1) * Number(digits === "" ? 0 : digits);
  if (sign === "-" && rule.signed !== true) return refuse(reader, word, rule, "is negative");
  if (rest !== "" || digits === "") {
    const lenient = rule.strict !== true && value >= min && value <= max;
    refuse(
      reader,
      word,
      { ...rule, otherwise: lenient ? `it is read as ${value}` : rule.otherwise },
      "is no whole number",
    );
    return lenient ? value : undefined;
  }
  if (value < min || value > max) return refuse(reader, word, rule, `is not in ${min} to ${max}`);
  return value;
}

/** A decimal number as whole units of 10^-shift; absent when refused (parser.c:read_decimal_unsigned_long_func). */
export function readDecimal(
  reader: Reader,
  line: Line,
  index: number,
  rule: NumberRule & { readonly shift: number },
): number | undefined {
  const word = reader.need(line, index);
  const { min, max, shift } = rule;
  if (word.text.startsWith("-")) return refuse(reader, word, rule, "is negative");
  const dot = word.text.indexOf(".");
  const whole = dot < 0 ? word.text : word.text.slice(0, dot);
  let fraction = dot < 0 ? "" : word.text.slice(dot + 1);
  let roundsUp = false;
  if (fraction.length > shift) {
    // Complained about, and rounded by one digit all the same.
    roundsUp = fraction.charAt(shift) >= "5";
    fraction = fraction.slice(0, shift);
    refuse(
      reader,
      word,
      { ...rule, otherwise: "it is rounded" },
      `has more than ${shift} decimal places`,
    );
  }
  const match = /^[ \t]*\+?(\d*)(.*)$/su.exec(whole + fraction.padEnd(shift, "0"));
  const [, digits = "", rest = ""] = match ?? [];
  const value = Number(digits === "" ? 0 : digits) + (roundsUp ? 1 : 0);
  const fits = value >= min && value <= max;
  if (rest !== "" || digits === "") {
    const lenient = rule.strict !== true && fits;
    refuse(
      reader,
      word,
      { ...rule, otherwise: lenient ? `it is read as ${value / 10 ** shift}` : rule.otherwise },
      "is no number",
    );
    return lenient ? value : undefined;
  }
  if (!fits)
    return refuse(reader, word, rule, `is not in ${min / 10 ** shift} to ${max / 10 ** shift}`);
  return value;
}

function refuse(reader: Reader, word: Word, rule: NumberRule, why: string): undefined {
  reader.report.error({
    code:
      why.startsWith("is not in") || why === "is negative"
        ? "value-out-of-range"
        : "invalid-number",
    at: word.at,
    message: `${rule.what} ${word.text} ${why}`,
    effect: rule.otherwise,
    source: rule.source,
  });
  return undefined;
}

/** `on`, `true`, `yes` and their opposites; absent when it is none of them (parser.c:check_true_false). */
export function truth(text: string): boolean | undefined {
  if (["true", "on", "yes"].includes(text)) return true;
  if (["false", "off", "no"].includes(text)) return false;
  return undefined;
}

/** A switch that is on when nothing follows; absent when the word is not understood, which is reported. */
export function readSwitch(reader: Reader, line: Line, source: string): boolean | undefined {
  const word = line.words[1];
  if (word === undefined) return true;
  const value = truth(word.text);
  if (value === undefined) {
    reader.report.error({
      code: "invalid-switch",
      at: word.at,
      message: `${line.words[0]?.text ?? ""} takes on or off, not ${word.text}`,
      effect: "the keyword is ignored",
      source,
    });
  }
  return value;
}

export type Family = "inet" | "inet6";

/** inet_pton: the family whose notation this is. */
export function familyOf(address: string): Family | undefined {
  if (IPV4.test(address)) return "inet";
  return groupsOf(address) === undefined ? undefined : "inet6";
}

const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/u;

/** The same text for all spellings of an address. */
export function canonicalAddress(address: string): string {
  const [bare = "", zone] = address.split("%", 2);
  const groups = groupsOf(bare);
  if (groups === undefined) return address;
  const text = groups.map((group) => group.toString(16)).join(":");
  return zone === undefined ? text : `${text}%${zone}`;
}

/** The eight groups of an IPv6 address. */
function groupsOf(address: string): readonly number[] | undefined {
  if (!address.includes(":") || address.length > 45) return undefined;
  let text = address;
  const dotted = /:([\d.]+\.[\d.]+)$/u.exec(address)?.[1];
  if (dotted !== undefined) {
    if (!IPV4.test(dotted)) return undefined;
    const [a = 0, b = 0, c = 0, d = 0] = dotted.split(".").map(Number);
    text = `${address.slice(0, -dotted.length)}${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
  }
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [head = [], tail] = halves.map((half) => (half === "" ? [] : half.split(":")));
  const written = [...head, ...(tail ?? [])];
  if (!written.every((group) => /^[0-9A-Fa-f]{1,4}$/u.test(group))) return undefined;
  const missing = 8 - written.length;
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  const zeros = Array.from({ length: missing }, () => "0");
  return [...head, ...zeros, ...(tail ?? [])].map((group) => Number.parseInt(group, 16));
}

/** 224.0.0.0/4 or ff00::/8. */
export function isMulticast(address: string): boolean {
  if (address.includes(":")) return /^ff/iu.test(address);
  const first = Number(address.split(".", 1)[0]);
  return first >= 224 && first <= 239;
}

/** fe80::/10. */
export function isLinkLocal(address: string): boolean {
  return /^fe[89ab]/iu.test(address);
}

/** utils.c:inet_stosockaddr: a range or a mask may follow, and is not looked at. */
export function socketFamilyOf(address: string): Family | undefined {
  return familyOf(bareAddress(address));
}

export function bareAddress(address: string): string {
  const cut = address.includes("-") ? "-" : "/";
  return address.split(cut, 1)[0] ?? "";
}

export function problem(reader: Reader, word: Word, finding: Omit<Finding, "at">): void {
  reader.report.error({ at: word.at, ...finding });
}
