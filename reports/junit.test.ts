import { XMLParser, XMLValidator } from "fast-xml-parser";
import fc from "fast-check";
import { expect, it } from "vitest";
import { renderConsole } from "./console.ts";
import { renderJunit } from "./junit.ts";
import type { ReportedRun } from "./reported.ts";
import { brokenRun, movedRun, skippedRun, stuckRun, voidRun } from "./testing/runs.ts";
import { legalXmlText } from "./xml.ts";

interface Case {
  readonly "@classname": string;
  readonly "@name": string;
  readonly "@time": string;
  readonly properties: {
    readonly property: readonly { readonly "@name": string; readonly "@value": string }[];
  };
  readonly failure?: Trouble;
  readonly error?: Trouble;
  readonly skipped?: { readonly "@message": string };
  readonly "system-out": string;
}
interface Trouble {
  readonly "@message": string;
  readonly "@type": string;
  readonly "#text": string;
}
interface Suites {
  readonly testsuites: {
    readonly "@tests": string;
    readonly "@errors": string;
    readonly "@failures": string;
    readonly "@skipped": string;
    readonly testsuite?: readonly {
      readonly "@name": string;
      readonly testcase: readonly Case[];
    }[];
  };
}

function read(runs: readonly ReportedRun[]): Suites {
  const text = renderJunit(runs);
  expect(XMLValidator.validate(text)).toBe(true);
  return new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: "@",
    parseTagValue: false,
    parseAttributeValue: false,
    trimValues: false,
    htmlEntities: true,
    ignoreDeclaration: true,
    isArray: (name) => ["testsuite", "testcase", "property"].includes(name),
  }).parse(text) as Suites;
}

function cases(runs: readonly ReportedRun[]): Case[] {
  return (read(runs).testsuites.testsuite ?? []).flatMap((suite) => [...suite.testcase]);
}

it("has one test case per run, by row and story, repeats numbered", () => {
  const runs = [movedRun(), stuckRun(), movedRun({ scenario: { name: "other/story" } })];
  expect(cases(runs).map((item) => [item["@classname"], item["@name"], item["@time"]])).toEqual([
    ["dual-script", "mysqld-killed #1", "10.000"],
    ["dual-script", "mysqld-killed #2", "12.500"],
    ["other", "story", "10.000"],
  ]);
});

it("says in the name of the test that a run was simulated", () => {
  const simulated = movedRun({ record: { simulated: true, backend: "sim" } });
  const names = read([movedRun(), simulated]).testsuites.testsuite?.flatMap(({ testcase }) =>
    testcase.map((item) => item["@name"]),
  );
  expect(names?.map((name) => name.endsWith(" (SIMULATED)"))).toEqual([false, true]);
});

it("says each outcome in its own element, and lets no void run pass", () => {
  const runs = [movedRun(), stuckRun(), voidRun(), brokenRun(), skippedRun()];
  const [good, bad, empty, broken, skipped] = cases(runs);
  expect([good?.failure, good?.error, good?.skipped]).toEqual([undefined, undefined, undefined]);
  expect(bad?.failure?.["@message"]).toBe(runs[1]!.result.reason);
  expect(bad?.failure?.["#text"]).toContain("FAIL: failover-within: the VIP did not move");
  expect(empty?.error?.["@type"]).toBe("inconclusive");
  expect(empty?.error?.["@message"]).toContain("fault-confirmed");
  expect([broken?.error?.["@type"], broken?.error?.["@message"], broken?.["@time"]]).toEqual([
    "ENGINE_UNREACHABLE",
    "no engine answers",
    "0.000",
  ]);
  expect(skipped?.skipped?.["@message"]).toBe("skipped: packet-filter is not to be had here");
  const { testsuites } = read(runs);
  expect([
    testsuites["@tests"],
    testsuites["@failures"],
    testsuites["@errors"],
    testsuites["@skipped"],
  ]).toEqual(["5", "1", "2", "1"]);
});

it("carries seed, versions, replay and stage times as properties", () => {
  const properties = cases([movedRun()])[0]!.properties.property;
  expect(properties.map((item) => `${item["@name"]} = ${item["@value"]}`)).toMatchInlineSnapshot(`
    [
      "outcome = as-expected",
      "seed = 81273",
      "backend = docker",
      "simulated = false",
      "image = trixie",
      "version db1 keepalived = 2.3.4",
      "version db2 keepalived = 2.3.4",
      "replay = ./vipdrill replay runs/one",
      "run directory = runs/one",
      "stage detect after fault, s = 1.000000",
      "stage elect after fault, s = 1.613000",
      "stage address after fault, s = 1.613500",
      "stage garp after fault, s = 1.614000",
      "stage tcp-answer after fault, s = 1.650000",
      "stage first-read after fault, s = 1.680000",
      "stage first-write after fault, s = 1.720000",
      "clients without writes, s = 1.800000",
    ]
  `);
});

it("reads back what was written: markup, quotes, new lines; control characters are gone", () => {
  const message = "a <b> &lt; &#10; & \"c\" 'd' ]]> \u0001\u001b[31m\uFFFF\uD800\tend\nnext line";
  const [broken] = cases([brokenRun(message)]);
  expect(broken?.error?.["@message"]).toBe("a <b> &lt; &#10; & \"c\" 'd' ]]> [31m\tend\nnext line");
  const run = movedRun({ scenario: { title: '1 < 2 && "so"\non' } });
  expect(cases([run])[0]?.["system-out"]).toBe(renderConsole(run, { colour: false }));
});

it("reads back any message at all", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", minLength: 1 }), (message) => {
      expect(cases([brokenRun(message)])[0]?.error?.["@message"]).toBe(legalXmlText(message));
    }),
  );
});

it("is well formed without any runs", () => {
  expect(read([]).testsuites["@tests"]).toBe("0");
});
