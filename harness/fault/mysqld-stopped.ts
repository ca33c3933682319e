/** `/etc/init.d/mysql stop`: clean shutdown; returns when mysqld is gone. */
import type { FaultFacts, NodeSelector } from "./fault.ts";

export interface MysqldStopped {
  readonly kind: "mysqld-stopped";
  readonly node: NodeSelector;
}

export const mysqldStoppedFacts: FaultFacts = {
  needs: ["service-control"],
  healing: "starts-service",
  standsFor: "an operator stops MySQL, or an upgrade restarts it",
};
