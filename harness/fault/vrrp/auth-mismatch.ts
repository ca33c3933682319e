/** The password of one node's virtual router differs from the others'. */
import { z } from "zod";
import { HOLDER, nodeSchema, type FaultDefinition, type NodeSelector } from "../definition.ts";

export interface AuthMismatch {
  readonly kind: "auth-mismatch";
  readonly node: NodeSelector;
}

export const authMismatch: FaultDefinition<AuthMismatch> = {
  kind: "auth-mismatch",
  group: "vrrp",
  schema: z.strictObject({ kind: z.literal("auth-mismatch"), node: nodeSchema }),
  needs: ["file-control", "service-control"],
  standsFor: "the VRRP password was changed on one node only, or mistyped",
  does:
    "The value of `auth_pass` in the node's `vrrp_instance` (of the first virtual router) becomes another one, and " +
    "`service keepalived reload` is given.",
  receipt:
    "The file has the new text, and the VRRP process logged `Reloading` once more. A `vrrp_instance` without " +
    "authentication (VRRP version 3 has none) changes nothing, and the receipt says so.",
  healing:
    "The earlier text is put back and reloaded; a keepalived that has ended is started. Receipt: the file's text and the " +
    "log line.",
  healingWords: "the earlier password is put back and reloaded",
  simulated:
    "The file of the simulated host is replaced, and the model's daemon gets SIGHUP and compares the password in each " +
    "advert.",
  worthKnowing:
    "Each node drops the other's adverts, so from keepalived 2.0 on both are masters until the passwords agree (before, a dropped advert still keeps a standby quiet); on each the log says that the " +
    "other's password is invalid. An advert that is dropped still makes a master put its own next one off by an " +
    "advert interval.",
  words: (_fault, node) => `another auth_pass on ${node}, reloaded`,
  examples: [{ kind: "auth-mismatch", node: HOLDER }],
};
