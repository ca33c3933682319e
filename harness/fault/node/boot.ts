/** In which order a node starts its services when it comes up. */
import { z } from "zod";

/**
 * `mysql-first`: keepalived waits until MySQL answers; `keepalived-first`: the other way round; `together`: both
 * at once, which is what systemd does with units that do not name each other.
 */
export type BootOrder = "mysql-first" | "keepalived-first" | "together";

export const DEFAULT_BOOT: BootOrder = "mysql-first";

export const bootSchema: z.ZodType<BootOrder> = z.enum([
  "mysql-first",
  "keepalived-first",
  "together",
]);

/** What is appended to the words of a fault; nothing for the default. */
export function bootWords(boot: BootOrder | undefined): string {
  switch (boot) {
    case undefined:
    case "mysql-first":
      return "";
    case "keepalived-first":
      return ", keepalived boots first";
    case "together":
      return ", services boot together";
  }
}
