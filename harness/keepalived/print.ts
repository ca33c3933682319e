/** keepalived.conf text from the model. Blocks appear in the order the daemon needs: scripts first. */
import { MICROSECONDS_PER_SECOND, type Us } from "../core/time.ts";
import type { KeepalivedConfig, VrrpInstance, VrrpScript } from "./model.ts";

export function printKeepalivedConf(config: KeepalivedConfig): string {
  return [
    globalDefs(config),
    ...config.scripts.map(vrrpScript),
    ...config.instances.map(vrrpInstance),
    "",
  ].join("\n");
}

type Line = string | readonly [string, readonly Line[]];

function globalDefs(config: KeepalivedConfig): string {
  return block("global_defs", [
    ...list("notification_email", config.notificationEmail),
    ...optional("notification_email_from", config.notificationEmailFrom),
    ...optional("smtp_server", config.smtpServer),
    ...optional("smtp_connect_timeout", wholeSeconds(config.smtpConnectTimeoutUs)),
    `router_id ${config.routerId}`,
  ]);
}

function vrrpScript(script: VrrpScript): string {
  return block(`vrrp_script ${script.name}`, [
    `script "${script.script}"`,
    `interval ${wholeSeconds(script.intervalUs) ?? ""}`,
    `weight ${script.weight}`,
    `fall ${script.fall}`,
    `rise ${script.rise}`,
  ]);
}

function vrrpInstance(instance: VrrpInstance): string {
  return block(`vrrp_instance ${instance.name}`, [
    `state ${instance.state}`,
    `interface ${instance.interface}`,
    ...optional("mcast_src_ip", instance.mcastSrcIp),
    `virtual_router_id ${instance.virtualRouterId}`,
    `priority ${instance.priority}`,
    `advert_int ${wholeSeconds(instance.advertIntUs) ?? ""}`,
    ...(instance.nopreempt === true ? ["nopreempt"] : []),
    ...(instance.authPass === undefined
      ? []
      : [["authentication", ["auth_type PASS", `auth_pass ${instance.authPass}`]] as const]),
    ["virtual_ipaddress", instance.virtualIpAddresses],
    ...list("track_script", instance.trackScripts),
  ]);
}

function optional(keyword: string, value: string | undefined): Line[] {
  return value === undefined ? [] : [`${keyword} ${value}`];
}

function list(keyword: string, values: readonly string[] | undefined): Line[] {
  return values === undefined || values.length === 0 ? [] : [[keyword, values]];
}

function wholeSeconds(us: Us | undefined): string | undefined {
  return us === undefined ? undefined : String(us / MICROSECONDS_PER_SECOND);
}

function block(head: string, lines: readonly Line[]): string {
  return `${render([[head, lines]], 0).join("\n")}\n`;
}

function render(lines: readonly Line[], depth: number): string[] {
  const pad = "    ".repeat(depth);
  return lines.flatMap((line) =>
    typeof line === "string"
      ? [`${pad}${line}`]
      : [`${pad}${line[0]} {`, ...render(line[1], depth + 1), `${pad}}`],
  );
}
