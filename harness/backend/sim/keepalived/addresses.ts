/** Addresses as numbers, for the tie of section 1.4: the higher one wins. */
export function compareAddresses(a: string, b: string | undefined): number {
  if (b === undefined || a === b) return 0;
  const [left, right] = [groupsOf(a), groupsOf(b)];
  if (left.length !== right.length) return 0;
  for (let index = 0; index < left.length; index += 1) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

export function isIpv6(address: string): boolean {
  return address.includes(":");
}

function groupsOf(address: string): number[] {
  if (!isIpv6(address)) return address.split(".").map(Number);
  const [head = "", tail] = address.split("::");
  const before = parts(head);
  if (tail === undefined) return before;
  const after = parts(tail);
  const zeros = Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => 0);
  return [...before, ...zeros, ...after];
}

function parts(text: string): number[] {
  return text === "" ? [] : text.split(":").map((group) => Number.parseInt(group, 16));
}
