import { describe, expect, it } from "vitest";
import { seconds } from "../core/time.ts";
import { readText } from "../keepalived/read.ts";
import { KEEPALIVED_VERSIONS, type KeepalivedVersion } from "../keepalived/versions.ts";
import type { PredictedNode } from "./cluster.ts";
import { leftOutOf } from "./left-out.ts";
import { predict } from "./predict.ts";
import { boundsOf, formula, type Quantity } from "./quantity.ts";
import {
  predictServices,
  type PredictedServers,
  type ServerEvent,
  type ServerRow,
} from "./real-servers.ts";
import { pair, suicideServer } from "./testing/configs.ts";

const CHECK = "TCP_CHECK {\nconnect_timeout 3\ndelay_before_retry 3\n}";

interface Text {
  readonly service?: string;
  readonly real?: string;
  readonly check?: string;
}

/** As document 003 has it, with what a test changes. */
function director(
  name: string,
  of: Text = {},
  version: KeepalivedVersion = "2.3.4",
): PredictedNode {
  const real = (address: string): string =>
    `real_server ${address} 3306 {\nweight 3\n${of.real ?? ""}\n${of.check ?? CHECK}\n}\n`;
  const text =
    `virtual_server 198.18.7.100 3306 {\ndelay_loop 6\nlb_algo wrr\nlb_kind DR\nprotocol TCP\n${of.service ?? ""}\n` +
    `${real("198.18.7.21")}${real("198.18.7.22")}}\n`;
  return { name, config: readText(text, { version }).config, scripts: () => undefined };
}

function only(of: Text = {}, version?: KeepalivedVersion): PredictedServers {
  const [service] = predictServices([director("lvs1", of, version)]);
  const [servers, ...more] = service!.servers;
  expect(more).toEqual([]);
  return servers!;
}

const row = (event: ServerEvent, ...args: Parameters<typeof only>): ServerRow =>
  only(...args).rows.find((item) => item.event === event)!;

/** In seconds. */
type Range = readonly [least: number, greatest: number];

function range(quantity: Quantity | undefined): Range | undefined {
  if (quantity === undefined) return undefined;
  const { minUs, maxUs } = boundsOf(quantity);
  return [minUs / 1e6, maxUs / 1e6];
}

describe("document 003", () => {
  it.each<[KeepalivedVersion, ServerEvent, Range, Range?]>([
    ["2.3.4", "mysqld-down", [3, 9], [0, 6]],
    ["2.3.4", "host-silent", [9, 15], [0, 8]],
    ["2.3.4", "down-at-start", [1, 7]],
    // This version's TCP_CHECK does not retry.
    ["1.2.13", "mysqld-down", [0, 6], [0, 6]],
    ["1.2.13", "host-silent", [3, 9], [0, 8]],
  ])("%s, %s: out after %j, back after %j", (version, event, removed, returned) => {
    const found = row(event, {}, version);
    expect(found.outcome).toBe("leaves");
    expect(range(found.removed)).toEqual(removed);
    expect(range(found.returned)).toEqual(returned);
  });

  it("says that a frozen mysqld is noticed when its listen queue is full", () => {
    const found = row("mysqld-frozen");
    expect(formula(found.removed!)).toBe("U(0, D) + 81D..4097D + 2C + 1Dr");
    expect(found.notes.join()).toContain("the mean says nothing");
  });

  it("tries a server that is down as often as others before 2.3.3", () => {
    const slow = { check: "TCP_CHECK {\nconnect_timeout 3\nretry 3\ndelay_before_retry 9\n}" };
    expect(range(row("mysqld-down", slow, "2.2.7").returned)).toEqual([0, 9]);
    expect(range(row("mysqld-down", slow, "2.3.4").returned)).toEqual([0, 6]);
  });
});

describe("servers that are not looked at as one thinks", () => {
  it("never leave without a checker", () => {
    expect(only({ check: "" }).checkers).toEqual([]);
    for (const event of ["mysqld-down", "host-silent", "mysqld-frozen"] as const) {
      expect(row(event, { check: "" })).toMatchObject({
        outcome: "never",
        reasons: ["no checker: nothing looks at the server"],
      });
    }
  });

  it("leave for a silent host only, where the check looks at another port", () => {
    const ssh = { check: "TCP_CHECK {\nconnect_port 22\nconnect_timeout 3\n}" };
    expect(row("mysqld-down", ssh)).toMatchObject({ outcome: "never" });
    expect(row("mysqld-down", ssh).reasons.join()).toEqual(
      "TCP_CHECK looks at port 22, not at the server's 3306",
    );
    expect(row("host-silent", ssh).outcome).toBe("leaves");
  });

  it("are not known where a checker is not computed", () => {
    const http = { check: "HTTP_GET {\nurl {\npath /\nstatus_code 200\n}\nconnect_timeout 3\n}" };
    expect(row("mysqld-down", http)).toMatchObject({ outcome: "unknown" });
  });

  it("are not in the table before a good check with alpha", () => {
    expect(row("down-at-start", { service: "alpha" })).toMatchObject({ outcome: "not-in" });
    expect(row("down-at-start").outcome).toBe("leaves");
  });
});

describe("a fwmark, which takes any port", () => {
  const fwmark = (check: string, version: KeepalivedVersion = "2.3.4"): PredictedServers => {
    const text =
      `virtual_server fwmark 7 {\ndelay_loop 6\nlb_algo wrr\nlb_kind DR\n` +
      `real_server 198.18.7.21 3306 {\nTCP_CHECK {\n${check}\nretry 3\ndelay_before_retry 3\n}\n}\n}\n`;
    const { config } = readText(text, { version });
    return predictServices([{ name: "lvs1", config, scripts: () => undefined }])[0]!.servers[0]!;
  };

  it.each(["connect_port 3306", ""])("has servers that leave when mysqld is gone (%j)", (check) => {
    const [down] = fwmark(check).rows;
    expect(range(down!.removed)).toEqual([9, 15]);
    expect(down!.notes.join()).toContain("port 3306 of TCP_CHECK is taken to be mysqld's");
  });
});

describe("several checkers of one server, one of them not computed", () => {
  const HTTP = "HTTP_GET {\nurl {\npath /\nstatus_code 200\n}\nconnect_timeout 3\n}";
  const ping = { check: `${CHECK}\nPING_CHECK {\n}` };

  it("give no figure, and the greatest by the others", () => {
    for (const check of [ping.check, `${CHECK}\n${HTTP}`]) {
      const silent = row("host-silent", { check });
      expect(silent).toMatchObject({ outcome: "unknown" });
      expect(silent.removed).toBeUndefined();
      expect(silent.reasons[0]).toContain("15.000 s at most");
    }
  });

  it("leave the figures alone where the other cannot see the event", () => {
    expect(row("mysqld-down", ping)).toMatchObject({ outcome: "leaves" });
    expect(range(row("mysqld-down", ping).removed)).toEqual([3, 9]);
    expect(range(row("mysqld-down", ping).returned)).toEqual([0, 6]);
    expect(row("mysqld-down", { check: "PING_CHECK {\n}" })).toMatchObject({ outcome: "never" });
  });
});

describe("a director that a script stops because of a server elsewhere", () => {
  const STOP = '"/etc/init.d/keepalived stop"';

  it("has a table that says so, and nobody to put the server back", () => {
    const found = row("mysqld-down", { real: `notify_down ${STOP}` });
    expect(range(found.removed)).toEqual([3, 9]);
    expect(found.returned).toBeUndefined();
    expect(found.notes.join()).toContain("notify_down, which stops keepalived on the director");
  });

  it.each([
    [3, "once a weight of less than 3 is left; without this server alone it is 3", true],
    [4, "loses the quorum (weight 3 is left, 4 is needed)", false],
  ])("with quorum %d: %s", (quorum, note, back) => {
    const found = row("mysqld-down", { service: `quorum ${quorum}\nquorum_down ${STOP}` });
    expect(found.notes.join()).toContain(note);
    expect(found.returned !== undefined).toBe(back);
  });

  it("is not said to keep the address whatever mysqld does", () => {
    const servers = director("lvs1", { service: `quorum 4\nquorum_down ${STOP}` }).config;
    const nodes = pair({ servers: servers.virtualServers });
    const rows = predict(nodes)[0]!.rows;
    for (const event of ["mysqld-killed", "mysqld-frozen", "mysqld-started"]) {
      const found = rows.find((item) => item.event === event)!;
      expect(found.outcome).toBe("unknown");
      expect(found.reasons.join()).toContain("quorum_down of virtual_server 198.18.7.100:3306");
    }
  });
});

describe("fractions of a second", () => {
  it.each<[KeepalivedVersion, Range, Range]>([
    // atoi and at least 1 s; connect_timeout 0.5 is 1 s as well.
    ["1.2.13", [0, 1], [1, 2]],
    // strtoul: 0 s.
    ["1.4.3", [3, 3], [5, 5]],
    ["2.3.4", [3, 3.5], [4, 4.5]],
  ])("are read as %s reads them", (version, refused, silent) => {
    const text =
      "virtual_server 198.18.7.100 3306 {\ndelay_loop 0.5\nlb_kind DR\nprotocol TCP\nreal_server 198.18.7.21 3306 {\n" +
      "TCP_CHECK {\nconnect_timeout 0.5\ndelay_before_retry 3.9\n}\n}\n}\n";
    const { config, diagnostics } = readText(text, { version });
    const node = { name: "lvs1", config, scripts: () => undefined };
    const [down, gone] = predictServices([node])[0]!.servers[0]!.rows;
    const fine = version === "2.3.4" ? 0.9 : 0;
    expect(range(down!.removed)).toEqual(refused.map((end) => end + fine));
    expect(range(gone!.removed)).toEqual(silent.map((end) => end + fine));
    const told = diagnostics.filter(({ code }) => code === "fraction-ignored");
    expect(told.length > 0).toBe(version !== "2.3.4");
  });
});

it("says what the tables leave out", () => {
  const told = (of: Text, version?: KeepalivedVersion): string =>
    leftOutOf([director("lvs1", of, version), director("lvs2", of, version)]).join("\n");
  expect(told({})).toBe("");
  expect(told({ service: "quorum 2\nsorry_server 198.18.7.30 3306" })).toMatch(
    /^virtual_server 198\.18\.7\.100:3306 on lvs1, lvs2: quorum 2, sorry_server 198\.18\.7\.30:3306 not computed/,
  );
  const wrong = { check: "TCP_CHECK {\nnb_get_retry 3\n}" };
  expect(told(wrong)).toContain("nb_get_retry has no effect in TCP_CHECK; retry is 1");
  expect(told(wrong, "1.2.13")).toContain("nb_get_retry has no effect in TCP_CHECK; no retries");
  const udp = { service: "protocol UDP", check: "UDP_CHECK {\n}" };
  expect(told(udp)).toContain("UDP (UDP_CHECK) is not computed");
  expect(predictServices([director("lvs1", udp)])).toEqual([]);
});

it("takes a MISC_CHECK to fail or to hang, as it is meant to", () => {
  const misc = {
    check: "MISC_CHECK {\nmisc_path /usr/local/sbin/check_mysql\nmisc_timeout 3\nretry 0\n}",
  };
  expect(range(row("mysqld-down", misc).removed)).toEqual([0, 6]);
  expect(range(row("mysqld-frozen", misc).removed)).toEqual([3, 9]);
  expect(row("mysqld-frozen", misc).returned).toBeUndefined();
});

it("lets the first of two checkers take the server out", () => {
  const two = { check: `${CHECK}\nTCP_CHECK {\nconnect_timeout 1\nretry 0\ndelay_loop 2\n}` };
  expect(range(row("mysqld-down", two).removed)).toEqual([0, 2]);
  // Both have to be content before it is back.
  expect(range(row("mysqld-down", two).returned)).toEqual([0, 6]);
});

it("says until when a client stays with a server", () => {
  const stuck = "persistence_timeout 50";
  expect(only().tiedClients).toBeUndefined();
  expect(only({ service: stuck }).tiedClients).toBe("until-removed");
  expect(only({ service: stuck, real: "inhibit_on_failure" }).tiedClients).toBe("until-back");
});

it("has directors that say the same once, and others apart", () => {
  const names = (...nodes: readonly PredictedNode[]): (readonly string[])[] =>
    predictServices(nodes).map(({ directors }) => directors);
  expect(names(director("lvs1"), director("lvs2"))).toEqual([["lvs1", "lvs2"]]);
  expect(names(director("lvs1"), director("lvs2", { service: "alpha" }))).toEqual([
    ["lvs1"],
    ["lvs2"],
  ]);
});

it("leaves virtual servers to the routers' tables whose script stops keepalived", () => {
  const check = {
    delayLoopUs: seconds(2),
    connectTimeoutUs: seconds(3),
    retry: 3,
    delayBeforeRetryUs: seconds(3),
  };
  const texts = { "/opt/kill.sh": "#!/bin/sh\nkillall keepalived\n" };
  const servers = [suicideServer(check, "/opt/kill.sh")];
  expect(predictServices(pair({ servers, texts }))).toEqual([]);
  const harmless = { "/opt/kill.sh": "#!/bin/sh\nlogger gone\n" };
  expect(predictServices(pair({ servers, texts: harmless }))).toHaveLength(1);
});

it("has a row for every event in every version, and a reason where nothing happens", () => {
  for (const version of KEEPALIVED_VERSIONS) {
    for (const { outcome, removed, reasons } of only({}, version).rows) {
      expect(removed !== undefined).toBe(outcome === "leaves");
      expect(reasons.length > 0).toBe(outcome !== "leaves");
    }
  }
});
