import { describe, expect, it } from "vitest";
import type { VrrpInstance } from "./config.ts";
import { readConfig, readText, type HostFacts, type ReadResult } from "./read.ts";
import type { KeepalivedVersion } from "./versions.ts";

const HOST: HostFacts = {
  hostname: "db1.example.net",
  interfaces: new Set(["lo", "eth0", "eth1"]),
  users: new Set(["root"]),
};

function read(
  text: string,
  version: KeepalivedVersion = "2.3.4",
  host: HostFacts = HOST,
): ReadResult {
  return readText(text, { version, host });
}

/** An instance with nothing wrong, and more lines. */
function instance(lines: string, name = "V", vrid = 51): string {
  return `vrrp_instance ${name} {\n interface eth0\n virtual_router_id ${vrid}\n virtual_ipaddress {\n 10.0.0.${vrid}/24\n }\n${lines}\n}\n`;
}

function only(result: ReadResult): VrrpInstance {
  expect(result.config.instances).toHaveLength(1);
  return result.config.instances[0]!;
}

const codes = ({ diagnostics }: ReadResult): readonly string[] =>
  diagnostics.map(({ code }) => code);

describe("lines", () => {
  it.each<[string, string, Partial<VrrpInstance>]>([
    ["a # begins a comment within a word", "priority 10#1", { priority: 10 }],
    ["a ! does too", "priority 20 ! 30", { priority: 20 }],
    ["not within double quotes", 'priority "30"# x', { priority: 30 }],
    [
      "braces need no blanks",
      "virtual_ipaddress_excluded{10.0.1.1}\npriority 40",
      { priority: 40 },
    ],
    ["a definition is put in its place", "$P=50\npriority $P", { priority: 50 }],
    ["braces set its name off", "$P=6\npriority ${P}1", { priority: 61 }],
    ["it has to end at a blank otherwise", "$P=6\npriority 7\npriority_$Px 1", { priority: 7 }],
    ["a definition may hold another", "$A=8\n$B=$A\npriority $B", { priority: 8 }],
    [
      "several lines with a backslash",
      "$L= \\\n priority 9 \\\n nopreempt\n$L",
      { priority: 9, nopreempt: true },
    ],
    ["lines for this host are read", "priority 10\n@db1 priority 11", { priority: 11 }],
    ["lines for others are not", "priority 10\n@db2 priority 11", { priority: 10 }],
    ["@^ turns it round", "priority 10\n@^db2 priority 12", { priority: 12 }],
    ["~SEQ repeats a line", "~SEQ(N, 3, 5) priority $N", { priority: 5 }],
    ["~LST does with a list", "~LST(N, 70, 80) priority $N", { priority: 80 }],
    ["CRLF ends a line", "priority 90\r\n nopreempt\r", { priority: 90, nopreempt: true }],
    ["a NUL hides the rest of its line", "priority 95\0 x y\n", { priority: 95 }],
  ])("%s", (_, lines, expected) => {
    expect(only(read(instance(lines)))).toMatchObject(expected);
  });

  it("unknown keywords leave their block at this level, and its } ends the outer one", () => {
    const result = read(instance("bogus {\n priority 10\n}\npriority 20"));
    expect(only(result).priority).toBe(10);
    expect(codes(result)).toEqual([
      "unknown-keyword",
      "unexpected-opening-brace",
      "unknown-keyword",
      "unknown-keyword",
    ]);
    expect(result.diagnostics[0]).toMatchObject({
      code: "unknown-keyword",
      at: { line: 7, column: 1 },
    });
  });

  it("a sub-block on one line is one keyword with too many words", () => {
    const result = read(instance("authentication { auth_type PASS auth_pass x }"));
    expect(only(result).authentication).toBeUndefined();
    expect(codes(result)).toContain("auth-without-password");
  });

  it("a missing } is noticed at the end", () => {
    expect(codes(read("vrrp_instance V {\n interface eth0\n"))).toContain("missing-closing-brace");
  });

  it("a keyword without its parameter ends the reading", () => {
    const result = read(instance("priority") + instance("", "W", 52));
    expect(result.config.instances).toHaveLength(0);
    expect(result.diagnostics.at(-1)).toMatchObject({
      code: "missing-parameter",
      test: "missing-parameter",
    });
  });

  it("1.2.13 takes TCP_CHECK{ for an unknown word, and says nothing", () => {
    const text =
      "virtual_server 10.0.0.1 80 {\n protocol TCP\n real_server 10.0.0.2 80 {\n TCP_CHECK{\n }\n }\n}\n";
    const checkers = (version: KeepalivedVersion): number | undefined =>
      read(text, version).config.virtualServers[0]?.realServers[0]?.checkers.length;
    expect(checkers("1.2.13")).toBe(0);
    expect(checkers("1.4.3")).toBe(1);
    expect(codes(read(text, "1.2.13"))).not.toContain("unknown-keyword");
  });

  it("1.2.13 keeps a # within a word", () => {
    const text = instance("authentication {\n auth_type PASS\n auth_pass a#b\n}");
    expect(only(read(text, "1.2.13")).authentication?.password).toBe("a#b");
    expect(only(read(text, "2.2.7")).authentication?.password).toBe("a");
  });

  it("says where a word stood that came through a definition", () => {
    const result = read("$P=300\n" + instance("  priority $P"));
    expect(result.diagnostics[0]).toMatchObject({
      code: "value-out-of-range",
      at: { line: 8, column: 12 },
    });
  });
});

describe("include", () => {
  const files: Readonly<Record<string, string>> = {
    "/etc/k.conf": "include conf.d/*.conf\ninclude gone.conf\n",
    "/etc/conf.d/a.conf": "include ../b.inc\n",
    "/etc/conf.d/c.conf": instance("priority 7"),
    "/etc/b.inc": "$P=5\n",
    "/etc/conf.d/../b.inc": "$P=5\n",
    "/etc/self.conf": "include self.conf\n",
    "/etc/must.conf": "includem gone.conf\n",
  };
  const source = {
    read: (path: string) =>
      files[path] === undefined ? undefined : new TextEncoder().encode(files[path]),
    list: (pattern: string) =>
      pattern === "/etc/conf.d/*.conf"
        ? ["/etc/conf.d/a.conf", "/etc/conf.d/c.conf"]
        : files[pattern] === undefined
          ? []
          : [pattern],
  };
  const readFile = (path: string): ReadResult =>
    readConfig(path, { version: "2.3.4", files: source, host: HOST });

  it("reads files in order, from the directory of the including one", () => {
    const result = readFile("/etc/k.conf");
    expect(result.files.map(({ file }) => file)).toEqual([
      "/etc/k.conf",
      "/etc/conf.d/a.conf",
      "/etc/conf.d/../b.inc",
      "/etc/conf.d/c.conf",
    ]);
    expect(only(result)).toMatchObject({ priority: 7, at: { file: "/etc/conf.d/c.conf" } });
    expect(result.diagnostics.map(({ code, severity }) => [code, severity])).toEqual([
      ["include-not-found", "warning"],
    ]);
  });

  it("ends on a file that includes itself", () => {
    expect(codes(readFile("/etc/self.conf"))).toContain("include-too-deep");
  });

  it("includem needs its file", () => {
    expect(readFile("/etc/must.conf").diagnostics[0]).toMatchObject({
      code: "include-not-found",
      severity: "fatal",
      test: "no-config",
    });
  });
});

describe("values of an instance", () => {
  it.each<[string, Partial<VrrpInstance>, string | undefined]>([
    [
      "",
      {
        state: "BACKUP",
        priority: 100,
        advertIntUs: 1_000_000,
        version: 2,
        accept: true,
        downTimerAdverts: 3,
      },
      undefined,
    ],
    ["state MASTER", { state: "MASTER", priority: 255 }, "priority-owner-by-default"],
    ["state master", { state: "BACKUP", priority: 100 }, "unknown-state"],
    ["priority 255", { state: "MASTER" }, undefined],
    ["priority 0", { priority: 100 }, "value-out-of-range"],
    ["priority ten", { priority: 100 }, "invalid-number"],
    ["advert_int 0.5", { advertIntUs: 1_000_000 }, "advert-int-rounded"],
    ["advert_int 1.5", { advertIntUs: 2_000_000 }, "advert-int-rounded"],
    ["advert_int 0", { advertIntUs: 1_000_000 }, "value-out-of-range"],
    ["version 3\nadvert_int 0.256", { version: 3, advertIntUs: 260_000 }, "advert-int-rounded"],
    ["version 3\nadvert_int 50", { advertIntUs: 40_950_000 }, "advert-int-too-long"],
    ["state MASTER\npriority 101\nnopreempt", { nopreempt: false }, "nopreempt-with-master"],
    [
      "nopreempt\npreempt_delay 5",
      { nopreempt: true, preemptDelayUs: 0 },
      "preempt-delay-with-nopreempt",
    ],
    ["preempt_delay 2.5", { preemptDelayUs: 2_500_000 }, undefined],
    ["strict_mode on", { strict: true, accept: false, lowerPrioNoAdvert: true }, undefined],
    ["strict_mode on\nstate MASTER\npriority 50", { state: "BACKUP" }, "strict-state"],
    ["strict_mode on\naccept", { accept: false }, "accept-in-strict-mode"],
    [
      "authentication {\nauth_type PASS\nauth_pass 123456789\n}",
      { authentication: { type: "PASS", password: "12345678" } },
      "password-truncated",
    ],
    ["version 3\nauthentication {\nauth_type PASS\nauth_pass x\n}", {}, "auth-in-version-3"],
    ["garp_master_repeat 0", {}, "value-out-of-range"],
    ["down_timer_adverts 5", { downTimerAdverts: 5 }, undefined],
    ["track_interface {\neth0\n}", { trackInterfaces: [] }, "track-own-interface"],
    ["interface eth9", { usable: false }, "interface-missing"],
    [
      "unicast_src_ip 10.0.0.1",
      { unicastPeers: [], sourceAddress: "10.0.0.1" },
      "unicast-without-peers",
    ],
    ["virtual_ipaddress {\n10.0.0.51\n}", {}, "duplicate-address"],
    ["virtual_ipaddress {\nfe80::1\n}", {}, "family-conflict"],
    ["virtual_ipaddress {\n10.0.0.9 dev eth9\n}", {}, "interface-unknown"],
    ["notify_master /usr/bin/x master", { notify: {} }, "script-user-unknown"],
  ])("%j", (lines, expected, code) => {
    const result = read(instance(lines));
    expect(only(result)).toMatchObject(expected);
    if (code === undefined) expect(codes(result)).toEqual([]);
    else expect(codes(result)).toContain(code);
  });

  it("an address without a prefix has /32, and the interface of its instance", () => {
    const [, second] = only(
      read(instance("virtual_ipaddress {\n10.0.0.9 label eth0:1\n}")),
    ).addresses;
    expect(second).toMatchObject({
      address: "10.0.0.9",
      prefixLength: 32,
      prefixGiven: false,
      interface: "eth0",
      label: "eth0:1",
    });
  });

  it("two instances may not share a VRID on one interface", () => {
    const result = read(instance("", "V", 51) + instance("", "W", 51));
    expect(codes(result)).toContain("duplicate-vrid");
    expect(result.config.instances.map(({ usable }) => usable)).toEqual([false, false]);
  });

  it("unset lower-priority GARP follows global_defs, not the instance", () => {
    const text = `global_defs {\n vrrp_garp_master_repeat 2\n}\n${instance("garp_master_repeat 7")}`;
    expect(only(read(text)).garp).toMatchObject({ masterRepeat: 7, lowerPrioRepeat: 2 });
  });

  it("switches of global_defs are honoured since 2.3.0", () => {
    const text = `global_defs {\n vrrp_strict off\n}\n${instance("")}`;
    expect(only(read(text, "2.2.7")).strict).toBe(true);
    expect(only(read(text, "2.3.4")).strict).toBe(false);
  });
});

describe("scripts", () => {
  const script = (lines: string): string => `vrrp_script c {\n${lines}\n}\n`;
  const tracked = instance("track_script {\n c\n}");

  it("tracks a script with its defaults", () => {
    const result = read(script('script "/usr/bin/check --port 3306"') + tracked);
    expect(result.config.scripts[0]).toMatchObject({
      command: { argv: ["/usr/bin/check", "--port", "3306"] },
      intervalUs: 1_000_000,
      timeoutUs: 1_000_000,
      weight: 0,
      rise: 1,
      fall: 1,
      usable: true,
    });
    expect(only(result).trackScripts).toMatchObject([{ name: "c", weight: 0 }]);
  });

  it("a script defined below its use is not tracked", () => {
    const result = read(tracked + script("script /usr/bin/x"));
    expect(only(result).trackScripts).toEqual([]);
    expect(codes(result)).toContain("track-script-not-found");
  });

  it("arguments outside quotes are lost", () => {
    const result = read(script("script /usr/bin/test -e /x") + tracked);
    expect(result.config.scripts[0]?.command.argv).toEqual(["/usr/bin/test"]);
    expect(codes(result)).toContain("script-arguments-lost");
  });

  it("a script that is not there is dropped, and the instance runs without it", () => {
    const result = read(script("script /opt/x") + tracked, "2.3.4", {
      ...HOST,
      script: () => "missing",
    });
    expect(result.config.scripts[0]?.usable).toBe(false);
    expect(only(result).trackScripts).toEqual([]);
  });

  it("a linked directory in the path is refused since 2.3.0, for root", () => {
    const text = script("script /bin/true") + tracked;
    expect(read(text, "2.2.7").config.scripts[0]?.usable).toBe(true);
    expect(read(text, "2.3.4").config.scripts[0]?.usable).toBe(false);
  });

  it("takes fractions of a second since 2.3.2", () => {
    const text = script("script /usr/bin/x\ninterval 0.25") + tracked;
    expect(read(text, "2.2.7").config.scripts[0]?.intervalUs).toBe(1_000_000);
    expect(read(text, "2.3.4").config.scripts[0]?.intervalUs).toBe(250_000);
  });

  it("escaped quotes group words before 2.3.2 only", () => {
    const text = script(String.raw`script "/usr/bin/sh -c \"exit 0\""`) + tracked;
    expect(read(text, "2.2.7").config.scripts[0]?.command.argv).toEqual([
      "/usr/bin/sh",
      "-c",
      "exit 0",
    ]);
    expect(read(text, "2.3.4").config.scripts[0]?.command.argv).toEqual([
      "/usr/bin/sh",
      "-c",
      '"exit',
      '0"',
    ]);
  });

  it("members of a sync group lose weighted scripts", () => {
    const text =
      script("script /usr/bin/x\nweight -5") +
      instance("track_script {\n c\n}") +
      instance("", "W", 52) +
      "vrrp_sync_group G {\n group {\n V\n W\n }\n}\n";
    const result = read(text);
    expect(result.config.instances[0]).toMatchObject({ syncGroup: "G", trackScripts: [] });
    expect(codes(result)).toContain("weight-in-sync-group");
  });
});

describe("virtual servers", () => {
  const server = (lines: string, real: string): string =>
    `virtual_server 10.0.0.1 3306 {\n${lines}\n real_server 10.0.0.2 3306 {\n${real}\n }\n}\n`;
  const plain = "delay_loop 6\nlb_algo rr\nlb_kind DR\nprotocol TCP";

  it("passes defaults down to the checker", () => {
    const result = read(server(plain, "TCP_CHECK {\n connect_timeout 3\n}"));
    expect(codes(result)).toEqual([]);
    expect(result.config.virtualServers[0]).toMatchObject({
      usable: true,
      forwarding: "DR",
      scheduler: "rr",
      quorum: 1,
    });
    expect(result.config.virtualServers[0]?.realServers[0]?.checkers[0]).toMatchObject({
      kind: "TCP_CHECK",
      connectTo: { address: "10.0.0.2", port: 3306 },
      timing: {
        delayLoopUs: 6_000_000,
        connectTimeoutUs: 3_000_000,
        retry: 1,
        delayBeforeRetryUs: 1_000_000,
        warmupUs: 6_000_000,
      },
    });
  });

  it.each([
    [plain, "TCP_CHECK {\n nb_get_retry 3\n}", "unknown-keyword"],
    [plain, "HTTP_GET {\n nb_get_retry 3\n url {\n path /\n }\n}", "deprecated-keyword"],
    [plain, "HTTP_GET {\n}", "url-missing"],
    ["lb_algo rr\nlb_kind DR", "", "protocol-missing"],
    ["lb_algo best\nlb_kind DR\nprotocol TCP", "", "unknown-scheduler"],
    [`${plain}\nquorum 5`, "", "quorum-too-high"],
    [plain, "weight 1\n}\n real_server 10.0.0.3 3307 {", "port-mismatch"],
  ])("%j with %j", (lines, real, code) => {
    expect(codes(read(server(lines, real)))).toContain(code);
  });

  it("one without real servers is ignored", () => {
    const result = read(`virtual_server 10.0.0.1 3306 {\n${plain}\n}\n`);
    expect(result.config.virtualServers[0]?.usable).toBe(false);
    expect(codes(result)).toContain("real-server-missing");
  });
});
