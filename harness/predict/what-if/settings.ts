/**
 * The settings that may be changed in a what-if, under keepalived's own words: in which block each stands, and
 * what the daemon makes of it, so that a value which it does not take is noticed.
 */
import { MICROSECONDS_PER_SECOND, type Us } from "../../core/time.ts";
import type {
  Block,
  Checker,
  KeepalivedConfig,
  RealServer,
  VirtualServer,
  VrrpInstance,
  VrrpScript,
} from "../../keepalived/config.ts";
import { serviceName } from "../../keepalived/services.ts";

/** Where a setting can be written, and how to ask what it has come to. */
export interface Place {
  /** What tells it from others of its kind: name of the instance or the script, kind of checker, address of a server. */
  readonly owner: string;
  /** The block that has it now, or would get it. */
  readonly block: Block;
  /** As it would be written; flags, and values that may be left out, are `on` and `off`. */
  readonly effective: (config: KeepalivedConfig) => string | undefined;
}

export interface Setting {
  readonly keyword: string;
  /** `number-or-off`: a number, or the line taken away. */
  readonly form: "number" | "number-or-off" | "flag" | "word";
  readonly of: "vrrp_instance" | "vrrp_script" | "checker" | "virtual_server" | "real_server";
  /** Formulas know nothing of it: it moves no VIP. */
  readonly silent?: true;
  readonly places: (config: KeepalivedConfig) => readonly Place[];
}

function inSeconds(us: Us): string {
  return String(us / MICROSECONDS_PER_SECOND);
}

function ofInstance(
  keyword: string,
  value: (instance: VrrpInstance) => string,
  more: Partial<Pick<Setting, "form" | "silent">> = {},
): Setting {
  return {
    keyword,
    form: "number",
    of: "vrrp_instance",
    ...more,
    places: ({ instances }) =>
      instances.map((block) => ({
        owner: block.name,
        block,
        effective(config) {
          const now = config.instances.find(({ name }) => name === block.name);
          return now === undefined ? undefined : value(now);
        },
      })),
  };
}

function ofScript(keyword: string, value: (script: VrrpScript) => string): Setting {
  return {
    keyword,
    form: "number",
    of: "vrrp_script",
    places: ({ scripts }) =>
      scripts.map((block) => ({
        owner: block.name,
        block,
        effective(config) {
          const now = config.scripts.find(({ name }) => name === block.name);
          return now === undefined ? undefined : value(now);
        },
      })),
  };
}

/** The most specific block that has it wins in the daemon, so it is that one which is changed. */
function ofChecker(
  keyword: string,
  value: (checker: Checker) => string,
  takes: (checker: Checker) => boolean = () => true,
): Setting {
  return {
    keyword,
    form: "number",
    of: "checker",
    places: ({ virtualServers }) =>
      virtualServers.flatMap((server, serverIndex) =>
        server.realServers.flatMap((real, realIndex) =>
          real.checkers.flatMap((checker, index) => {
            if (!takes(checker)) return [];
            const given = [checker, real, server].find(
              (block) => block.given[keyword] !== undefined,
            );
            return {
              owner: checker.kind,
              block: given ?? (keyword === "delay_loop" ? server : checker),
              effective(config: KeepalivedConfig) {
                const now =
                  config.virtualServers[serverIndex]?.realServers[realIndex]?.checkers[index];
                return now === undefined ? undefined : value(now);
              },
            };
          }),
        ),
      ),
  };
}

function ofService(
  keyword: string,
  form: Setting["form"],
  value: (server: VirtualServer) => string,
): Setting {
  return {
    keyword,
    form,
    of: "virtual_server",
    places: ({ virtualServers }) =>
      virtualServers.map((block, index) => ({
        owner: serviceName(block),
        block,
        effective(config) {
          const now = config.virtualServers[index];
          return now === undefined ? undefined : value(now);
        },
      })),
  };
}

/** Of each real server, or of the virtual server where that has it. */
function ofServer(keyword: string, value: (server: RealServer) => string): Setting {
  return {
    keyword,
    form: "flag",
    of: "real_server",
    places: ({ virtualServers }) =>
      virtualServers.flatMap((server, serverIndex) =>
        server.realServers.map((real, index) => ({
          owner: `${real.address}:${real.port}`,
          block: [real, server].find((block) => block.given[keyword] !== undefined) ?? real,
          effective(config: KeepalivedConfig) {
            const now = config.virtualServers[serverIndex]?.realServers[index];
            return now === undefined ? undefined : value(now);
          },
        })),
      ),
  };
}

const FLAG = { form: "flag" } as const;
const SILENT = { silent: true } as const;
const onOff = (value: boolean): string => (value ? "on" : "off");

export const SETTINGS: readonly Setting[] = [
  ofInstance("advert_int", ({ advertIntUs }) => inSeconds(advertIntUs)),
  ofInstance("priority", ({ priority }) => String(priority)),
  ofInstance("nopreempt", ({ nopreempt }) => onOff(nopreempt), FLAG),
  ofInstance("preempt_delay", ({ preemptDelayUs }) => inSeconds(preemptDelayUs)),
  ofInstance("state", ({ state }) => state, { form: "word" }),
  ofInstance("version", ({ version }) => String(version)),
  ofInstance("down_timer_adverts", ({ downTimerAdverts }) => String(downTimerAdverts)),
  ofInstance("dont_track_primary", ({ dontTrackPrimary }) => onOff(dontTrackPrimary), FLAG),
  ofInstance("garp_master_delay", ({ garp }) => inSeconds(garp.masterDelayUs), SILENT),
  ofInstance("garp_master_repeat", ({ garp }) => String(garp.masterRepeat), SILENT),
  ofInstance("garp_master_refresh", ({ garp }) => inSeconds(garp.masterRefreshUs), SILENT),
  ofInstance("garp_master_refresh_repeat", ({ garp }) => String(garp.masterRefreshRepeat), SILENT),
  ofInstance("garp_lower_prio_delay", ({ garp }) => inSeconds(garp.lowerPrioDelayUs), SILENT),
  ofInstance("garp_lower_prio_repeat", ({ garp }) => String(garp.lowerPrioRepeat), SILENT),
  ofScript("interval", ({ intervalUs }) => inSeconds(intervalUs)),
  ofScript("timeout", ({ timeoutUs }) => inSeconds(timeoutUs)),
  ofScript("fall", ({ fall }) => String(fall)),
  ofScript("rise", ({ rise }) => String(rise)),
  ofScript("weight", ({ weight }) => String(weight)),
  ofChecker("delay_loop", ({ timing }) => inSeconds(timing.delayLoopUs)),
  ofChecker("connect_timeout", ({ timing }) => inSeconds(timing.connectTimeoutUs)),
  ofChecker("retry", ({ timing }) => String(timing.retry)),
  ofChecker("delay_before_retry", ({ timing }) => inSeconds(timing.delayBeforeRetryUs)),
  ofChecker("warmup", ({ timing }) => inSeconds(timing.warmupUs)),
  ofChecker(
    "misc_timeout",
    ({ scriptTimeoutUs = 0 }) => inSeconds(scriptTimeoutUs),
    ({ kind }) => kind === "MISC_CHECK",
  ),
  ofService("persistence_timeout", "number-or-off", ({ persistenceTimeoutUs }) =>
    persistenceTimeoutUs === 0 ? "off" : inSeconds(persistenceTimeoutUs),
  ),
  ofService("alpha", "flag", ({ alpha }) => onOff(alpha)),
  ofServer("inhibit_on_failure", ({ inhibitOnFailure }) => onOff(inhibitOnFailure)),
];

const SHARE = "decides which server gets how many connections, and no interval";

/** Keywords of virtual and real servers that may be asked for, and why there is nothing to compute. */
export const NOT_COMPUTED: Readonly<Record<string, string>> = {
  nb_get_retry: "belongs to HTTP_GET and SSL_GET, which are not computed; TCP_CHECK has retry",
  lb_algo: SHARE,
  lvs_sched: SHARE,
  lb_kind: "says how packets get to the servers, and no interval",
  lvs_method: "says how packets get to the servers, and no interval",
  quorum: "is not computed",
  hysteresis: "is not computed",
  omega: "is about keepalived's own stop, which is not computed",
  sorry_server: "is not computed",
  connect_port: "makes another check of it, which is not computed",
};

/** What these configurations have a place for, as it would be given: `advert_int`, `chk_mysql.interval`. */
export function changeable(configs: readonly KeepalivedConfig[]): string[] {
  return SETTINGS.flatMap(({ keyword, of, places }) => {
    const owners = new Set(configs.flatMap((config) => places(config).map(({ owner }) => owner)));
    if (owners.size === 0) return [];
    return of === "vrrp_script" ? [...owners].map((owner) => `${owner}.${keyword}`) : [keyword];
  });
}
