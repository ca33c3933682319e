/** A check script whose text is replaced by one of ours, which the model's shell then runs. */
import { unreachable } from "../../../core/assert.ts";
import {
  REPLACED_MARK,
  type CheckScriptReplaced,
} from "../../../fault/process/check-script-replaced.ts";
import { NOTHING, type CommandCost } from "./costs.ts";
import { AT_ONCE, type SimFault, type SimFaultContext } from "./driver.ts";

/** A shell and `mv`: 2.8 ms at the least, on a machine that was busy with other clusters. The division is a guess. */
const RENAME: CommandCost = { beforeUs: [800, 2500], afterUs: [500, 1500] };

export function scriptReplaced(fault: CheckScriptReplaced, { host }: SimFaultContext): SimFault {
  const { path } = fault;
  const where = `${path} on ${host.name}`;
  // A name of its own for each injection, as long as no two fall on the same microsecond.
  const marks = `/run/vipdrill_${host.clock.nowUs()}`;
  const own = host.files.get(path);
  const isOurs = own?.includes(REPLACED_MARK) === true;
  const ours = own === undefined || isOurs ? undefined : textOf(fault, own, marks);
  return {
    look: () => ({ there: own !== undefined, ours: isOurs }),
    act: () => {
      if (ours !== undefined) host.files.set(path, ours);
      return AT_ONCE;
    },
    prove: () => {
      if (ours === undefined) {
        const why = isOurs ? "was replaced already" : "is no file";
        return { confirmed: false, proof: `${where} ${why}`, facts: {} };
      }
      if (host.files.get(path) !== ours) {
        return { confirmed: false, proof: `${where} is not ours`, facts: {} };
      }
      const runs = host.files.get(marks)?.split("\n").filter(Boolean).length ?? 0;
      return {
        confirmed: runs > 0,
        undecided: runs === 0,
        proof: `${where} is ours, and keepalived ${runs > 0 ? "has run it" : "has not run it"}`,
        facts: { runs },
      };
    },
    heal: {
      act: () => {
        if (own !== undefined && !isOurs) host.files.set(path, own);
        host.files.delete(marks);
        return AT_ONCE;
      },
      prove: () => {
        const confirmed = host.files.get(path) === own;
        const proof = `${where} is ${confirmed ? "" : "not "}what it was`;
        return { confirmed, proof, facts: {} };
      },
    },
    costs: ours === undefined ? UNTOUCHED : { inject: RENAME, heal: RENAME },
  };
}

const UNTOUCHED = { inject: NOTHING, heal: NOTHING };

function textOf(
  { behaviour, slowUs = 0 }: CheckScriptReplaced,
  own: string,
  marks: string,
): string {
  const head = `# ${REPLACED_MARK}\necho run >>${marks}\n`;
  switch (behaviour) {
    case "hangs":
      return `#!/bin/sh\n${head}sleep 86400\n`;
    case "slow": {
      const end = own.indexOf("\n") + 1;
      return `${own.slice(0, end)}${head}sleep ${(slowUs / 1_000_000).toFixed(6)}\n${own.slice(end)}`;
    }
    case "always-fails":
      return `#!/bin/sh\n${head}exit 1\n`;
    case "always-succeeds":
      return `#!/bin/sh\n${head}exit 0\n`;
    default:
      return unreachable(behaviour);
  }
}
