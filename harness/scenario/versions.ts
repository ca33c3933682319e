/** Declarations that hold on some versions only. */
import { flavourOf, type Flavour } from "../mysql/dialect.ts";

/**
 * Where something holds: versions of keepalived (`2.3` stands for every 2.3.x) and flavours of the server.
 * What is left out is not asked for.
 */
export interface Versions {
  readonly keepalived?: readonly string[];
  readonly mysqld?: readonly Flavour[];
}

export interface ActualVersions {
  /** As keepalived prints it: `2.3.4`. */
  readonly keepalived: string;
  readonly mysqld: Flavour;
}

export function holdsOn(wanted: Versions | undefined, actual: ActualVersions): boolean {
  const { keepalived, mysqld } = wanted ?? {};
  const isOf = (line: string): boolean => `${actual.keepalived}.`.startsWith(`${line}.`);
  return (keepalived?.some(isOf) ?? true) && (mysqld?.includes(actual.mysqld) ?? true);
}

/** From a run's own record, `db1 keepalived` and so on; all nodes of a cluster run the same image. */
export function actualVersions(record: Readonly<Record<string, string>>): ActualVersions {
  const of = (what: string): string =>
    Object.entries(record).find(([name]) => name.endsWith(` ${what}`))?.[1] ?? "";
  return { keepalived: of("keepalived"), mysqld: flavourOf(of("mysqld")) };
}

/** `keepalived 2.3 with mysql`. */
export function describeVersions({ keepalived, mysqld }: Versions): string {
  const parts = [
    ...(keepalived === undefined ? [] : [`keepalived ${keepalived.join(" or ")}`]),
    ...(mysqld === undefined ? [] : [mysqld.join(" or ")]),
  ];
  return parts.join(" with ");
}
