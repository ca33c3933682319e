import { describe, expect, it } from "vitest";
import type { HostView } from "../../shell/host.ts";
import type { Meeting } from "./database.ts";
import { hostView, type ViewedHost } from "./hostview.ts";
import type { Signal } from "./keepalived/host.ts";
import type { ServerFlavour } from "./mysql/server.ts";
import { ProcessTable } from "./processes.ts";

const VIP = "10.0.0.100";

function bench(options: { flavour?: ServerFlavour; mysqld?: boolean; meeting?: Meeting } = {}) {
  const { flavour = "mysql-9.7", mysqld = true, meeting = { kind: "silence" } } = options;
  const processes = new ProcessTable();
  const files = new Map([["/etc/keepalived/keepalived.conf", "vrrp_instance"]]);
  const addresses = [{ address: "10.0.0.11", prefixLength: 24 }];
  const told: string[] = [];
  const host: ViewedHost = {
    name: "db1",
    interface: "eth0",
    flavour,
    processes,
    files,
    nowUs: () => 42,
    addresses: () => addresses,
    changeAddress: (action, address, prefixLength) => {
      told.push(`${action} ${address}/${prefixLength}`);
      addresses.push({ address, prefixLength });
    },
    mysqld: () => (mysqld ? { pid: 50, name: "mysqld", port: 3306 } : undefined),
    service: (name, action) => {
      told.push(`${name} ${action}`);
      return { done: () => true, status: () => 0, output: "running\n" };
    },
    durationOf: () => 1000,
    connect: () => meeting,
    mysql: () => ({ kind: "hangs" }),
    ping: () => true,
    arp: () => [],
    arping: "iputils",
    log: (program, text) => {
      told.push(`${program}: ${text}`);
    },
  };
  const view: HostView = hostView(host);
  return { view, processes, files, told };
}

describe("what a script sees of its host", () => {
  it.each([
    ["mysql-9.7", [3306, 33_060]],
    ["mariadb-11.8", [3306]],
  ] as const)("%s listens on %j, with its process", (flavour, ports) => {
    const sockets = bench({ flavour }).view.sockets();
    expect(sockets.map((socket) => socket.port)).toEqual(ports);
    expect(sockets[0]).toMatchObject({ state: "LISTEN", process: "mysqld", pid: 50 });
  });

  it("nothing listens when the mysqld is gone, and its socket is gone too", () => {
    const { view } = bench({ mysqld: false });
    expect([view.sockets(), view.fileKind("/run/mysqld/mysqld.sock")]).toEqual([[], undefined]);
    expect(bench().view.fileKind("/run/mysqld/mysqld.sock")).toBe("socket");
  });

  it("addresses, loopback first", () => {
    expect(bench().view.addresses()).toEqual([
      { interface: "lo", address: "127.0.0.1", prefixLength: 8 },
      { interface: "eth0", address: "10.0.0.11", prefixLength: 24 },
    ]);
  });

  it("files, and the folders they lie in", () => {
    const { view } = bench();
    expect(
      [
        "/etc/keepalived/keepalived.conf",
        "/etc/keepalived",
        "/etc/keepalived/",
        "/tmp",
        "/srv",
      ].map((path) => view.fileKind(path)),
    ).toEqual(["file", "directory", "directory", "directory", undefined]);
  });

  it("what it has written, and what it has added to it", () => {
    const { view } = bench();
    view.writeFile("/tmp/log", "a", false);
    view.writeFile("/tmp/log", "b", true);
    expect(view.readFile("/tmp/log")).toBe("ab");
    view.writeFile("/tmp/log", "c", false);
    expect(view.readFile("/tmp/log")).toBe("c");
    expect([view.removeFile("/tmp/log"), view.removeFile("/tmp/log")]).toEqual([true, false]);
  });

  it("connections as they are met: open, refused or silent", () => {
    const met = ([{ kind: "open" }, { kind: "refused" }, { kind: "silence" }] as const).map(
      ({ kind }) => {
        const meeting: Meeting = kind === "silence" ? { kind } : { kind, node: "db2" };
        return bench({ meeting }).view.connect(VIP, 3306);
      },
    );
    expect(met).toEqual(["open", "refused", "silent"]);
  });
});

describe("what a script does to its host", () => {
  it("signals a process by any of a signal's names; 0 only asks", () => {
    const { view, processes } = bench();
    const got: Signal[] = [];
    const pid = processes.spawn({ ppid: 1, name: "a", args: "" }, (signal) => got.push(signal));
    expect(["TERM", "SIGKILL", "0"].map((name) => view.signal(pid, name))).toEqual([
      true,
      true,
      true,
    ]);
    expect(got).toEqual(["TERM", "KILL"]);
    expect([view.signal(999, "TERM"), view.signal(999, "0")]).toEqual([false, false]);
  });

  it("shows a stopped process as stopped", () => {
    const { view, processes } = bench();
    const pid = processes.spawn({ ppid: 1, name: "a", args: "" }, () => undefined);
    view.signal(pid, "STOP");
    expect(view.processes().map((row) => row.state)).toEqual(["stopped"]);
  });

  it.each([
    ["mysql-9.7", "mysql", 0],
    ["mysql-9.7", "keepalived.service", 0],
    ["mysql-9.7", "mariadb", 5],
    ["mariadb-11.8", "mariadb", 0],
    ["mariadb-11.8", "mysqld", 5],
  ] as const)("on %s, service %s ends with %d", (flavour, name, status) => {
    const { view, told } = bench({ flavour });
    expect(view.service(name, "stop").status).toBe(status);
    expect(told).toHaveLength(status === 0 ? 1 : 0);
  });

  it("adds an address once, and takes away only what is there", () => {
    const { view, told } = bench();
    expect(
      (["remove", "add", "add"] as const).map((change) =>
        view.changeAddress("eth0", VIP, undefined, change),
      ),
    ).toEqual([false, true, false]);
    // ip(8): an address without a length is a host's own, /32.
    expect(told).toEqual([`added ${VIP}/32`]);
  });
});
