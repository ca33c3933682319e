/** Configurations for tests, as the reader would give them: what a test is about is all it names. */
import { seconds } from "../../core/time.ts";
import type {
  Block,
  Checker,
  KeepalivedConfig,
  RealServer,
  ScriptCommand,
  Tracked,
  VirtualServer,
  VrrpInstance,
  VrrpScript,
} from "../../keepalived/config.ts";
import type { KeepalivedVersion } from "../../keepalived/versions.ts";
import type { PredictedNode } from "../cluster.ts";

const AT = { file: "keepalived.conf", line: 1, column: 1 };
const BLOCK: Block = { at: AT, given: {}, other: [] };

export function command(text: string): ScriptCommand {
  return { at: AT, text, argv: text.split(" ") };
}

export function tracked(name: string, weight = 0, reverse = false): Tracked {
  return { at: AT, name, weight, reverse };
}

/** Interval 2, fall 2, rise 1; the timeout is the interval. Its text is not known. */
export function script(name: string, changes: Partial<VrrpScript> = {}): VrrpScript {
  const intervalUs = changes.intervalUs ?? seconds(2);
  return {
    ...BLOCK,
    name,
    command: command(`/opt/${name}.sh`),
    intervalUs,
    timeoutUs: intervalUs,
    weight: 0,
    reverse: false,
    rise: 1,
    fall: 2,
    initFail: false,
    usable: true,
    ...changes,
  };
}

export function instance(name: string, changes: Partial<VrrpInstance> = {}): VrrpInstance {
  return {
    ...BLOCK,
    name,
    usable: true,
    state: "BACKUP",
    interface: "eth0",
    version: 2,
    family: "inet",
    virtualRouterId: 51,
    priority: 100,
    advertIntUs: seconds(1),
    downTimerAdverts: 3,
    nopreempt: false,
    preemptDelayUs: 0,
    strict: false,
    accept: true,
    multicastGroup: "224.0.0.18",
    unicastPeers: [],
    lowerPrioNoAdvert: false,
    higherPrioSendAdvert: false,
    skipCheckAdvAddr: false,
    checkUnicastSrc: false,
    ownerIgnoreAdverts: false,
    timerExpiredBackup: false,
    dontTrackPrimary: false,
    useVmac: false,
    garp: {
      masterDelayUs: seconds(5),
      masterRepeat: 5,
      masterRefreshUs: 0,
      masterRefreshRepeat: 1,
      lowerPrioDelayUs: seconds(5),
      lowerPrioRepeat: 5,
      intervalUs: 0,
    },
    addresses: [
      {
        at: AT,
        address: "198.18.7.100",
        prefixLength: 24,
        prefixGiven: true,
        interface: "eth0",
        options: [],
      },
    ],
    excludedAddresses: [],
    trackScripts: [],
    trackInterfaces: [],
    trackFiles: [],
    trackProcesses: [],
    notify: {},
    smtpAlert: false,
    ...changes,
  };
}

const GLOBALS: KeepalivedConfig["globals"] = {
  ...BLOCK,
  notificationEmails: [],
  smtpConnectTimeoutUs: seconds(30),
  enableScriptSecurity: false,
  vrrpStrict: false,
  vrrpVersion: 2,
  vrrpMcastGroup4: "224.0.0.18",
  vrrpMcastGroup6: "ff02::12",
  startupDelayUs: 0,
  dynamicInterfaces: false,
};

export function config(
  version: KeepalivedVersion,
  changes: Partial<Omit<KeepalivedConfig, "globals">> & {
    readonly globals?: Partial<KeepalivedConfig["globals"]>;
  },
): KeepalivedConfig {
  const { globals, ...rest } = changes;
  return {
    version,
    globals: { ...GLOBALS, ...globals },
    scripts: [],
    trackFiles: [],
    trackProcesses: [],
    instances: [],
    syncGroups: [],
    virtualServerGroups: [],
    virtualServers: [],
    ...rest,
  };
}

export interface TcpCheck {
  readonly delayLoopUs: number;
  readonly connectTimeoutUs: number;
  readonly retry: number;
  readonly delayBeforeRetryUs: number;
}

/** The address of the node itself as only server, with a script that is to stop keepalived. */
export function suicideServer(check: TcpCheck, notifyDown: string): VirtualServer {
  const at = { address: "198.18.7.11", port: 3306 };
  const checker: Checker = {
    ...BLOCK,
    kind: "TCP_CHECK",
    timing: { ...check, warmupUs: check.delayLoopUs },
    alpha: false,
    connectTo: at,
    urls: [],
  };
  const server: RealServer = {
    ...BLOCK,
    ...at,
    weight: 1,
    forwarding: "DR",
    inhibitOnFailure: false,
    alpha: false,
    notifyDown: command(notifyDown),
    smtpAlert: false,
    checkers: [checker],
  };
  return {
    ...BLOCK,
    service: { kind: "address", address: "198.18.7.100", port: 3306 },
    protocol: "TCP",
    scheduler: "wrr",
    forwarding: "DR",
    persistenceTimeoutUs: 0,
    alpha: false,
    omega: false,
    quorum: 1,
    hysteresis: 0,
    realServers: [server],
    usable: true,
  };
}

/** What both nodes have, what each has of its own, and the texts of their scripts. */
export interface Pair {
  readonly version?: KeepalivedVersion;
  readonly scripts?: readonly VrrpScript[];
  readonly both?: Partial<VrrpInstance>;
  readonly a?: Partial<VrrpInstance>;
  readonly b?: Partial<VrrpInstance>;
  readonly globals?: Partial<KeepalivedConfig["globals"]>;
  readonly servers?: readonly VirtualServer[];
  readonly texts?: Readonly<Record<string, string>>;
}

/** A with priority 101 and B with 99, as in the oracle's table; advert interval 1 s. */
export function pair(of: Pair = {}): PredictedNode[] {
  return [node("A", 101, of, of.a), node("B", 99, of, of.b)];
}

export function node(
  name: string,
  priority: number,
  of: Pair,
  own: Partial<VrrpInstance> = {},
): PredictedNode {
  const scripts = of.scripts ?? [];
  return {
    name,
    address: `198.18.7.${10 + (name.codePointAt(0) ?? 0) - 64}`,
    config: config(of.version ?? "2.2.7", {
      scripts,
      ...(of.globals === undefined ? {} : { globals: of.globals }),
      virtualServers: of.servers ?? [],
      instances: [
        instance("VI_1", {
          priority,
          trackScripts: scripts.map((item) => tracked(item.name, item.weight, item.reverse)),
          ...of.both,
          ...own,
        }),
      ],
    }),
    scripts: (path) => of.texts?.[path],
  };
}
