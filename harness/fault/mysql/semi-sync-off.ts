/** Commits no longer wait for a replica. */
import { z } from "zod";
import { HOLDER, nodeSchema, type FaultDefinition, type NodeSelector } from "../definition.ts";

export interface SemiSyncOff {
  readonly kind: "semi-sync-off";
  /** The source. */
  readonly node: NodeSelector;
}

export const semiSyncOff: FaultDefinition<SemiSyncOff> = {
  kind: "semi-sync-off",
  group: "mysql",
  schema: z.strictObject({ kind: z.literal("semi-sync-off"), node: nodeSchema }),
  needs: ["sql"],
  standsFor: "semi-synchronous replication was switched off, or never came back after a restart",
  does:
    "`SET GLOBAL rpl_semi_sync_source_enabled = OFF` on the node, as a source (MariaDB: `rpl_semi_sync_master_enabled`). The " +
    "topology has to ask for semi-synchronous replication (`semiSync`).",
  receipt:
    "The status variable `Rpl_semi_sync_source_status` (MariaDB: `Rpl_semi_sync_master_status`) was `ON` and is `OFF`.",
  healing: "`ON` again. Receipt: the status is `ON` again, within 10 s.",
  healingWords: "semi-synchronous replication is on again",
  simulated:
    "Commits of the model's server wait for nobody until it is healed. The stall of MySQL is modelled, of a length drawn " +
    "from what was measured.",
  worthKnowing:
    "MySQL 9.7 waits for the thread that receives acknowledgements, and logins, reads and writes wait with it: 0.1 to 1.1 s in seven " +
    "measurements, and the health probe may see it as unresponsive. MariaDB 11.8 does not. Apart from that clients notice " +
    "nothing. What was acknowledged meanwhile is lost if the source dies " +
    "before its replica had it.",
  words: (_fault, node) => `switch semi-synchronous replication off on ${node}`,
  examples: [{ kind: "semi-sync-off", node: HOLDER }],
};
