import { describe, expect, it } from "vitest";
import { InputError } from "../../core/errors.ts";
import type { FileSource } from "../../keepalived/read.ts";
import type { KeepalivedVersion } from "../../keepalived/versions.ts";
import { predict } from "../predict.ts";
import { predictedNodes, readNode, whatIf, type ConfigNode } from "./apply.ts";
import { predictServices } from "../real-servers.ts";
import { compareRouters, compareServices, type ServiceDifference } from "./compare.ts";
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

  it("leaves a comment in any language as it was, in the file and as people read it", () => {
    const said = node("db1", conf(101).replace("interval 2", "interval 2  # 间隔"));
    const { changes, nodes } = changed(["interval=1"], [said]);
    expect(changes).toMatchObject([
      { before: "    interval 2  # 间隔", after: "    interval 1  # 间隔" },
    ]);
    expect(new TextDecoder().decode(nodes[0]!.files.read("db1.conf"))).toContain("# 间隔");
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

describe("behind directors", () => {
  const real = (address: string): string =>
    `  real_server ${address} 3306 {\n    weight 3\n    TCP_CHECK {\n      connect_timeout 3\n      delay_before_retry 3\n    }\n  }\n`;
  const director = (name: string, more = ""): ConfigNode =>
    node(
      name,
      `virtual_server 198.18.7.100 3306 {\n  delay_loop 6\n${more}  persistence_timeout 50\n  protocol TCP\n${real("198.18.7.21")}${real("198.18.7.22")}}\n`,
    );
  const DIRECTORS = [director("lvs1"), director("lvs2")];

  const compared = (wishes: readonly string[], nodes = DIRECTORS): ServiceDifference[] =>
    compareServices(
      predictServices(predictedNodes(nodes, "2.3.4")),
      predictServices(predictedNodes(changed(wishes, nodes).nodes, "2.3.4")),
    );

  it("a fraction that the version reads in whole seconds is refused", () => {
    for (const wish of ["connect_timeout=0.5", "delay_loop=1.5", "delay_before_retry=0.5"]) {
      expect(() => changed([wish], DIRECTORS, "1.4.3")).toThrow(/keepalived 1\.4\.3 makes [01] of/);
      expect(changed([wish], DIRECTORS, "2.3.4").changes).not.toEqual([]);
    }
  });

  it("a setting of the check changes when servers leave and return", () => {
    const [all, ...more] = compared(["delay_loop=1"]);
    expect(more).toEqual([]);
    expect(all).toMatchObject({
      service: "198.18.7.100:3306",
      directors: ["lvs1", "lvs2"],
      servers: ["198.18.7.21:3306", "198.18.7.22:3306"],
    });
    expect(all?.rows[0]).toMatchObject({
      event: "mysqld-down",
      same: false,
      before: { removed: { minUs: 3_000_000, maxUs: 9_000_000 }, returned: { maxUs: 6_000_000 } },
      after: { removed: { minUs: 3_000_000, maxUs: 4_000_000 }, returned: { maxUs: 1_000_000 } },
    });
  });

  it("a director of its own is told apart", () => {
    const found = compared(["lvs2:retry=0"]);
    expect(found.map(({ directors, rows }) => [directors, rows.some(({ same }) => !same)])).toEqual(
      [
        [["lvs1"], false],
        [["lvs2"], true],
      ],
    );
  });

  it("persistence can be taken away, and inhibit_on_failure put in", () => {
    expect(lines(["lvs1:persistence_timeout=off"], DIRECTORS)).toEqual([
      "lvs1:3 persistence_timeout 50 -> ",
    ]);
    expect(lines(["lvs1:persistence_timeout=20"], DIRECTORS)).toEqual([
      "lvs1:3 persistence_timeout 50 -> persistence_timeout 20",
    ]);
    expect(compared(["persistence_timeout=off"])[0]?.tiedClients).toEqual({
      before: "until-removed",
    });
    expect(compared(["inhibit_on_failure=on"])[0]?.tiedClients).toEqual({
      before: "until-removed",
      after: "until-back",
    });
    const kept = DIRECTORS.map(({ name }) => director(name, "  inhibit_on_failure\n"));
    expect(compared(["inhibit_on_failure=off"], kept)[0]?.tiedClients).toEqual({
      before: "until-back",
      after: "until-removed",
    });
  });

  it.each<[string, RegExp]>([
    [
      "nb_get_retry=1",
      /nb_get_retry belongs to HTTP_GET .*TCP_CHECK has retry; may be changed here: delay_loop/,
    ],
    ["lb_algo=rr", /lb_algo decides which server gets how many connections, and no interval/],
    ["persistence_timeout=0", /does not take that on lvs1/],
    ["persistence_timeout=long", /takes a number, in keepalived's own unit, or off/],
    ["misc_timeout=3", /there is no checker in this configuration/],
  ])("%s is refused", (wish, words) => {
    expect(refusal([wish], DIRECTORS)).toMatch(words);
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
