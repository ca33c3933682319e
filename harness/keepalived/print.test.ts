import { describe, expect, it } from "vitest";
import { findNode } from "../topology/resolve.ts";
import { resolvedPair } from "../testing/topology.ts";
import type { KeepalivedConfig, VrrpInstance } from "./model.ts";
import { printKeepalivedConf } from "./print.ts";

const INSTANCE: VrrpInstance = {
  name: "VI_1",
  state: "BACKUP",
  interface: "eth0",
  virtualRouterId: "51",
  priority: 100,
  advertIntUs: 1_000_000,
  virtualIpAddresses: ["198.18.7.100/24"],
  trackScripts: [],
};

const print = (instance: Partial<VrrpInstance>): string => {
  const config: KeepalivedConfig = {
    routerId: "x",
    scripts: [],
    instances: [{ ...INSTANCE, ...instance }],
  };
  return printKeepalivedConf(config);
};

describe("printKeepalivedConf", () => {
  it("prints the dual-script master as the daemon reads it", () => {
    const { keepalived } = findNode(resolvedPair(), "db1");
    expect(printKeepalivedConf(keepalived!)).toMatchInlineSnapshot(`
      "global_defs {
          notification_email {
              dba@example.test
          }
          notification_email_from keepalived@example.test
          smtp_server 127.0.0.1
          smtp_connect_timeout 30
          router_id MASTER-HA
      }

      vrrp_script chk_mysql_port {
          script "/opt/chk_mysql.sh"
          interval 2
          weight -5
          fall 2
          rise 1
      }

      vrrp_instance VI_1 {
          state MASTER
          interface eth0
          mcast_src_ip 198.18.7.11
          virtual_router_id 51
          priority 101
          advert_int 1
          authentication {
              auth_type PASS
              auth_pass 1111
          }
          virtual_ipaddress {
              198.18.7.100/24
          }
          track_script {
              chk_mysql_port
          }
      }

      "
    `);
  });

  it("prints nothing for what is absent", () => {
    expect(print({})).toMatchInlineSnapshot(`
      "global_defs {
          router_id x
      }

      vrrp_instance VI_1 {
          state BACKUP
          interface eth0
          virtual_router_id 51
          priority 100
          advert_int 1
          virtual_ipaddress {
              198.18.7.100/24
          }
      }

      "
    `);
  });

  it("prints nopreempt only where it is asked for", () => {
    const lines = (nopreempt: boolean): string[] => print({ nopreempt }).split("\n");
    const without = new Set(lines(false));
    expect(lines(true).filter((line) => !without.has(line))).toEqual(["    nopreempt"]);
  });

  it("keeps the order of addresses and of tracked scripts", () => {
    const text = print({ virtualIpAddresses: ["b", "a"], trackScripts: ["y", "x"] });
    expect(
      text.match(/virtual_ipaddress \{[^}]*\}\s+track_script \{[^}]*\}/)?.[0].split(/\s+/),
    ).toEqual(["virtual_ipaddress", "{", "b", "a", "}", "track_script", "{", "y", "x", "}"]);
  });
});
