import { readFileSync } from "node:fs";
import { join } from "node:path";
import { XMLParser, XMLValidator } from "fast-xml-parser";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { validateXML } from "xmllint-wasm";
import { renderConsole } from "./console.ts";
import { renderJunit } from "./junit.ts";
import type { ReportedRun } from "./reported.ts";
import { brokenRun, movedRun, reportedRun, skippedRun, stuckRun, voidRun } from "./testing/runs.ts";
import { legalXmlText } from "./xml.ts";

const SCHEMA = readFileSync(join(import.meta.dirname, "testing/schema/junit-10.xsd"), "utf8");

interface Case {
  readonly "@classname": string;
  readonly "@name": string;
  readonly "@time": string;
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
interface Counts {
  readonly "@tests": string;
  readonly "@errors": string;
  readonly "@failures": string;
}
interface Suite extends Counts {
  readonly "@name": string;
  readonly "@skipped": string;
  readonly properties: {
    readonly property: readonly { readonly "@name": string; readonly "@value": string }[];
  };
  readonly testcase: readonly Case[];
}
interface Suites {
  readonly testsuites: Counts & { readonly testsuite?: readonly Suite[] };
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

function suites(runs: readonly ReportedRun[]): readonly Suite[] {
  return read(runs).testsuites.testsuite ?? [];
}

function cases(runs: readonly ReportedRun[]): Case[] {
  return suites(runs).flatMap((suite) => [...suite.testcase]);
}

/** What xmllint has to say against it. */
async function complaints(text: string): Promise<readonly string[]> {
  const { errors } = await validateXML({
    xml: { fileName: "junit.xml", contents: text },
    schema: { fileName: "junit-10.xsd", contents: SCHEMA },
  });
  return errors.map(({ message }) => message);
}

const ODD = [
  "plain",
  "a/b/c",
  "",
  " ",
  "quotes \" and ' and & and <b> ]]>",
  "two\nlines\r\nthree\tfour",
  "\u0000\u0007\u001b[31mred\u007f\u0085",
  "\u{1F4A5} \u{1F468}\u200D\u{1F469} \u05D0\u202E",
  "\uD800 \uFFFE\uFFFF",
  "x".repeat(10_000),
];

describe("the schema of Jenkins' xUnit plugin", () => {
  const all = [movedRun(), stuckRun(), voidRun(), brokenRun(), skippedRun()];

  it("is kept with every outcome, with repeats, and with nothing at all", async () => {
    expect(await complaints(renderJunit(all))).toEqual([]);
    expect(await complaints(renderJunit([...all, movedRun(), stuckRun()]))).toEqual([]);
    expect(await complaints(renderJunit([]))).toEqual([]);
    for (const run of all) expect(await complaints(renderJunit([run]))).toEqual([]);
  });

  it("is kept whatever names, images, messages and reasons hold", async () => {
    const runs = ODD.flatMap((text) => [
      movedRun({ scenario: { name: text, title: text }, record: { image: text, replay: text } }),
      movedRun({ record: { versions: { [text]: text } }, path: text }),
      brokenRun(text),
      reportedRun([], { record: { skipped: [text] } }),
    ]);
    expect(await complaints(renderJunit(runs))).toEqual([]);
    expect(read(runs).testsuites["@tests"]).toBe(String(runs.length));
  });

  it("objects to what it does not know, so that silence means something", async () => {
    const text = renderJunit(all);
    expect(await complaints(text.replace("<skipped ", "<skiped "))).not.toEqual([]);
    expect(await complaints(text.replace(' time="', ' time="1 s '))).not.toEqual([]);
    expect(await complaints(text.replace("<testsuites ", '<testsuites skipped="1" '))).not.toEqual(
      [],
    );
  });
});

it("has one test case per run, in a class per backend, image and row, repeats numbered", () => {
  const runs = [
    movedRun(),
    stuckRun(),
    movedRun({ scenario: { name: "other/story" } }),
    movedRun({ record: { image: "own.registry/db:8.4" } }),
  ];
  expect(cases(runs).map((item) => [item["@classname"], item["@name"], item["@time"]])).toEqual([
    ["docker.trixie.dual-script", "mysqld-killed #1", "10.000"],
    ["docker.trixie.dual-script", "mysqld-killed #2", "12.500"],
    ["docker.trixie.other", "story", "10.000"],
    ["docker.own_registry/db:8_4.dual-script", "mysqld-killed", "10.000"],
  ]);
});

it("says in the name of the test that a run was simulated", () => {
  const simulated = movedRun({ record: { simulated: true, backend: "sim" } });
  const names = cases([movedRun(), simulated]).map((item) => item["@name"]);
  expect(names.map((name) => name.endsWith(" (SIMULATED)"))).toEqual([false, true]);
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
  expect([testsuites["@tests"], testsuites["@failures"], testsuites["@errors"]]).toEqual([
    "5",
    "1",
    "2",
  ]);
  expect(
    suites(runs).map((suite) => [
      suite["@failures"],
      suite["@errors"],
      suite["@skipped"],
      suite.testcase.length,
    ]),
  ).toEqual([
    ["0", "0", "0", 1],
    ["1", "0", "0", 1],
    ["0", "1", "0", 1],
    ["0", "1", "0", 1],
    ["0", "0", "1", 1],
  ]);
});

it("carries seed, versions, replay and stage times as properties", () => {
  const properties = suites([movedRun()])[0]!.properties.property;
  expect(properties.map((item) => `${item["@name"]} = ${item["@value"]}`)).toMatchInlineSnapshot(`
    [
      "outcome = as-expected",
      "scenario = dual-script/mysqld-killed",
      "seed = 81273",
      "backend = docker",
      "simulated = false",
      "image = trixie",
      "version db1 keepalived = 2.3.4",
      "version db2 keepalived = 2.3.4",
      "replay = ./vipdrill replay runs/one",
      "run directory = runs/one",
      "VIP moved after fault, s = 1.613500",
      "clients without writes, s = 1.800000",
      "pause at the move, s = 1.800000",
      "stage detect after fault, s = 1.000000",
      "stage elect after fault, s = 1.613000",
      "stage address after fault, s = 1.613500",
      "stage garp after fault, s = 1.614000",
      "stage tcp-answer after fault, s = 1.650000",
      "stage first-read after fault, s = 1.680000",
      "stage first-write after fault, s = 1.720000",
    ]
  `);
});

it("says how long clients were without writes, also where nothing moved, and that no end was seen", () => {
  const properties = suites([stuckRun()])[0]!.properties.property;
  const said = properties.map((item) => `${item["@name"]} = ${item["@value"]}`);
  expect(said).toEqual(
    expect.arrayContaining([
      "clients without writes, s = 3.880000",
      "clients without writes until the end = true",
    ]),
  );
});

it("has an error more for runs that were never started, by the schema", async () => {
  const cutShort = { planned: 80, missing: 31, by: "interrupt" } as const;
  for (const runs of [[movedRun()], []]) {
    const text = renderJunit(runs, cutShort);
    expect(await complaints(text)).toEqual([]);
    expect(text).toContain(
      `<testsuites name="vipdrill" tests="${runs.length + 1}" failures="0" errors="1"`,
    );
    expect(text).toContain('<error message="interrupted: 31 of 80 runs were not started"');
  }
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
