/** mysqld gets SIGKILL. The host, its kernel and keepalived go on; connections get a reset. */
import type { FaultFacts, NodeSelector } from "./fault.ts";

export interface MysqldKilled {
  readonly kind: "mysqld-killed";
  readonly node: NodeSelector;
}

export const mysqldKilledFacts: FaultFacts = {
  needs: ["signal-process", "service-control"],
  healing: "starts-service",
  standsFor: "mysqld crashes or is taken by the OOM killer, with no supervisor to restart it",
};
