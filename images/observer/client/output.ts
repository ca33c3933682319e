/** Lines leave in small batches: one write per flush instead of one per line. */
import type { ClientLine } from "../../../harness/observe/client.ts";

const FLUSH_EVERY_MS = 20;
let pending: string[] = [];

export function emit(line: ClientLine): void {
  pending.push(JSON.stringify(line));
}

export function flush(): void {
  if (pending.length === 0) return;
  process.stdout.write(`${pending.join("\n")}\n`);
  pending = [];
}

export function startFlushing(): () => void {
  const timer = setInterval(flush, FLUSH_EVERY_MS);
  return () => {
    clearInterval(timer);
    flush();
  };
}
