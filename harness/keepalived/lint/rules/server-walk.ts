/** Walks over the virtual servers of all nodes. */
import type { Checker, RealServer, VirtualServer } from "../../config.ts";
import type { LintNode, RuleContext } from "../rule.ts";

/** The usual port, and those of further instances on one host by custom. */
export const MYSQL_PORTS: ReadonlySet<number> = new Set([3306, 3307, 3308, 3309]);

export interface Server {
  readonly node: LintNode;
  readonly server: VirtualServer;
}

export function servers({ nodes }: RuleContext): Server[] {
  return nodes.flatMap((node) =>
    node.read.config.virtualServers.map((server) => ({ node, server })),
  );
}

export interface Real extends Server {
  readonly real: RealServer;
}

export function reals(context: RuleContext): Real[] {
  return servers(context).flatMap((item) =>
    item.server.realServers.map((real) => ({ ...item, real })),
  );
}

export function checkers(context: RuleContext): (Real & { readonly checker: Checker })[] {
  return reals(context).flatMap((item) =>
    item.real.checkers.map((checker) => ({ ...item, checker })),
  );
}

export function isServedBy(server: VirtualServer, address: string): boolean {
  return server.service.kind === "address" && server.service.address === address;
}
