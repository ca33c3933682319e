/**
 * A `virtual_server` for the VIP's port 3306 whose real servers are looked at with TCP_CHECK, as documents 002, 003 and
 * 004 write it: connect_timeout 3, three retries three seconds apart.
 */

export interface TcpCheck {
  readonly delayLoopSeconds: number;
  /**
   * What stands before the number of retries. `nb_get_retry` is a word of HTTP_GET: TCP_CHECK does not know it, says so in
   * the log and retries once (keepalived 2.2.7 and 2.3.4, `check_tcp.c:install_tcp_check_keyword`).
   */
  readonly retryWord: "retry" | "nb_get_retry";
}

export interface Server {
  readonly address: string;
  readonly weight: number;
  /** Lines of the `real_server` before its check, such as `notify_down`. */
  readonly lines?: readonly string[];
}

export interface VirtualServer {
  readonly check: TcpCheck;
  /** Lines between `delay_loop` and `protocol`. */
  readonly lines: readonly string[];
  readonly servers: readonly Server[];
}

export function virtualServer({ check, lines, servers }: VirtualServer): string {
  return `virtual_server @{vip} 3306 {
    delay_loop ${check.delayLoopSeconds}
${lines.map((line) => `    ${line}\n`).join("")}    protocol TCP
${servers.map((server) => `\n${realServer(server, check)}`).join("")}}
`;
}

function realServer({ address, weight, lines = [] }: Server, check: TcpCheck): string {
  return `    real_server ${address} 3306 {
        weight ${weight}
${lines.map((line) => `        ${line}\n`).join("")}        TCP_CHECK {
            connect_timeout 3
            ${check.retryWord} 3
            delay_before_retry 3
            connect_port 3306
        }
    }
`;
}
