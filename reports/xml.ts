/** Text as XML 1.0 can hold it (section 2.2), escaped so that it reads back as it was. */

/** Without what no escaping makes legal: control characters, lone surrogates, U+FFFE, U+FFFF. */
export function legalXmlText(text: string): string {
  return Array.from(text)
    .filter((letter) => isLegal(letter.codePointAt(0) ?? 0))
    .join("");
}

function isLegal(code: number): boolean {
  if (code < 0x20) return code === 0x9 || code === 0xa || code === 0xd;
  return !(code >= 0xd800 && code <= 0xdfff) && code !== 0xfffe && code !== 0xffff;
}

export function escapeXmlText(text: string): string {
  return legalXmlText(text)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll("\r", "&#13;");
}

/** A parser turns bare white space in attributes into blanks (section 3.3.3), references it keeps. */
export function escapeXmlAttribute(text: string): string {
  return escapeXmlText(text)
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&apos;")
    .replaceAll("\n", "&#10;")
    .replaceAll("\t", "&#9;");
}
