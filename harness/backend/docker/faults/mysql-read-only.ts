/** `read_only` and `super_read_only`. */
import type { JsonObject } from "../../../core/json.ts";
import type { MysqlReadOnly } from "../../../fault/mysql/mysql-read-only.ts";
import type { Receipt } from "../../../fault/receipt.ts";
import { hasSuperReadOnly, readOnlySql, tryWriteSql } from "../../../mysql/administration.ts";
import { timed } from "../node.ts";
import type { Applied, FaultContext, FaultDriver } from "./driver.ts";
import { appTries, attemptWords, rootTries, timedSql } from "./mysql-sql.ts";

/** ER_OPTION_PREVENTS_STATEMENT. */
const PREVENTED = 1290;

export function readOnlyDriver(fault: MysqlReadOnly): FaultDriver {
  // A server that was read-only before stays so: the fault is not confirmed, and nothing is undone.
  let wasOn = false;
  return {
    look: async ({ node }) => {
      const { errno, said } = await rootTries(node, "SELECT @@GLOBAL.read_only");
      wasOn = errno === undefined && said === "1";
      return { readOnly: errno === undefined ? said : "unknown", said };
    },
    act: ({ node, flavour }) =>
      wasOn
        ? timed(node.host, "true")
        : timedSql(node, readOnlySql(flavour, { super: fault.super, on: true })),
    prove: (context, before) => proveRefused(context, fault, before),
    heal: async (context) => {
      if (wasOn) return leaveReadOnly(context);
      const off = readOnlySql(context.flavour, { super: fault.super, on: false });
      const healed = await timedSql(context.node, off);
      const app = await appTries(context, tryWriteSql(context.handle));
      const receipt: Receipt = {
        confirmed: app.errno === undefined,
        proof: `a write of the application's account on ${context.node.spec.name} ${attemptWords(app)}`,
        facts: { app: app.said, errno: app.errno ?? 0 },
      };
      return { ...healed, receipt };
    },
  };
}

async function leaveReadOnly({ node }: FaultContext): Promise<Applied & { receipt: Receipt }> {
  const done = await timed(node.host, "true");
  const { said } = await rootTries(node, "SELECT @@GLOBAL.read_only");
  const proof = `mysqld on ${node.spec.name} was read-only before the fault; read_only is ${said}`;
  return { ...done, receipt: { confirmed: said === "1", proof, facts: { readOnly: said } } };
}

async function proveRefused(
  context: FaultContext,
  fault: MysqlReadOnly,
  before: JsonObject,
): Promise<Receipt> {
  const { node, flavour, handle } = context;
  const { name } = node.spec;
  if (before["readOnly"] !== "0") {
    const state = before["readOnly"] === "1" ? "was read-only" : "did not answer";
    return {
      confirmed: false,
      proof: `mysqld on ${name} ${state} before the fault`,
      facts: before,
    };
  }
  const app = await appTries(context, tryWriteSql(handle));
  const wanted = fault.super && hasSuperReadOnly(flavour);
  const root = wanted ? await rootTries(node, tryWriteSql(handle)) : undefined;
  const facts = {
    app: app.said,
    appErrno: app.errno ?? 0,
    ...(root === undefined ? {} : { root: root.said, rootErrno: root.errno ?? 0 }),
  };
  const words = [
    `a write of the application's account on ${name} ${attemptWords(app)}`,
    ...(root === undefined ? [] : [`one of root's ${attemptWords(root)}`]),
    ...(fault.super && !wanted ? ["MariaDB has no super_read_only, so root still writes"] : []),
  ];
  return {
    confirmed: app.errno === PREVENTED && (root === undefined || root.errno === PREVENTED),
    proof: words.join("; "),
    facts,
  };
}
