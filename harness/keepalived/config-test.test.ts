import { describe, expect, it } from "vitest";
import { configTestExit } from "./config-test.ts";
import { readText, type HostFacts } from "./read.ts";
import type { KeepalivedVersion } from "./versions.ts";

const HOST: HostFacts = {
  hostname: "db1",
  interfaces: new Set(["lo", "eth0"]),
  users: new Set(["root", "nobody"]),
  networkNamespaces: new Set(),
  script: (path) => (path === "/usr/bin/true" || path === "/bin/true" ? "executable" : "missing"),
};

const SECURE = "global_defs {\n enable_script_security\n script_user root\n}\n";

function instance(lines: string): string {
  return `vrrp_instance V {\n interface eth0\n virtual_router_id 51\n virtual_ipaddress {\n 10.0.0.1/24\n }\n${lines}\n}\n`;
}

function exitOf(text: string, version: KeepalivedVersion): number {
  return configTestExit(readText(text, { version, host: HOST }), HOST).exit;
}

const tracking = (script: string, more = ""): string =>
  `vrrp_script c {\n script ${script}\n${more}\n}\n${instance("track_script {\n c\n}")}`;

describe("the exit code of keepalived -t", () => {
  it.each<[string, string, number, number]>([
    ["a valid file", instance(""), 0, 0],
    ["an empty file", "", 0, 0],
    ["an unknown keyword", instance("bogus"), 5, 5],
    ["a keyword without its parameter", instance("priority"), 2, 2],
    ["an unknown interface", instance("interface eth9"), 5, 5],
    ["a long password", instance("authentication {\nauth_type PASS\nauth_pass 123456789\n}"), 5, 5],
    ["nopreempt with MASTER", instance("state MASTER\nnopreempt"), 5, 5],
    ["a script that is missing", SECURE + tracking("/opt/x"), 5, 5],
    ["a script, security on", SECURE + tracking("/usr/bin/true"), 0, 0],
    ["a script, security off", tracking("/usr/bin/true"), 6, 6],
    ["security masks other errors", `${tracking("/usr/bin/true")}bogus\n`, 6, 6],
    ["a script through a linked directory", SECURE + tracking("/bin/true"), 0, 5],
    ["a script for another user", SECURE + tracking("/usr/bin/true", "user nobody"), 143, 0],
    ["fractions of a second", SECURE + tracking("/usr/bin/true", "interval 0.5"), 5, 0],
    ["an address twice", instance("virtual_ipaddress {\n10.0.0.1/24\n}"), 0, 5],
    ["a quote that does not end", tracking('"/usr/bin/true'), 139, 139],
    ["a notify script that is missing", SECURE + instance('notify_master "/opt/x"'), 0, 0],
    ["a network namespace that is missing", `net_namespace red\n${instance("bogus")}`, 0, 0],
    [
      "a static address without an interface",
      "static_ipaddress {\n 10.0.0.5/24 dev eth0\n 10.0.0.6/24 dev eth0 \n}\ninterface_up_down_delays {\n eth9 1\n}\n",
      4,
      4,
    ],
  ])("%s", (_, text, before, now) => {
    expect(exitOf(text, "2.2.7")).toBe(before);
    expect(exitOf(text, "2.3.4")).toBe(now);
  });

  it("names what decided it", () => {
    const result = readText(instance("bogus"), { version: "2.3.4", host: HOST });
    expect(configTestExit(result, HOST).because).toMatchObject([
      { code: "unknown-keyword", at: { line: 7, column: 1 } },
    ]);
  });
});
