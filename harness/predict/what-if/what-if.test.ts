import { describe, expect, it } from "vitest";
import { InputError } from "../../core/errors.ts";
import type { FileSource } from "../../keepalived/read.ts";
import type { KeepalivedVersion } from "../../keepalived/versions.ts";
import { predict } from "../predict.ts";
import { predictedNodes, readNode, whatIf, type ConfigNode } from "./apply.ts";
import { compareRouters } from "./compare.ts";
import { withChanges } from "./topology.ts";
import { parseWish } from "./wish.ts";

const conf = (priority: number, more = ""): string => `! the pair
vrrp_script chk {            # every two seconds
    script "/opt/chk.sh"
    interval 2
    fall 2
    weight -20
}
vrrp_instance VI_1 {
\tstate BACKUP
\tinterface eth0
\tvirtual_router_id 51
\tpriority ${priority}   ! of the node
\tadvert_int 1
${more}\tauthentication {
\t\tauth_type PASS
\t\tauth_pass 1111
\t}
\tvirtual_ipaddress { 198.18.7.100/24 }
\ttrack_script { chk weight -30 }
}
`;

function files(texts: Readonly<Record<string, string>>): FileSource {
  return {
    read: (path) => (texts[path] === undefined ? undefined : new TextEncoder().encode(texts[path])),
    list: (pattern) => Object.keys(texts).filter((path) => path === pattern),
  };
}

const node = (name: string, text: string, more: Record<string, string> = {}): ConfigNode => ({
  name,
  main: `${name}.conf`,
  files: files({ [`${name}.conf`]: text, ...more }),
  scripts: () => "#!/bin/sh\nnetstat -lnt | grep -q ':3306 '\n",
});
const PAIR = [node("db1", conf(101)), node("db2", conf(99))];

function changed(
  wishes: readonly string[],
  nodes: readonly ConfigNode[] = PAIR,
  version: KeepalivedVersion = "2.3.4",
): ReturnType<typeof whatIf> {
  return whatIf(nodes, wishes.map(parseWish), version);
}

const lines = (...args: Parameters<typeof changed>): string[] =>
  changed(...args).changes.map(
    ({ node: name, line, before = "", after = "" }) =>
      `${name}:${line} ${before.trim()} -> ${after.trim()}`,
  );

const refusal = (...args: Parameters<typeof changed>): string => {
  try {
    changed(...args);
  } catch (error) {
    if (error instanceof InputError) return error.message;
    throw error;
  }
  return "taken";
};

const text = ({ main, files: source }: ConfigNode): string =>
  new TextDecoder().decode(source.read(main) ?? new Uint8Array());

describe("a changed setting", () => {
  it("is one word in one line; comments and everything else stay", () => {
    const [one] = changed(["db1:priority=120"]).nodes;
    expect(text(one!)).toBe(conf(101).replace("priority 101   !", "priority 120   !"));
  });

  it.each<[wishes: string[], expected: string[]]>([
    [["db2:priority=90"], ["db2:12 priority 99   ! of the node -> priority 90   ! of the node"]],
    [
      ["chk.interval=1", "fall=3"],
      ["db1:4 interval 2 -> interval 1", "db1:5 fall 2 -> fall 3"],
    ],
    [["rise=2"], ["db1:2  -> rise 2"]],
    [["nopreempt=on"], ["db1:8  -> nopreempt"]],
    [["preempt_delay=5"], ["db1:8  -> preempt_delay 5"]],
  ])("%s", (wishes, expected) => {
    expect(lines(wishes)).toEqual(expect.arrayContaining(expected));
  });

  it("changes the weight where it counts: beside the name in track_script as well", () => {
    expect(lines(["db1:weight=-5"])).toEqual([
      "db1:6 weight -20 -> weight -5",
      "db1:19 track_script { chk weight -30 } -> track_script { chk weight -5 }",
    ]);
  });

  it("takes version 3 along for fractions of a second, and says so", () => {
    const { changes, remarks, nodes } = changed(["advert_int=0.2"]);
    const own = changes.filter((change) => change.node === "db1");
    expect(own.map(({ before = "", after = "" }) => [before.trim(), after.trim()])).toEqual([
      ["", "version 3"],
      ["advert_int 1", "advert_int 0.2"],
      ["authentication {", ""],
      ["auth_type PASS", ""],
      ["auth_pass 1111", ""],
      ["}", ""],
    ]);
    expect(remarks.join()).toContain("version 3");
    const { config } = readNode(nodes[0]!, "2.3.4");
    expect(config.instances[0]).toMatchObject({ version: 3, advertIntUs: 200_000 });
  });

  it("is written into the file that is included, where it stands there", () => {
    const main = node("db1", "include inner.conf\n", { "inner.conf": conf(101) });
    expect(changed(["interval=1"], [main]).changes).toMatchObject([
      { file: "inner.conf", line: 4 },
    ]);
  });

  it("can be on a line with its block", () => {
    const short = node(
      "db1",
      conf(101).replace("vrrp_script chk {            # every two seconds\n", "vrrp_script chk { "),
    );
    expect(
      readNode(changed(["rise=3"], [short]).nodes[0]!, "2.3.4").config.scripts[0],
    ).toMatchObject({
      rise: 3,
      intervalUs: 2_000_000,
      fall: 2,
    });
  });

  it("may take a flag away, and change nothing", () => {
    const bound = node("db1", conf(101, "\tnopreempt\n"));
    expect(lines(["nopreempt=off"], [bound])).toEqual(["db1:14 nopreempt -> "]);
    expect(lines(["interval=2"])).toEqual([]);
  });
});

describe("is refused, with what would do", () => {
  it.each<[string, RegExp]>([
    ["advert_int", /SETTING=VALUE/],
    ["speed=9", /speed is not known; may be changed here: advert_int, .*chk\.interval/],
    ["chk_other.interval=1", /no vrrp_script chk_other in this configuration; may be changed here/],
    ["delay_loop=1", /no checker in this configuration/],
    ["db3:priority=90", /no node db3; there are db1, db2/],
    ["nopreempt=yes", /on or off/],
    ["interval=fast", /takes a number/],
    ["priority=300", /does not take that on db1: .*300/],
    ["version=4", /does not take that on db1|makes 2 of it/],
  ])("%s", (wish, words) => {
    expect(refusal([wish])).toMatch(words);
  });

  it("when the version has no such value", () => {
    expect(refusal(["interval=0.5"], PAIR, "2.2.7")).toMatch(/2\.2\.7/);
    expect(refusal(["interval=0.5"], PAIR, "2.3.4")).toBe("taken");
  });

  it("when the daemon would clear it again", () => {
    const master = [node("db1", conf(101).replace("state BACKUP", "state MASTER")), PAIR[1]!];
    expect(refusal(["nopreempt=on"], master)).toMatch(/nopreempt is cleared/);
    expect(refusal(["nopreempt=on", "state=BACKUP"], master)).toBe("taken");
  });

  it("when two wishes want one line", () => {
    expect(refusal(["priority=90", "db1:priority=91"])).toMatch(/change the same line of db1/);
  });

  it("when a definition stands where the value would", () => {
    const defined = node("db1", `$SOON=2\n${conf(101).replace("interval 2", "interval $SOON")}`);
    expect(refusal(["interval=1"], [defined])).toMatch(/not written as a plain value/);
  });
});

describe("the comparison", () => {
  const rows = (wishes: readonly string[]): ReturnType<typeof compareRouters>[0] =>
    compareRouters(
      predict(predictedNodes(PAIR, "2.3.4")),
      predict(predictedNodes(changed(wishes).nodes, "2.3.4")),
    )[0]!;

  it("tells the events that change from those that do not", () => {
    const { rows: all } = rows(["interval=1"]);
    const different = all.filter((row) => !row.same).map(({ event }) => event);
    expect(different).toEqual(["mysqld-killed", "mysqld-stopped", "mysqld-started"]);
  });

  it("says when nobody hears anybody any more", () => {
    const { problem } = rows(["db1:advert_int=2"]);
    expect(problem.before).toBeUndefined();
    expect(problem.after).toContain("both become MASTER");
  });
});

describe("the same lines in the texts of a topology", () => {
  const topology = {
    name: "row",
    nodes: [
      { name: "db1", hostPart: 11, interface: "eth0", keepalived: "a\nb @{vip}\nc\n", files: [] },
    ],
    vips: [],
    vrids: [],
    replication: [],
  };
  const change = { node: "db1", file: "/etc/keepalived/keepalived.conf" };

  it("are replaced, taken away and put in", () => {
    const found = withChanges(topology, [
      { ...change, line: 1, before: "a", after: "A" },
      { ...change, line: 2, after: "new" },
      { ...change, line: 3, before: "c" },
    ]);
    expect(found?.nodes[0]?.keepalived).toBe("A\nb @{vip}\nnew\n");
  });

  it("are not known where an address stands in them", () => {
    const other = { ...change, line: 2, before: "b 198.18.0.100", after: "b 198.18.0.101" };
    expect(withChanges(topology, [other])).toBeUndefined();
  });
});
