/** Lack of processor time, memory and disk space, simulated as far as the model has them. */
import { OUT_OF_MEMORY } from "./costs.ts";
import { AT_ONCE, type Proof, type SimFault, type SimFaultContext } from "./driver.ts";
import { killed } from "./service.ts";

/** The capability `cpu-quota` is missing, so that no run comes here; who does is told. */
export function starved({ host }: SimFaultContext): SimFault {
  return {
    look: () => ({}),
    act: () => AT_ONCE,
    prove: () => ({
      confirmed: false,
      proof: `${host.name} has no processor in the model that could be short`,
      facts: {},
    }),
    heal: {
      act: () => AT_ONCE,
      prove: () => ({ confirmed: true, proof: "there was nothing to lift", facts: {} }),
    },
  };
}

/** What is left of it in the model: mysqld is killed. */
export function outOfMemory(context: SimFaultContext): SimFault {
  return { ...killed(context, "mysql"), costs: OUT_OF_MEMORY };
}

export function diskFull({ host, world }: SimFaultContext): SimFault {
  const { server } = host;
  const hasDisk =
    world.topology.nodes.find(({ name }) => name === host.name)?.mysql?.dataDiskMb !== undefined;
  const look = (wanted: boolean): Proof => {
    const full = server?.diskFull === true;
    return {
      confirmed: full === wanted,
      proof: `the disk of ${host.name} is ${full ? "full" : "not full"}`,
      facts: { full },
    };
  };
  return {
    look: () => ({ disk: hasDisk, full: server?.diskFull === true }),
    act: () => {
      if (hasDisk && server !== undefined) server.diskFull = true;
      return AT_ONCE;
    },
    prove: (before) => {
      if (before["disk"] !== true) {
        const proof = `the data directory of ${host.name} has no disk of its own: its server has no dataDiskMb in the topology`;
        return { confirmed: false, proof, facts: before };
      }
      if (before["full"] === true) {
        return {
          confirmed: false,
          proof: `the disk of ${host.name} was full before`,
          facts: before,
        };
      }
      return look(true);
    },
    heal: {
      act: () => {
        if (server !== undefined) server.diskFull = false;
        return AT_ONCE;
      },
      prove: () => look(false),
    },
  };
}
