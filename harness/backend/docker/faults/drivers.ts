/** One table from fault to driver. */
import type { PlainFault } from "../../../fault/fault.ts";
import type { Drivers, FaultDriver } from "./driver.ts";
import { timed } from "../node.ts";
import { LINK_DRIVERS } from "./link.ts";
import { MYSQL_DRIVERS } from "./mysql.ts";
import { NODE_DRIVERS } from "./node.ts";
import { OPERATOR_DRIVERS } from "./operator.ts";
import { PROCESS_DRIVERS } from "./process.ts";
import { VRRP_DRIVERS } from "./vrrp.ts";

const DRIVERS: Drivers<PlainFault> = {
  ...PROCESS_DRIVERS,
  ...NODE_DRIVERS,
  ...LINK_DRIVERS,
  ...VRRP_DRIVERS,
  ...MYSQL_DRIVERS,
  ...OPERATOR_DRIVERS,
};

/** What cannot be done to a node with a kernel of its own, and why. A run whose fault was refused is void. */
export const NOT_FOR_GUESTS: Partial<Record<PlainFault["kind"], string>> = {
  "network-disconnected":
    "the interface of a node with a kernel of its own cannot be removed while it runs",
  "memory-exhausted":
    "a limit of the engine's would end the kernel of such a node, and mysqld with it",
  "disk-full": "a node with a kernel of its own has no data disk that could be filled",
};

/** As `driverFor`, for a node with a kernel of its own. */
export function guestDriverFor(fault: PlainFault): FaultDriver {
  const reason = NOT_FOR_GUESTS[fault.kind];
  if (reason === undefined) return driverFor(fault);
  return {
    look: () => Promise.resolve({}),
    act: ({ node }) => timed(node.wire, "true"),
    prove: () => Promise.resolve({ confirmed: false, proof: reason, facts: {} }),
  };
}

/** The table guarantees that a kind's driver takes faults of that kind. */
export function driverFor(fault: PlainFault): FaultDriver {
  return (DRIVERS[fault.kind] as (fault: PlainFault) => FaultDriver)(fault);
}
