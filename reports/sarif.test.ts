/** What lint writes for code scanning, against the schema of OASIS. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import addFormats from "ajv-formats";
import { describe, expect, it } from "vitest";
import { lintVersions } from "../harness/keepalived/lint/engine.ts";
import type { Finding, LintNode } from "../harness/keepalived/lint/rule.ts";
import { readText } from "../harness/keepalived/read.ts";
import { KEEPALIVED_VERSIONS, type KeepalivedVersion } from "../harness/keepalived/versions.ts";
import { CATALOGUE } from "../scenarios/catalogue.ts";
import { renderSarif } from "./sarif.ts";

const FILE = join(import.meta.dirname, "testing/schema/sarif-2.1.0.json");

function complaintsOf(): (text: string) => string[] {
  // It is written for draft 4, of which it uses nothing that later drafts read otherwise but `id`,
  // and one of its patterns is no regular expression in Unicode mode.
  const {
    id: _id,
    $schema: _draft,
    ...schema
  } = JSON.parse(readFileSync(FILE, "utf8")) as Record<string, unknown>;
  const ajv = new Ajv({ allErrors: true, strict: false, unicodeRegExp: false });
  addFormats.default(ajv);
  const validate = ajv.compile(schema);
  return (text) =>
    validate(JSON.parse(text))
      ? []
      : (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message ?? ""}`);
}

const complaints = complaintsOf();

function sarifOf(findings: readonly Finding[]): string {
  return renderSarif({
    tool: { name: "vipdrill", version: "1.2.3" },
    versions: KEEPALIVED_VERSIONS,
    nodes: [],
    findings,
  });
}

function lint(files: Readonly<Record<string, string>>): Finding[] {
  const read = (version: KeepalivedVersion): LintNode[] =>
    Object.entries(files).map(([name, text]) => ({
      name,
      file: name,
      read: readText(text, { version, file: name }),
      scripts: () => undefined,
    }));
  return lintVersions(KEEPALIVED_VERSIONS, read);
}

const configurations = CATALOGUE.map(({ topology }) =>
  Object.fromEntries(
    topology.nodes.map(({ name, keepalived }) => [`${name}/keepalived.conf`, keepalived ?? ""]),
  ),
);

describe("SARIF 2.1.0", () => {
  it("is what lint writes for every configuration of the catalogue", () => {
    const distinct = [
      ...new Map(configurations.map((files) => [JSON.stringify(files), files])).values(),
    ];
    expect(distinct.length).toBeGreaterThan(20);
    const found = distinct.map(lint);
    expect(found.flatMap((findings) => complaints(sarifOf(findings)))).toEqual([]);
    expect(new Set(found.flat().map(({ rule }) => rule)).size).toBeGreaterThan(10);
  });

  it("is what it writes for nothing at all", () => {
    expect(complaints(sarifOf([]))).toEqual([]);
  });

  it("is what it writes for odd names and odd text", () => {
    const odd = `vrrp_instance "ä <b> | \u0007 \u{1F4A5}" {\n frobnicate \u00A0 %41\n}\n}}`;
    const names = ["a b.conf", "/etc/ä%.conf", "..\\c:\\d.conf", "#?.conf", "http://x/y.conf"];
    for (const name of names) {
      const findings = lint({ [name]: odd });
      expect(findings).not.toEqual([]);
      expect(complaints(sarifOf(findings)), name).toEqual([]);
    }
  });

  it("is not something with a wrong level, place or field", () => {
    const text = sarifOf(lint(configurations[0]!));
    expect(complaints(text)).toEqual([]);
    expect(complaints(text.replace(/"level": "\w+"/u, '"level": "bad"'))).not.toEqual([]);
    expect(complaints(text.replace(/"startLine": \d+/u, '"startLine": 0'))).not.toEqual([]);
    expect(complaints(text.replace('"ruleIndex"', '"rule_index"'))).not.toEqual([]);
  });
});
