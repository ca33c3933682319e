/**
 * What processes cost in virtual time, in one place. The figures are typical of a small server and,
 * but for the first, not measured: a script's verdict hardly depends on them, its duration somewhat.
 */
import { milliseconds, seconds, type Us } from "../core/time.ts";

/**
 * fork, exec, dynamic linking and exit of a small program. A check of four processes (bash, netstat, grep,
 * grep) took 13 ms at least, 47 ms in the median, in 49 starts of keepalived on two shared, busy cores.
 */
export const PROCESS_US: Us = milliseconds(3);

/** A client that connects over a socket, logs in, asks one cheap thing and leaves. */
export const MYSQL_CLIENT_US: Us = milliseconds(8);

/** `systemctl` talks to the service manager over its bus. */
export const SYSTEMCTL_US: Us = milliseconds(10);

/** A connection on the same segment that is answered, or refused, at once. */
export const CONNECT_US: Us = milliseconds(0.5);

/**
 * How long a TCP connection goes on without an answer: six retransmissions of the SYN, 1 + 2 + 4 + 8 +
 * 16 + 32 + 64 s (Linux ip-sysctl, tcp_syn_retries: 6).
 */
export const CONNECT_SILENT_US: Us = seconds(127);

/** One echo request that is answered; one that is not waits this long by default (ping(8), -W: 10 s; one packet). */
export const PING_US: Us = milliseconds(0.3);
export const PING_SILENT_US: Us = seconds(10);
