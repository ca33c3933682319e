import { expect, test } from "vitest";
import { compareAddresses } from "./addresses.ts";

test.each([
  ["10.0.0.9", "10.0.0.10", -1],
  ["10.0.1.0", "10.0.0.255", 1],
  ["10.0.0.1", "10.0.0.1", 0],
  ["fe80::9", "fe80::10", -1],
  ["fe80::1:0", "fe80::ffff", 1],
  ["2001:db8::1", "2001:db8:0:0:0:0:0:1", 0],
])("%s against %s: %d", (a, b, sign) => {
  expect(Math.sign(compareAddresses(a, b))).toBe(sign);
});
