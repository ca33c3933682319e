/**
 * Every rule has an example that it complains about and one nearby that it leaves alone. The examples
 * are built from a sound pair, so that each says only what it is about.
 */
import { describe, expect, it } from "vitest";
import { seconds } from "../../core/time.ts";
import { readText } from "../read.ts";
import type { KeepalivedVersion } from "../versions.ts";
import { lintCluster } from "./engine.ts";
import type { Finding, LintNode, LintOptions } from "./rule.ts";
import { RULES } from "./rules.ts";

type Scripts = Readonly<Record<string, string>>;

interface Example {
  /** Configuration texts of node a, b ... */
  readonly nodes: readonly string[];
  readonly scripts?: Scripts;
  readonly options?: LintOptions;
  readonly version?: KeepalivedVersion;
}

function lint({ nodes, scripts = {}, options = {}, version = "2.3.4" }: Example): Finding[] {
  return lintCluster(
    nodes.map((text, index): LintNode => {
      const name = "abc"[index] ?? "z";
      const file = `${name}.conf`;
      const read = readText(text, { version, file });
      return { name, file, read, scripts: (path) => scripts[path] };
    }),
    options,
  );
}

interface Parts {
  readonly globals?: string;
  readonly script?: string;
  readonly instance?: string;
  readonly track?: string;
  readonly vips?: string;
  readonly priority?: number | "";
  readonly state?: string;
  readonly vrid?: number;
  readonly auth?: string;
  readonly name?: string;
  readonly after?: string;
}

const SECURE = "enable_script_security\nscript_user root";
const CHECK = `script "/etc/keepalived/check.sh"\ninterval 2\ntimeout 1\nfall 2`;
const AUTH = "authentication {\nauth_type PASS\nauth_pass k7Qp2\n}";

function conf(parts: Parts = {}): string {
  const { globals = SECURE, script = CHECK, instance = "", track = "check" } = parts;
  const { vips = "10.0.0.100/24", priority = 120, state = "BACKUP", vrid = 77 } = parts;
  const { auth = AUTH, name = "VI_1", after = "" } = parts;
  return [
    `global_defs {\n${globals}\n}`,
    script === "" ? "" : `vrrp_script check {\n${script}\n}`,
    `vrrp_instance ${name} {`,
    `state ${state}`,
    "interface eth0",
    `virtual_router_id ${vrid}`,
    priority === "" ? "" : `priority ${priority}`,
    "advert_int 1",
    auth,
    instance,
    `virtual_ipaddress {\n${vips}\n}`,
    track === "" ? "" : `track_script {\n${track}\n}`,
    "}",
    after,
  ].join("\n");
}

const other = (parts: Parts = {}): string => conf({ priority: 100, ...parts });

const PING = "#!/bin/sh\ntimeout 0.5 mysqladmin ping >/dev/null 2>&1\n";
const check = (text: string): Scripts => ({ "/etc/keepalived/check.sh": text });
const WELL = check(PING);

interface Case {
  readonly bad: Example;
  readonly good: Example;
}

const pair = (first: Parts, second: Parts = {}, rest: Partial<Example> = {}): Example => ({
  nodes: [conf(first), other(second)],
  scripts: WELL,
  ...rest,
});

const SOUND = pair({});
const script = (text: string, parts: Parts = {}): Example =>
  pair(parts, parts, { scripts: check(text) });

const server = (
  body: string,
  head = "delay_loop 2\nlvs_sched rr\nlvs_method NAT\nprotocol TCP",
  vip = "10.0.0.100 3306",
): string => `virtual_server ${vip} {\n${head}\n${body}\n}`;
const real = (body: string, address = "10.0.0.1 3306"): string =>
  `real_server ${address} {\nweight 1\n${body}\n}`;
const TCP = "TCP_CHECK {\nconnect_timeout 3\nretry 3\ndelay_before_retry 1\n}";
const DOWN = 'notify_down "/etc/keepalived/down.sh"';
const STOP: Scripts = { ...WELL, "/etc/keepalived/down.sh": "#!/bin/sh\npkill keepalived\n" };

const withServer = (
  body: string,
  more: Partial<Example> & { readonly head?: string; readonly vip?: string } = {},
): Example => {
  const { head, vip, ...rest } = more;
  const text = conf({ after: server(body, head, vip), script: "", track: "" });
  return { nodes: [text], scripts: STOP, ...rest };
};

const CASES: Readonly<Record<string, Case>> = {
  VD001: { bad: pair({ vrid: 0 }), good: SOUND },
  VD002: { bad: pair({ instance: "no_such_keyword 1" }), good: SOUND },
  VD003: { bad: { nodes: [`include missing.conf\n${conf()}`] }, good: SOUND },
  VD004: { bad: pair({ globals: `${SECURE}\nrouter_id \${_RANDOM 1 9}` }), good: SOUND },
  VD101: {
    bad: pair({ state: "MASTER", instance: "nopreempt" }),
    good: pair({ instance: "nopreempt" }),
  },
  VD102: {
    bad: pair({ state: "MASTER", instance: "preempt_delay 60" }),
    good: pair({ instance: "preempt_delay 60" }),
  },
  VD103: {
    bad: pair({ state: "MASTER", priority: "" }),
    good: pair({ state: "BACKUP", priority: "" }),
  },
  VD104: {
    bad: pair({ state: "MASTER", priority: 255, track: "check weight -50" }),
    good: pair({ priority: 254, track: "check weight -200" }),
  },
  VD105: {
    bad: pair(
      { instance: "nopreempt", track: "check weight -50" },
      { instance: "nopreempt", track: "check weight -50" },
    ),
    good: pair({ instance: "nopreempt" }, { instance: "nopreempt" }),
  },
  VD106: { bad: SOUND, good: pair({ instance: "nopreempt" }, { instance: "nopreempt" }) },
  VD107: {
    bad: pair({ globals: `${SECURE}\nvrrp_startup_delay 10` }),
    good: pair({ globals: `${SECURE}\nvrrp_startup_delay 10` }, {}, { version: "2.2.7" }),
  },
  VD108: {
    bad: pair({ globals: `${SECURE}\nvrrp_strict` }),
    good: pair(
      { globals: `${SECURE}\nvrrp_strict\nvrrp_version 3`, instance: "accept", auth: "" },
      { globals: `${SECURE}\nvrrp_strict\nvrrp_version 3`, instance: "accept", auth: "" },
    ),
  },
  VD109: { bad: pair({ script: "", track: "" }), good: SOUND },
  VD110: {
    bad: pair({ instance: "track_interface {\neth1\n}" }),
    good: pair({ instance: "track_interface {\neth1\n}" }, {}, { version: "2.2.7" }),
  },
  VD111: {
    bad: pair({ instance: "unicast_src_ip 10.0.0.1" }),
    good: pair(
      { instance: "unicast_src_ip 10.0.0.1\nunicast_peer {\n10.0.0.2\n}" },
      { instance: "unicast_src_ip 10.0.0.2\nunicast_peer {\n10.0.0.1\n}" },
    ),
  },
  VD112: {
    bad: pair({ instance: "unicast_src_ip 10.0.0.1\nunicast_peer {\n10.0.0.1\n}" }),
    good: pair({ instance: "unicast_src_ip 10.0.0.1\nunicast_peer {\n10.0.0.2\n}" }),
  },
  VD113: {
    bad: pair({ instance: "mcast_src_ip 10.0.0.100" }),
    good: pair({ instance: "mcast_src_ip 10.0.0.1" }),
  },
  VD114: {
    bad: pair({ globals: `${SECURE}\nvrrp_mcast_group4 239.1.1.1` }),
    good: pair({ globals: `${SECURE}\nvrrp_mcast_group4 224.0.0.99` }),
  },
  VD115: { bad: pair({ instance: "dont_track_primary" }), good: SOUND },
  VD116: { bad: pair({ track: "check weight -50" }), good: SOUND },
  VD117: {
    bad: pair({ auth: "authentication {\nauth_type PASS\nauth_pass ab#cd\n}" }),
    good: pair({ auth: 'authentication {\nauth_type PASS\nauth_pass "ab#cd"\n}' }),
  },
  VD118: {
    bad: pair({ instance: "advert_int 1.5" }),
    good: pair({ instance: "version 3\nadvert_int 1.5", auth: "" }),
  },
  VD119: {
    bad: pair({ vrid: 51, auth: "authentication {\nauth_type PASS\nauth_pass 1111\n}" }),
    good: pair({ vrid: 51 }),
  },
  VD120: {
    bad: pair({ instance: "\u00A0nopreempt" }),
    good: pair({ instance: "# caf\u00E9\u00A0" }),
  },
  VD121: {
    bad: pair({ instance: "mcast_src_ip 10.9.0.1" }),
    good: pair({ instance: "mcast_src_ip 10.0.0.1" }),
  },
  VD122: { bad: { nodes: ["! nothing yet\n"] }, good: SOUND },
  VD201: { bad: pair({ script: "", track: "check" }), good: SOUND },
  VD202: { bad: pair({ track: "" }), good: SOUND },
  VD203: {
    bad: pair({ script: "script /etc/keepalived/check.sh 3306\ninterval 2\ntimeout 1" }),
    good: pair({ script: 'script "/etc/keepalived/check.sh 3306"\ninterval 2\ntimeout 1' }),
  },
  VD204: {
    bad: pair({ script: 'script "check.sh"\ninterval 2\ntimeout 1' }),
    good: pair({ script: 'script "pidof mysqld"\ninterval 2\ntimeout 1' }),
  },
  VD205: {
    bad: pair({ instance: 'notify_master "/bin/logger master"' }),
    good: pair({ instance: 'notify_master "/usr/bin/logger master"' }),
  },
  VD206: {
    bad: pair({ script: String.raw`script "/usr/bin/sh -c \"exit 0\""` }),
    good: pair({ script: String.raw`script "/usr/bin/sh -c 'exit 0'"` }),
  },
  VD207: { bad: pair({ script: 'script "/etc/keepalived/check.sh"\ninterval 2' }), good: SOUND },
  VD208: { bad: pair({ script: `${CHECK}\ninit_fail` }), good: SOUND },
  VD209: {
    bad: pair({ script: 'script "/tmp/check.sh"\ninterval 2\ntimeout 1' }),
    good: SOUND,
  },
  VD210: { bad: pair({ globals: "" }), good: SOUND },
  VD211: {
    bad: pair({
      track: "check weight -50",
      after: `vrrp_instance VI_2 {\ninterface eth0\nvirtual_router_id 78\npriority 120\nvirtual_ipaddress {\n10.0.0.101\n}\n}\nvrrp_sync_group G {\ngroup {\nVI_1\nVI_2\n}\n}`,
    }),
    good: pair({
      after: `vrrp_instance VI_2 {\ninterface eth0\nvirtual_router_id 78\npriority 120\nvirtual_ipaddress {\n10.0.0.101\n}\n}\nvrrp_sync_group G {\ngroup {\nVI_1\nVI_2\n}\n}`,
    }),
  },
  VD212: {
    bad: { nodes: [`vrrp_track_process m {\nprocess mysqld\n}\n${conf()}`] },
    good: SOUND,
  },
  VD213: {
    bad: pair({
      instance: 'notify_master "/etc/keepalived/m.sh"\nnotify_backup "/etc/keepalived/b.sh"',
    }),
    good: pair({ instance: 'notify_master "/etc/keepalived/m.sh"' }),
  },
  VD214: {
    bad: pair({ track: "check weight 50" }),
    good: pair({ track: "check weight 50" }, { track: "check weight 50" }),
  },
  VD301: {
    bad: script("#!/bin/sh\nmysqladmin ping >/dev/null 2>&1 || echo mysqld is down\nexit 0\n"),
    good: SOUND,
  },
  VD302: {
    bad: script(
      "#!/bin/sh\nif timeout 0.5 mysqladmin ping >/dev/null 2>&1; then exit 1; fi\nexit 0\n",
    ),
    good: SOUND,
  },
  VD303: { bad: script("#!/bin/sh\n# mysql\nexit 3\n"), good: SOUND },
  VD304: {
    bad: script("#!/bin/sh\npidof mysqld || systemctl stop keepalived\n"),
    good: SOUND,
  },
  VD305: {
    bad: script("#!/bin/sh\npidof mysqld || pkill -9 keepalived\n"),
    good: script("#!/bin/sh\npidof mysqld || pkill keepalived\n"),
  },
  VD306: {
    bad: script("#!/bin/sh\npidof mysqld || kill -9 $(cat /run/keepalived.pid)\n"),
    good: script("#!/bin/sh\npidof mysqld || kill $(cat /run/keepalived.pid)\n"),
  },
  VD307: {
    bad: script("#!/bin/sh\npidof mysqld || systemctl restart mysqll\n"),
    good: script("#!/bin/sh\npidof mysqld || systemctl restart mysql\n"),
  },
  VD308: { bad: script("#!/bin/sh\nmysql -e 'select 1'\n"), good: SOUND },
  VD309: { bad: script("#!/bin/sh\npidof mysqld\n"), good: SOUND },
  VD310: {
    bad: script("#!/bin/bash\nPASS=geheim\ntimeout 1 mysql -ucheck -p$PASS -e 'select 1'\n"),
    good: script("#!/bin/bash\ntimeout 1 mysql -P 3306 -e 'select 1'\n"),
  },
  VD311: { bad: script("timeout 0.5 mysqladmin ping\n"), good: SOUND },
  VD312: { bad: script("#!/bin/sh\r\ntimeout 0.5 mysqladmin ping\r\n"), good: SOUND },
  VD313: {
    bad: script("#!/bin/sh\nn=$(ps -ef | grep mysqld | wc -l)\n[ $n -gt 0 ]\n"),
    good: script("#!/bin/sh\nn=$(ps -ef | grep [m]ysqld | wc -l)\n[ $n -gt 0 ]\n"),
  },
  VD314: {
    bad: script("#!/bin/sh\nnetstat -an | grep LISTEN | grep -q 3306\n"),
    good: script("#!/bin/sh\nnetstat -an | grep LISTEN | grep -qw 3306\n"),
  },
  VD315: {
    bad: script("#!/bin/sh\nfor n in 1 2 3; do pidof mysqld && exit 0; sleep 1; done\nexit 1\n"),
    good: SOUND,
  },
  VD316: {
    bad: script("#!/bin/sh\nHOST=10.0.0.100\ntimeout 0.5 mysqladmin -h $HOST ping\n"),
    good: script(
      "#!/bin/sh\nVIP=10.0.0.100\nip addr | grep -q $VIP || exit 0\ntimeout 0.5 mysqladmin -h 127.0.0.1 ping\n",
    ),
  },
  VD317: {
    bad: script("#!/bin/sh\npidof mysqld || { systemctl restart mysql; exit 1; }\n"),
    good: SOUND,
  },
  VD318: {
    bad: script("#!/bin/sh\npidof mysqld || systemctl restart keepalived\n"),
    good: script("#!/bin/sh\npidof mysqld || systemctl stop keepalived\n"),
  },
  VD319: {
    bad: script("#!/bin/sh\nif [[ -z $(pidof mysqld) ]]; then exit 1; fi\n"),
    good: script("#!/bin/bash\nif [[ -z $(pidof mysqld) ]]; then exit 1; fi\n"),
  },
  VD320: {
    bad: script('#!/bin/sh\nmysqlPid=$(pidof mysqld)\n[ -n "$mysqlPID" ]\n'),
    good: script('#!/bin/sh\nmysqlPid=$(pidof mysqld)\n[ -n "$mysqlPid" ]\n'),
  },
  VD321: {
    bad: script("#!/bin/sh\ntimeout 0.5 mysql -e 'select 1'\n"),
    good: script("#!/bin/sh\npidof mysqld\n"),
  },
  VD322: {
    bad: SOUND,
    good: script(
      "#!/bin/sh\nr=$(timeout 0.5 mysql -N -s -e 'select @@global.read_only') || exit 1\n[ \"$r\" = 0 ]\n",
    ),
  },
  VD323: {
    bad: script("#!/bin/sh\npidof mysqld || pkill keepalived\n", {
      globals: "enable_script_security\nscript_user nobody",
    }),
    good: script("#!/bin/sh\npidof mysqld || pkill keepalived\n"),
  },
  VD324: {
    bad: script("#!/bin/sh\npidof mysqld || pkill keepalived\nexit 0\n", {
      track: "check weight -50",
    }),
    good: script("#!/bin/sh\npidof mysqld || { pkill keepalived; exit 1; }\n", {
      track: "check weight -50",
    }),
  },
  VD325: {
    bad: script("#!/bin/sh\n\u00A0timeout 0.5 mysqladmin ping\n"),
    good: script('#!/bin/sh\necho "\u201Cfine\u201D"\ntimeout 0.5 mysqladmin ping\n'),
  },
  VD390: { bad: script("#!/usr/bin/python3\nimport MySQLdb\n"), good: SOUND },
  VD391: { bad: pair({}, {}, { scripts: {} }), good: SOUND },
  VD401: {
    bad: withServer(real(`${DOWN}\n${TCP}`)),
    good: withServer(real(`${DOWN}\n${TCP}`), { options: { ipvs: true } }),
  },
  VD402: {
    bad: withServer(real("TCP_CHECK {\nnb_get_retry 3\n}")),
    good: withServer(real(TCP)),
  },
  VD403: {
    bad: withServer(real(TCP), { version: "1.2.13" }),
    good: withServer(real(TCP)),
  },
  VD404: {
    bad: withServer(real(TCP.replace(" {", "{")), { version: "1.2.13" }),
    good: withServer(real(TCP), { version: "1.2.13" }),
  },
  VD405: {
    bad: withServer(real('MISC_CHECK {\nmisc_path "/usr/bin/true"\n}'), { head: "delay_loop 2" }),
    good: withServer(real(TCP)),
  },
  VD406: { bad: withServer(real(`${DOWN}\n${TCP}`)), good: withServer(real(TCP)) },
  VD407: {
    bad: withServer(real(TCP)),
    good: withServer(real('MISC_CHECK {\nmisc_path "/etc/keepalived/check.sh"\n}')),
  },
  VD408: {
    bad: withServer(real(TCP)),
    good: withServer(real(TCP), { vip: "10.0.0.200 3306" }),
  },
  VD410: {
    bad: withServer(real(TCP, "10.0.0.1 3307"), {
      head: "delay_loop 2\nprotocol TCP\nlvs_method DR",
    }),
    good: withServer(real(TCP), { head: "delay_loop 2\nprotocol TCP\nlvs_method DR" }),
  },
  VD411: { bad: withServer(real("")), good: withServer(real(TCP)) },
  VD412: {
    bad: withServer(`${real(TCP)}\n${real(TCP, "10.0.0.2 3306")}`),
    good: withServer(real(TCP)),
  },
  VD413: {
    bad: withServer(real(TCP), { vip: "10.0.0.200 3306" }),
    good: withServer(real(TCP)),
  },
  VD414: {
    bad: withServer(real(TCP), { head: "protocol TCP" }),
    good: withServer(real(TCP)),
  },
  VD415: {
    bad: withServer(`${real(`${DOWN}\n${TCP}`)}\n${real(`${DOWN}\n${TCP}`, "10.0.0.2 3306")}`),
    good: withServer(real(`${DOWN}\n${TCP}`)),
  },
  VD416: {
    bad: {
      nodes: [
        conf({ after: server(real(`${DOWN}\n${TCP}`)) }),
        other({ after: server(real(`${DOWN}\n${TCP}`)) }),
      ],
      scripts: STOP,
    },
    good: {
      nodes: [
        conf({ after: server(real(`${DOWN}\n${TCP}`)) }),
        other({ after: server(real(`${DOWN}\n${TCP}`, "10.0.0.2 3306")) }),
      ],
      scripts: STOP,
    },
  },
  VD417: { bad: withServer(real(`${DOWN}\n${TCP}`)), good: withServer(real(TCP)) },
  VD501: { bad: { nodes: [conf()], scripts: WELL }, good: SOUND },
  VD502: { bad: pair({}, { vrid: 78 }), good: SOUND },
  VD503: { bad: pair({}, { instance: "advert_int 2" }), good: SOUND },
  VD504: {
    bad: pair({}, { auth: "authentication {\nauth_type PASS\nauth_pass other\n}" }),
    good: SOUND,
  },
  VD505: { bad: pair({ vips: "10.0.0.100/24\n10.0.0.101/24" }), good: SOUND },
  VD506: {
    bad: pair({ name: "VI_A" }, { name: "VI_B", vips: "10.0.0.200/24" }),
    good: pair({ name: "VI_A" }, { name: "VI_B" }),
  },
  VD507: {
    bad: pair({ instance: "virtual_ipaddress_excluded {\n10.0.0.101/24\n}" }),
    good: SOUND,
  },
  VD508: { bad: pair({}, { vips: "10.0.0.100" }), good: SOUND },
  VD509: { bad: pair({ auth: "", instance: "version 3" }, { auth: "" }), good: SOUND },
  VD510: {
    bad: pair({ instance: "unicast_src_ip 10.0.0.1\nunicast_peer {\n10.0.0.2\n}" }),
    good: SOUND,
  },
  VD511: {
    bad: pair(
      { instance: "unicast_src_ip 10.0.0.1\nunicast_peer {\n10.0.0.9\n}" },
      { instance: "unicast_src_ip 10.0.0.2\nunicast_peer {\n10.0.0.1\n}" },
    ),
    good: pair(
      { instance: "unicast_src_ip 10.0.0.1\nunicast_peer {\n10.0.0.2\n}" },
      { instance: "unicast_src_ip 10.0.0.2\nunicast_peer {\n10.0.0.1\n}" },
    ),
  },
  VD512: {
    bad: pair({ instance: "mcast_src_ip 10.0.0.1" }, { instance: "mcast_src_ip 10.0.0.1" }),
    good: pair({ instance: "mcast_src_ip 10.0.0.1" }, { instance: "mcast_src_ip 10.0.0.2" }),
  },
  VD513: { bad: pair({}, { priority: 120 }), good: SOUND },
  VD514: { bad: pair({}, { priority: 119 }), good: SOUND },
  VD515: { bad: pair({ state: "MASTER" }, { state: "MASTER" }), good: pair({ state: "MASTER" }) },
  VD516: {
    bad: pair({ track: "check weight -20" }, { track: "check weight -20" }),
    good: pair({ track: "check weight -21" }, { track: "check weight -21" }),
  },
  VD517: {
    bad: pair({}, { instance: "nopreempt" }),
    good: pair({ instance: "nopreempt" }, { instance: "nopreempt" }),
  },
  VD518: { bad: pair({}, { script: "", track: "" }), good: SOUND },
  VD519: {
    bad: {
      nodes: [
        `${conf()}\nvrrp_instance VI_2 {\ninterface eth0\nvirtual_router_id 90\npriority 100\nvirtual_ipaddress {\n10.0.0.109\n}\n}`,
        other(),
      ],
      scripts: WELL,
    },
    good: SOUND,
  },
  VD520: {
    bad: pair({ globals: `${SECURE}\nrouter_id db` }, { globals: `${SECURE}\nrouter_id db` }),
    good: pair({ globals: `${SECURE}\nrouter_id db1` }, { globals: `${SECURE}\nrouter_id db2` }),
  },
  VD521: {
    bad: { nodes: [grouped(120, 100), grouped(100, 120)], scripts: WELL },
    good: { nodes: [grouped(120, 120), grouped(100, 100)], scripts: WELL },
  },
  VD601: {
    bad: { ...SOUND, options: { failoverWithinUs: seconds(2) } },
    good: { ...SOUND, options: { failoverWithinUs: seconds(20) } },
  },
  VD602: {
    bad: pair({ globals: `${SECURE}\nvrrp_garp_interval 0.2` }, {}, { version: "2.2.7" }),
    good: pair({ globals: `${SECURE}\nvrrp_garp_interval 0.2` }),
  },
  VD603: {
    bad: pair({ globals: `${SECURE}\nvrrp_garp_interval 0` }),
    good: pair({ globals: `${SECURE}\nvrrp_garp_interval 0.1` }),
  },
  VD604: {
    bad: pair({ instance: "garp_master_refresh 60" }),
    good: pair({ instance: "garp_master_refresh 60" }, {}, { version: "2.2.7" }),
  },
  VD605: {
    bad: pair({ globals: `${SECURE}\nnotification_email {\nacassen@firewall.loc\n}` }),
    good: pair({ globals: `${SECURE}\nnotification_email {\ndba@db.internal\n}` }),
  },
  VD606: {
    bad: pair({ globals: `${SECURE}\nnotification_email {\ndba@db.internal\n}` }),
    good: pair({
      globals: `${SECURE}\nnotification_email {\ndba@db.internal\n}`,
      instance: "smtp_alert",
    }),
  },
};

function grouped(first: number, second: number): string {
  const one = (name: string, vrid: number, priority: number, vip: string): string =>
    `vrrp_instance ${name} {\ninterface eth0\nvirtual_router_id ${vrid}\npriority ${priority}\nvirtual_ipaddress {\n${vip}\n}\n}`;
  return [
    one("VI_1", 77, first, "10.0.0.100"),
    one("VI_2", 78, second, "10.0.0.101"),
    "vrrp_sync_group G {\ngroup {\nVI_1\nVI_2\n}\n}",
  ].join("\n");
}

function firing(example: Example): string[] {
  return [...new Set(lint(example).map(({ rule }) => rule))].sort();
}

describe("every rule", () => {
  it("has an example, and no example is without its rule", () => {
    expect(Object.keys(CASES).sort()).toEqual(RULES.map(({ id }) => id).sort());
  });

  it.each(RULES.map(({ id, name }) => [id, name] as const))(
    "%s %s complains of the bad one",
    (id) => {
      expect(firing(CASES[id]!.bad)).toContain(id);
    },
  );

  it.each(RULES.map(({ id, name }) => [id, name] as const))(
    "%s %s leaves the good one alone",
    (id) => {
      expect(firing(CASES[id]!.good)).not.toContain(id);
    },
  );
});

describe("a MISC_CHECK", () => {
  it("is run like a check", () => {
    const found = lint({
      nodes: [
        conf({
          script: "",
          track: "",
          after: server(real('MISC_CHECK {\nmisc_path "/etc/keepalived/check.sh"\n}')),
        }),
      ],
      scripts: check("#!/bin/sh\nmysqladmin ping\nexit 0\n"),
    });
    expect(found.find(({ rule }) => rule === "VD301")?.what).toBe(
      "The MISC_CHECK ends with status 0 when mysqld is dead, so the real server stays.",
    );
  });
});

describe("check-through-vip", () => {
  it("also knows the addresses of the other nodes", () => {
    const text = (own: string, peer: string): string =>
      `unicast_src_ip ${own}\nunicast_peer {\n${peer}\n}`;
    const found = lint(
      pair(
        { instance: text("10.0.0.1", "10.0.0.2") },
        { instance: text("10.0.0.2", "10.0.0.1") },
        { scripts: check("#!/bin/sh\ntimeout 0.5 mysqladmin -h 10.0.0.2 ping\n") },
      ),
    ).filter(({ rule }) => rule === "VD316");
    expect(found.map(({ node, what }) => [node, what])).toEqual([
      ["a", "The check check connects to 10.0.0.2, another node."],
    ]);
  });
});

describe("weight-cannot-cross", () => {
  const cross = (first: Parts, second: Parts, scripts: Scripts = WELL): Finding[] =>
    lint(pair(first, second, { scripts })).filter(({ rule }) => rule === "VD516");

  it("says what the priority becomes, and that equality is not enough", () => {
    expect(
      cross({ track: "check weight -20" }, {}).map(({ what, severity }) => [severity, what]),
    ).toEqual([
      [
        "error",
        "When check fails on a, its priority goes from 120 to 100, and b with 100 sees an equal: the VIP stays.",
      ],
    ]);
  });

  it("counts a positive weight that both have: the loss has to outweigh the gap", () => {
    const both = (weight: number): Finding[] =>
      cross({ track: `check weight ${weight}` }, { track: `check weight ${weight}` });
    expect(both(20)).toHaveLength(1);
    expect(both(21)).toEqual([]);
  });

  it("is a warning where the script itself stops keepalived in time", () => {
    const script = check("#!/bin/sh\npidof mysqld || pkill keepalived\n");
    const [found] = cross({ track: "check weight -5" }, {}, script);
    expect(found).toMatchObject({ severity: "warning" });
  });

  it("is an error where it would stop keepalived only after its time-out", () => {
    const script = check("#!/bin/sh\npidof mysqld || { sleep 3; pkill keepalived; }\n");
    const [found] = cross({ track: "check weight -5" }, {}, script);
    expect(found).toMatchObject({ severity: "error" });
  });

  it("knows that the sum stays above 0: a weight of -253 moves even from 254 to 1", () => {
    expect(cross({ priority: 254, track: "check weight -253" }, { priority: 1 })).toMatchObject([
      { severity: "error" },
    ]);
  });
});

describe("failover-too-slow", () => {
  it("adds up the check and the skew after FAULT", () => {
    const found = lint({ ...SOUND, options: { failoverWithinUs: seconds(1) } });
    const check = found.filter(
      ({ rule, what }) => rule === "VD601" && what.startsWith("mysqld dies"),
    );
    // fall 2, interval 2: 2 to 4 s; the skew of 100 is 156/256 s; the run itself takes a few ms.
    expect(check[0]?.what).toMatch(
      /^mysqld dies and check fails: the VIP moves after 2\.6\d\d to 4\.6\d\d s/,
    );
    expect(check[0]?.severity).toBe("error");
  });
});

describe("a sound pair", () => {
  it("has nothing worse than remarks", () => {
    expect(lint(SOUND).filter(({ severity }) => severity !== "info")).toEqual([]);
  });
});
