/** Texts with escapes: `echo -e`, `printf`. */
const ESCAPE = /\\(0[0-7]{0,3}|[1-7][0-7]{0,2}|x[0-9a-fA-F]{1,2}|[abcefnrtv\\"'])/g;
const SIMPLE: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  e: "\x1b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
  '"': '"',
  "'": "'",
};

/** `\c` ends the output there and then. */
export function unescapeText(text: string): string {
  if (!text.includes("\\")) return text;
  const cut = /^(?:[^\\]|\\[^c])*?\\c/.exec(text);
  const whole = cut === null ? text : cut[0].slice(0, -2);
  return whole.replace(ESCAPE, (_, code: string) => {
    if (/^[0-7]/.test(code)) return String.fromCharCode(Number.parseInt(code, 8) & 255);
    if (code.startsWith("x")) return String.fromCharCode(Number.parseInt(code.slice(1), 16));
    return SIMPLE[code] ?? code;
  });
}

export function shellQuote(text: string): string {
  if (/^[\w@%+=:,./-]+$/.test(text)) return text;
  return text === "" ? "''" : text.replace(/[^\w@%+=:,./-]/g, "\\$&");
}

function numeric(text: string | undefined): number {
  if (text === undefined || text === "") return 0;
  if (/^['"]/.test(text)) return text.charCodeAt(1);
  const value = /^-?0[0-7]+$/.test(text) ? Number.parseInt(text, 8) : Number(text);
  return Number.isNaN(value) ? Number.parseFloat(text) || 0 : value;
}

function pad(text: string, flags: string, width: number): string {
  if (flags.includes("-")) return text.padEnd(width);
  if (!flags.includes("0")) return text.padStart(width);
  const sign = /^[-+]/.test(text) ? text.slice(0, 1) : "";
  return sign + text.slice(sign.length).padStart(width - sign.length, "0");
}

function convert(
  letter: string,
  flags: string,
  precision: number | undefined,
  value: string | undefined,
): string {
  switch (letter) {
    case "d":
    case "i":
    case "u": {
      const number = Math.trunc(numeric(value));
      return (flags.includes("+") && number >= 0 ? "+" : "") + String(number);
    }
    case "f":
      return numeric(value).toFixed(precision ?? 6);
    case "e":
    case "g":
      return letter === "e" ? numeric(value).toExponential(precision ?? 6) : String(numeric(value));
    case "x":
      return numeric(value).toString(16);
    case "X":
      return numeric(value).toString(16).toUpperCase();
    case "o":
      return numeric(value).toString(8);
    case "c":
      return (value ?? "").slice(0, 1);
    case "b":
      return unescapeText(value ?? "");
    case "q":
      return shellQuote(value ?? "");
    default:
      return precision === undefined ? (value ?? "") : (value ?? "").slice(0, precision);
  }
}

const DIRECTIVE = /%(%|([-+ 0#]*)(\*|\d+)?(?:\.(\*|\d+))?([a-zA-Z]))/g;

/** The format is used again until no argument is left. */
export function printf(format: string, args: readonly string[]): string {
  const text = unescapeText(format);
  let next = 0;
  let out = "";
  do {
    const before = next;
    out += text.replace(
      DIRECTIVE,
      (_, all: string, flags: string, width?: string, precision?: string, letter?: string) => {
        if (all === "%") return "%";
        const size = (given: string | undefined): number | undefined => {
          if (given !== "*") return given === undefined ? undefined : Number(given);
          next += 1;
          return numeric(args[next - 1]);
        };
        const columns = size(width) ?? 0;
        const digits = size(precision);
        const value = args[next];
        next += 1;
        return pad(convert(letter ?? "s", flags, digits, value), flags, Math.min(columns, 10_000));
      },
    );
    if (next === before) break;
  } while (next < args.length);
  return out;
}
