import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { renderAnnotations } from "./annotations.ts";
import type { ReportedRun } from "./reported.ts";
import { brokenRun, movedRun, reportedRun, skippedRun, stuckRun, voidRun } from "./testing/runs.ts";

interface Command {
  readonly command: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly message: string;
}

/** As the runner of GitHub Actions reads a line (`ActionCommand.TryParseV2`): `::name key=value,…::data`. */
function parse(text: string): Command[] {
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => {
      const found = /^::([a-z]+) ((?:(?!::).)*)::(.*)$/u.exec(line);
      if (found === null) throw new Error(`no workflow command: ${line}`);
      const data = (part: string): string =>
        part.replaceAll("%0D", "\r").replaceAll("%0A", "\n").replaceAll("%25", "%");
      const pairs = (found[2] ?? "").split(",").map((pair): [string, string] => {
        const at = pair.indexOf("=");
        const value = pair
          .slice(at + 1)
          .replaceAll("%3A", ":")
          .replaceAll("%2C", ",");
        return [pair.slice(0, at), data(value)];
      });
      return {
        command: found[1] ?? "",
        properties: Object.fromEntries(pairs),
        message: data(found[3] ?? ""),
      };
    });
}

/** The same run under another name, not judged again. */
function named(run: ReportedRun, name: string): ReportedRun {
  return { ...run, record: { ...run.record, scenario: { ...run.record.scenario, name } } };
}

it("is an error for what is not as expected, a warning for what is void, a notice for what was skipped", () => {
  const text = renderAnnotations([
    movedRun(),
    stuckRun(),
    voidRun(),
    brokenRun(),
    skippedRun(),
    skippedRun(),
  ]);
  expect(parse(text)).toEqual([
    {
      command: "error",
      properties: { title: "UNEXPECTED: dual-script/mysqld-killed #2" },
      message: [
        "VIP stayed on db1, clients without writes for 3.880 s (until the load ended), no acknowledged write lost",
        "FAIL: failover-within: the VIP did not move after the fault (step fault)",
        "Do it again: ./vipdrill replay runs/one",
      ].join("\n"),
    },
    {
      command: "error",
      properties: { title: "ERROR: dual-script/mysqld-killed #4" },
      message: "ENGINE_UNREACHABLE: no engine answers\nDo it again: ./vipdrill replay runs/one",
    },
    {
      command: "warning",
      properties: { title: "VOID: dual-script/mysqld-killed #3" },
      message: expect.stringContaining("NOT MET: fault-confirmed:") as string,
    },
    {
      command: "notice",
      properties: { title: "2 runs skipped" },
      message:
        "dual-script/mysqld-killed #5, dual-script/mysqld-killed #6: packet-filter is not to be had here",
    },
  ]);
});

it("is nothing at all when all is as expected", () => {
  expect(renderAnnotations([movedRun(), movedRun()])).toBe("");
  expect(renderAnnotations([])).toBe("");
});

it("has an error for runs that are missing", () => {
  expect(renderAnnotations([], { planned: 80, missing: 31, by: "interrupt" })).toBe(
    "::error title=Runs are missing::interrupted: 31 of 80 runs were not started\n",
  );
});

describe("more than are shown", () => {
  const stuck = (count: number): ReportedRun[] => Array.from({ length: count }, () => stuckRun());

  it("are named by the last one", () => {
    const commands = parse(renderAnnotations([...stuck(13), voidRun()]));
    expect(commands.filter(({ command }) => command === "error")).toHaveLength(10);
    expect(commands[9]?.properties["title"]).toBe("4 more runs like these");
    expect(commands[9]?.message.split("\n")).toHaveLength(4);
    expect(commands[9]?.message).toContain("UNEXPECTED dual-script/mysqld-killed #13");
    expect(commands[10]?.command).toBe("warning");
  });

  it("are not spoken of when there are just as many as are shown", () => {
    const titles = parse(renderAnnotations(stuck(10))).map(({ properties }) => properties["title"]);
    expect(titles).toHaveLength(10);
    expect(titles.filter((title) => title?.includes("more"))).toEqual([]);
  });
});

describe("escaping", () => {
  it("follows actions/toolkit: more in properties than in the message", () => {
    const run = stuckRun({ scenario: { name: "100%: a, b\nc" } });
    expect(renderAnnotations([run]).split("::")[1]).toBe(
      "error title=UNEXPECTED%3A 100%25%3A a%2C b%0Ac",
    );
    expect(renderAnnotations([brokenRun("50%\r\n::error::x")])).toContain(
      "::ENGINE_UNREACHABLE: 50%25%0A::error::x%0A",
    );
  });

  it("lets no text begin a command of its own", () => {
    const broken = brokenRun();
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const runs = [
          brokenRun(text),
          named(broken, text),
          reportedRun([], { record: { skipped: [text] } }),
        ];
        const commands = parse(renderAnnotations(runs)).map(({ command }) => command);
        expect(commands).toEqual(["error", "error", "notice"]);
      }),
    );
  });

  it("keeps a message short", () => {
    const [command] = parse(renderAnnotations([brokenRun("x".repeat(100_000))]));
    expect(command?.message).toHaveLength(4001);
  });
});
