/**
 * The part of keepalived.conf that a VRRP pair with check scripts uses, as data.
 *
 * Leaves out health checkers (virtual_server), sync groups and unicast; they come with the parser.
 * Strings may hold `@{...}` names that the topology resolves (see `topology/resolve.ts`).
 */
import type { Us } from "../core/time.ts";

export interface VrrpScript {
  readonly name: string;
  readonly script: string;
  readonly intervalUs: Us;
  readonly weight: number;
  readonly fall: number;
  readonly rise: number;
}

export interface VrrpInstance {
  readonly name: string;
  readonly state: "MASTER" | "BACKUP";
  readonly interface: string;
  readonly mcastSrcIp?: string;
  readonly virtualRouterId: string;
  readonly priority: number;
  readonly advertIntUs: Us;
  readonly nopreempt?: boolean;
  readonly authPass?: string;
  readonly virtualIpAddresses: readonly string[];
  readonly trackScripts: readonly string[];
}

export interface KeepalivedConfig {
  readonly routerId: string;
  readonly notificationEmail?: readonly string[];
  readonly notificationEmailFrom?: string;
  readonly smtpServer?: string;
  readonly smtpConnectTimeoutUs?: Us;
  readonly scripts: readonly VrrpScript[];
  readonly instances: readonly VrrpInstance[];
}
