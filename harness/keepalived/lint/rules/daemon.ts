/**
 * What the daemon itself notices when it reads the files. The reader's diagnostics arrive here unless
 * a rule of their own speaks for them; their codes are kept.
 */
import type { Severity } from "../../diagnostic.ts";
import type { Rule } from "../rule.ts";

const common = {
  why: "keepalived reads on after most mistakes, so a daemon that runs is no sign that it does what was written.",
  check: () => [],
} as const;

export const doesNotRun: Rule = {
  ...common,
  id: "VD001",
  name: "daemon-refuses",
  severity: "error",
  title: "keepalived does not run with this",
  mend: "Correct the place named; keepalived -t shows the same on the host.",
  source: "the reader's diagnostic",
};

export const reportsError: Rule = {
  ...common,
  id: "VD002",
  name: "daemon-reports-error",
  severity: "warning",
  title: "keepalived reports a configuration error and goes on with something else",
  mend: "Correct the place named, or write what the daemon falls back to if that is what you want.",
  source: "the reader's diagnostic",
};

export const acceptsSilently: Rule = {
  ...common,
  id: "VD003",
  name: "daemon-accepts",
  severity: "warning",
  title: "keepalived accepts this, and it is likely not what was meant",
  mend: "Write what you mean in the form that the daemon understands.",
  source: "the reader's diagnostic",
};

export const remarks: Rule = {
  ...common,
  id: "VD004",
  name: "daemon-remarks",
  severity: "info",
  title: "worth knowing about how keepalived reads this",
  mend: "Nothing has to be done.",
  source: "the reader's diagnostic",
};

export const daemonRules: readonly Rule[] = [doesNotRun, reportsError, acceptsSilently, remarks];

export function daemonRule(severity: Severity): Rule {
  switch (severity) {
    case "fatal":
      return doesNotRun;
    case "error":
      return reportsError;
    case "warning":
      return acceptsSilently;
    case "info":
      return remarks;
  }
}
