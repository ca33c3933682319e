/** A line of virtual_ipaddress and its like (vrrp_ipaddress.c:alloc_ipaddress). */
import type { Line, Reader } from "../reading/reader.ts";
import type { Word } from "../reading/words.ts";
import { hasInterface, type AddressDraft, type Mutable } from "./drafts.ts";
import { familyOf, isLinkLocal, problem, wholeOf } from "./values.ts";

const SOURCE = "vrrp_ipaddress.c:alloc_ipaddress";
/** net/if.h:IFNAMSIZ, with the NUL. */
export const IFNAMSIZ = 16;

const FLAGS: ReadonlySet<string> = new Set([
  "home",
  "-nodad",
  "mngtmpaddr",
  "noprefixroute",
  "autojoin",
  "no_track",
  "use_vmac",
]);
const WITH_VALUE: ReadonlySet<string> = new Set([
  "dev",
  "scope",
  "broadcast",
  "brd",
  "label",
  "peer",
  "preferred_lft",
]);

/** Absent when the daemon drops the address. */
export function readAddress(
  reader: Reader,
  line: Line,
  dynamicInterfaces: boolean,
): AddressDraft | undefined {
  const [first] = line.words;
  const start = first === undefined ? undefined : readPrefix(reader, first);
  if (first === undefined || start === undefined) return undefined;
  const draft: Mutable<AddressDraft> = { at: first.at, options: [], ...start };
  const options: string[] = [];
  for (let index = 1; index < line.words.length; index++) {
    const word = line.words[index];
    if (word === undefined) break;
    if (FLAGS.has(word.text)) {
      options.push(word.text);
    } else if (WITH_VALUE.has(word.text)) {
      const value = line.words[++index];
      if (value === undefined) {
        drop(reader, word, "option-without-value", `${word.text} has no value`);
        return undefined;
      }
      if (!takeOption(reader, draft, word, value, dynamicInterfaces)) return undefined;
      options.push(word.text, value.text);
    } else {
      problem(reader, word, {
        code: "unknown-option",
        message: `an address has no option ${word.text}`,
        effect: "the word is ignored",
        source: SOURCE,
      });
    }
  }
  return { ...draft, options };
}

function readPrefix(
  reader: Reader,
  word: Word,
): Pick<AddressDraft, "address" | "family" | "prefixLength" | "prefixGiven"> | undefined {
  const slash = word.text.indexOf("/");
  const address = slash < 0 ? word.text : word.text.slice(0, slash);
  const most = word.text.includes(":") ? 128 : 32;
  let prefixLength: number | undefined;
  if (slash >= 0) {
    const rule = {
      min: 0,
      max: most,
      what: "prefix length",
      otherwise: `it is ${most}`,
      source: "vrrp_ipaddress.c:parse_ipaddress",
    };
    prefixLength = wholeOf(reader, { text: word.text.slice(slash + 1), at: word.at }, rule);
  }
  const family = familyOf(address);
  if (family === undefined) {
    drop(
      reader,
      word,
      "invalid-address",
      `${word.text} is no address`,
      "vrrp_ipaddress.c:parse_ipaddress",
    );
    return undefined;
  }
  return { address, family, prefixLength: prefixLength ?? most, prefixGiven: slash >= 0 };
}

/** False when the whole address is dropped. */
function takeOption(
  reader: Reader,
  draft: Mutable<AddressDraft>,
  word: Word,
  value: Word,
  dynamic: boolean,
): boolean {
  switch (word.text) {
    case "dev":
      return takeDevice(reader, draft, value, dynamic);
    case "label":
      if (value.text.length >= IFNAMSIZ) {
        drop(
          reader,
          value,
          "label-too-long",
          `label ${value.text} is longer than ${IFNAMSIZ - 1} characters`,
        );
        return false;
      }
      if (draft.family === "inet6") ignoreForIpv6(reader, value, "label");
      else draft.label = value.text;
      return true;
    case "broadcast":
    case "brd":
      return takeBroadcast(reader, draft, value);
    case "scope":
      if (draft.family === "inet6" && !["0", "global"].includes(value.text))
        ignoreForIpv6(reader, value, "scope");
      if (!/^(?:global|nowhere|host|link|site|\d+|0x[\da-f]+)$/iu.test(value.text)) {
        ignore(reader, value, `${value.text} is no scope`);
      }
      return true;
    case "peer":
      if (familyOf(value.text) !== draft.family)
        ignore(reader, value, `${value.text} is no peer address of the same family`);
      else if (draft.prefixLength !== (draft.family === "inet" ? 32 : 128)) {
        ignore(reader, value, "an address with a peer takes no prefix length");
        draft.prefixLength = draft.family === "inet" ? 32 : 128;
      }
      return true;
    default:
      return true;
  }
}

function takeDevice(
  reader: Reader,
  draft: Mutable<AddressDraft>,
  value: Word,
  dynamic: boolean,
): boolean {
  if (draft.interface !== undefined) {
    drop(reader, value, "duplicate-device", `${draft.address} names a second interface`);
    return false;
  }
  if (!dynamic && !hasInterface(reader, value.text)) {
    drop(
      reader,
      value,
      "interface-unknown",
      `interface ${value.text} for ${draft.address} is not there`,
    );
    return false;
  }
  draft.interface = value.text;
  return true;
}

function takeBroadcast(reader: Reader, draft: AddressDraft, value: Word): boolean {
  if (draft.family === "inet6") {
    drop(
      reader,
      value,
      "broadcast-of-ipv6",
      `${draft.address} is IPv6 and has no broadcast address`,
    );
    return false;
  }
  if (value.text === "-" || value.text === "+") {
    if (draft.prefixLength > 30)
      ignore(reader, value, `a prefix length of ${draft.prefixLength} leaves no broadcast address`);
    return true;
  }
  if (familyOf(value.text) === "inet") return true;
  drop(reader, value, "invalid-address", `${value.text} is no broadcast address`);
  return false;
}

function ignore(reader: Reader, word: Word, message: string): void {
  problem(reader, word, {
    code: "invalid-address-option",
    message,
    effect: "the option is ignored",
    source: SOURCE,
  });
}

function ignoreForIpv6(reader: Reader, word: Word, option: string): void {
  ignore(reader, word, `an IPv6 address takes no ${option}`);
}

function drop(reader: Reader, word: Word, code: string, message: string, source = SOURCE): void {
  problem(reader, word, { code, message, effect: "the address is dropped", source });
}

export function isLinkLocalAddress(address: AddressDraft): boolean {
  return address.family === "inet6" && isLinkLocal(address.address);
}
