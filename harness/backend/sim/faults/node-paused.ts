/** A node whose processes stand still, and its network with them if asked to, simulated. */
import { PAUSE } from "./costs.ts";
import { AT_ONCE, type Proof, type SimFault, type SimFaultContext } from "./driver.ts";
import { filtered } from "./filter.ts";

export function paused(context: SimFaultContext, network: "answers" | "silent"): SimFault {
  const { host } = context;
  const cut = network === "silent" ? filtered(context, "both", undefined) : undefined;
  const signalAll = (signal: "STOP" | "CONT"): void => {
    for (const { pid } of host.processes.list()) host.processes.signal(pid, signal);
  };
  const proveStill = (wanted: boolean): Proof => {
    const all = host.processes.list();
    const still = all.filter(({ stopped }) => stopped).length;
    return {
      confirmed: all.length > 0 && still === (wanted ? all.length : 0),
      proof: `${still} of ${all.length} processes of ${host.name} stand still`,
      facts: { processes: all.length, still },
    };
  };
  const both = (own: Proof, other: Proof | undefined): Proof =>
    other === undefined
      ? own
      : {
          ...other,
          confirmed: own.confirmed && other.confirmed,
          proof: `${own.proof}; ${other.proof}`,
          facts: { ...own.facts, ...other.facts },
        };
  return {
    look: () => ({ still: host.processes.list().some(({ stopped }) => stopped) }),
    act: () => {
      cut?.act();
      signalAll("STOP");
      return AT_ONCE;
    },
    prove: (before) =>
      before["still"] === true
        ? {
            confirmed: false,
            proof: `processes of ${host.name} stood still already`,
            facts: before,
          }
        : both(proveStill(true), cut?.prove({})),
    heal: {
      act: () => {
        cut?.heal?.act();
        signalAll("CONT");
        return AT_ONCE;
      },
      prove: () => both(proveStill(false), cut?.heal?.prove()),
    },
    costs: { inject: PAUSE, heal: PAUSE },
  };
}
