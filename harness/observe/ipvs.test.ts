import { describe, expect, it } from "vitest";
import { parseIpvsLine, parseTable } from "./ipvs.ts";

describe("an IPVS table", () => {
  it("is read from the words of ipvsadm", () => {
    const line =
      "1795291200000001 1795291199950000 -A -t 198.18.0.100:3306 -s wrr -p 50 ; " +
      "-a -t 198.18.0.100:3306 -r 198.18.0.21:3306 -g -w 3 ; -a -t 198.18.0.100:3306 -r 198.18.0.22:3306 -m -w 0";
    expect(parseIpvsLine(line)).toEqual({
      epochUs: 1_795_291_200_000_001,
      notBeforeEpochUs: 1_795_291_199_950_000,
      services: [
        {
          address: "198.18.0.100",
          port: 3306,
          scheduler: "wrr",
          persistenceUs: 50_000_000,
          servers: [
            { address: "198.18.0.21", port: 3306, weight: 3, forwarding: "route" },
            { address: "198.18.0.22", port: 3306, weight: 0, forwarding: "masq" },
          ],
        },
      ],
    });
  });

  it("may be empty, or have a service without servers or persistence", () => {
    expect(parseIpvsLine("1795291200000001 1795291200000001 ")?.services).toEqual([]);
    expect(parseIpvsLine("1795291200000001 1795291200000001")?.services).toEqual([]);
    expect(parseTable(["-A -t 198.18.0.100:3306 -s rr"])).toEqual([
      { address: "198.18.0.100", port: 3306, scheduler: "rr", servers: [] },
    ]);
  });

  it("is nothing in other words, and knows TCP services only", () => {
    expect(parseIpvsLine("ipvsadm: not found")).toBeUndefined();
    expect(parseTable(["-A -u 198.18.0.100:53 -s rr", "-A -f 7 -s rr"])).toEqual([]);
  });
});
