import { describe, expect, it } from "vitest";
import { duplicateChain } from "./duplicate.ts";
import { lossChains } from "./loss.ts";
import { countersOf, tableText } from "./table.ts";

describe("a table of ours", () => {
  it("drops by chance in each direction, and counts what passes", () => {
    expect(tableText("netdev", "vipdrill_fault", lossChains(["in", "out"], "eth0", 0.05)))
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
    expect(duplicateChain("eth0", 1).rules).toEqual([
      "meta mark 0x7664 counter accept",
      "meta mark != 0 accept",
      'counter meta mark set 0x7664 dup to "eth0" meta mark set 0',
    ]);
    expect(duplicateChain("eth0", 0.2).rules[2]).toMatch(/^numgen random mod 1000000 < 200000 /);
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
