import { describe, expect, it } from "vitest";
import { parseInterface, routeCommands } from "./interface.ts";

// ip -o link show, ip -o -4 address show, ip -4 route show (iproute2 6.18)
const UP = `1428: eth0@if1429: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP mode DEFAULT group default qlen 1000\\    link/ether 02:42:c6:13:4d:0b brd ff:ff:ff:ff:ff:ff link-netnsid 0
---
1428: eth0    inet 198.18.7.11/24 brd 198.18.7.255 scope global eth0\\       valid_lft forever preferred_lft forever
1428: eth0    inet 198.18.7.100/24 scope global secondary eth0\\       valid_lft forever preferred_lft forever
---
default via 198.18.7.1 
10.9.0.0/16 via 198.18.7.2 proto keepalived 
198.18.7.0/24 proto kernel scope link src 198.18.7.11 
`;

describe("the state of an interface", () => {
  it("has what the kernel and keepalived do not put back by themselves", () => {
    expect(parseInterface(UP)).toEqual({
      exists: true,
      up: true,
      mac: "02:42:c6:13:4d:0b",
      addresses: ["198.18.7.11", "198.18.7.100"],
      routes: ["default via 198.18.7.1"],
    });
    expect(routeCommands("eth0", ["default via 198.18.7.1"])).toEqual([
      "ip route replace default via 198.18.7.1 dev eth0",
    ]);
  });

  it("is not up without carrier, nor when it was taken down", () => {
    for (const flags of ["NO-CARRIER,BROADCAST,MULTICAST,UP", "BROADCAST,MULTICAST"]) {
      const state = parseInterface(UP.replace(/<.*?>/, `<${flags}>`));
      expect([state.exists, state.up]).toEqual([true, false]);
    }
  });

  it("is nothing when it is not there", () => {
    expect(parseInterface("---\n---\n")).toMatchObject({ exists: false, up: false, routes: [] });
  });
});
