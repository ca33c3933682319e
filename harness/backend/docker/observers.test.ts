import { describe, expect, it } from "vitest";
import { monitorReader } from "./observers.ts";

// ip -ts -o monitor link address (iproute2 6.18) over `docker network disconnect` and `connect` (Docker 20.10),
// the interface renamed to eth0 afterwards; shortened after the words that are read
const LINES = [
  "[2026-11-21T14:31:59.100000] 1428: eth0    inet 198.18.203.100/24 scope global secondary eth0\\  valid_lft",
  "[2026-11-21T14:32:24.315190] 1428: eth0@if1429: <BROADCAST,MULTICAST> mtu 1500 qdisc noqueue state DOWN",
  "[2026-11-21T14:32:24.316793] 1428: vetha5fd41f@if1429: <BROADCAST,MULTICAST> mtu 1500 state DOWN",
  "[2026-11-21T14:32:24.316828] 1428: eth0    inet 198.18.203.100/24 scope global secondary vetha5fd41f\\  valid_lft",
  "[2026-11-21T14:32:24.317196] Deleted 1428: eth0    inet 198.18.203.100/24 scope global vetha5fd41f\\  valid_lft",
  "[2026-11-21T14:32:25.529721] 1437: veth777a6ec@if1438: <BROADCAST,MULTICAST> mtu 1500 state DOWN",
  "[2026-11-21T14:32:25.783500] 1437: eth0@if1438: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 state UP",
  "[2026-11-21T14:32:29.060300] 1437: veth777a6ec    inet 198.18.203.100/24 scope global secondary eth0\\  valid_lft",
];

describe("what the monitor says over a lost and regained interface", () => {
  const read = monitorReader();
  const facts = LINES.map((line) => read(line)).filter((fact) => fact !== undefined);

  it("is an address once, not again because its interface was renamed", () => {
    const changes = facts.filter((fact) => fact.kind === "address").map(({ action }) => action);
    expect(changes).toEqual(["added", "removed", "added"]);
  });

  it("is on the interface under the name that it has now", () => {
    expect(facts.at(-1)).toMatchObject({ kind: "address", interface: "eth0" });
  });
});
