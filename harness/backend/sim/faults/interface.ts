/** Faults that take a host's interface down, or away. */
import type { Receipt } from "../../../fault/receipt.ts";
import { DISCONNECT, LINK_DOWN, LINK_UP, RECONNECT } from "./costs.ts";
import { AT_ONCE, type SimFault, type SimFaultContext } from "./driver.ts";

export function interfaceDown(context: SimFaultContext): SimFault {
  return away(context, "down");
}

/** On containers the capture ends with its interface, and begins anew when that is back. */
export function networkDisconnected(context: SimFaultContext): SimFault {
  return away(context, "gone");
}

function away({ host, world }: SimFaultContext, link: "down" | "gone"): SimFault {
  let taken = false;
  const watch = (state: "ended" | "watching"): void => {
    if (link === "down") return;
    const observer = `packets at ${host.name}`;
    const detail =
      state === "ended"
        ? { reason: "the interface is gone", comesBack: true }
        : { reason: "the interface is back", again: true };
    world.recorder.record(world.clock.nowUs(), { kind: "observer", observer, state, detail });
  };
  const receipt = (isUpWanted: boolean): Receipt => {
    const up = host.isUp();
    return {
      confirmed: up === isUpWanted,
      proof: `the interface of ${host.name} is ${up ? "up" : link}`,
      facts: { up },
    };
  };
  return {
    look: () => ({ up: host.isUp() }),
    act: () => {
      taken = host.isUp();
      if (!taken) return AT_ONCE;
      watch("ended");
      host.setLink(link);
      return AT_ONCE;
    },
    prove: ({ up: wasUp }) => {
      if (wasUp === true) return receipt(false);
      const proof = `the interface of ${host.name} was not up before`;
      return { confirmed: false, proof, facts: {} };
    },
    heal: {
      act: () => {
        if (!taken) return AT_ONCE;
        host.setLink("up");
        watch("watching");
        return AT_ONCE;
      },
      prove: () => receipt(taken || host.isUp()),
    },
    costs:
      link === "down"
        ? { inject: LINK_DOWN, heal: LINK_UP }
        : { inject: DISCONNECT, heal: RECONNECT },
  };
}
