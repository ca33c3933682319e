import { describe, expect, it } from "vitest";
import { duplicateChain } from "./duplicate.ts";
import { lossChains } from "./loss.ts";
import { countersOf, frameHook, packetHook, tableText, type Hooked } from "./table.ts";

const plain: Hooked = { kernel: "engine", spec: { interface: "eth0" } };
const guest: Hooked = { ...plain, kernel: "own" };

describe("where a node's frames are met", () => {
  it("is its interface, or the link to its guest, whose directions are the other way round", () => {
    expect([frameHook("in", plain), frameHook("in", guest), frameHook("out", guest)]).toEqual([
      'type filter hook ingress device "eth0" priority 0;',
      'type filter hook egress device "guest0" priority -10;',
      'type filter hook ingress device "guest0" priority -10;',
    ]);
  });

  it("is above IP where the engine's kernel takes the packets for its own", () => {
    expect(packetHook("in", plain)).toEqual({
      family: "inet",
      hook: "type filter hook input priority 0;",
      match: 'iifname "eth0" ',
    });
    expect(packetHook("out", guest)).toMatchObject({ family: "netdev", match: "" });
  });
});

describe("a table of ours", () => {
  it("drops by chance in each direction, and counts what passes", () => {
    expect(tableText("netdev", "vipdrill_fault", lossChains(["in", "out"], plain, 0.05)))
      .toMatchInlineSnapshot(`
        "table netdev vipdrill_fault {
          chain in {
            type filter hook ingress device "eth0" priority 0;
            numgen random mod 1000000 < 50000 counter drop
            counter
          }
          chain out {
            type filter hook egress device "eth0" priority 0;
            numgen random mod 1000000 < 50000 counter drop
            counter
          }
        }
        "
      `);
  });

  it("copies a frame once, because copies are known by their mark", () => {
    expect(duplicateChain(plain, 1).rules).toEqual([
      "meta mark 0x7664 counter accept",
      "meta mark != 0 accept",
      'counter meta mark set 0x7664 dup to "eth0" meta mark set 0',
    ]);
    expect(duplicateChain(plain, 0.2).rules[2]).toMatch(/^numgen random mod 1000000 < 200000 /);
  });
});

describe("its counters", () => {
  // nft list table (nftables 1.1.7)
  const listing = `table netdev vipdrill_fault {
	chain in {
		type filter hook ingress device "eth0" priority filter; policy accept;
		numgen random mod 1000000 < 50000 counter packets 8 bytes 672 drop
		counter packets 17 bytes 1352
	}

	chain out {
		type filter hook egress device "eth0" priority filter; policy accept;
		numgen random mod 1000000 < 50000 counter packets 9 bytes 728 drop
		counter packets 20 bytes 1904
	}
}
`;

  it("are read chain by chain, in the order of the rules", () => {
    expect([countersOf(listing, "in"), countersOf(listing, "out")]).toEqual([
      [8, 17],
      [9, 20],
    ]);
  });

  it("are none where there is no such chain or table", () => {
    expect([countersOf(listing, "forward"), countersOf("", "in")]).toEqual([[], []]);
  });
});
