/** When real servers leave the tables of their directors and come back, as text, Markdown and JSON, without and with other settings. */
import { formatSeconds } from "../harness/core/time.ts";
import { endpointName } from "../harness/keepalived/services.ts";
import { formula } from "../harness/predict/quantity.ts";
import {
  SERVER_EVENT_WORDS,
  type PredictedServers,
  type PredictedService,
  type ServerOutcome,
  type ServerRow,
} from "../harness/predict/real-servers.ts";
import type {
  ServerCourse,
  ServerDifference,
  ServiceDifference,
} from "../harness/predict/what-if/compare.ts";
import { columns, hang, painter } from "./layout.ts";
import {
  escaped,
  formulaText,
  legendOf,
  Notes,
  quantityJson,
  tableHead,
  tableLine,
  triple,
  tripleOf,
  type Named,
} from "./predict-words.ts";

const plain = painter(false);

function headline(service: PredictedService): string {
  const { scheduler, forwarding, persistenceTimeoutUs } = service;
  const persistence =
    persistenceTimeoutUs === undefined
      ? "no persistence"
      : `persistence_timeout ${formatSeconds(persistenceTimeoutUs)}`;
  return `virtual_server ${service.service} on ${service.directors.join(", ")} (${forwarding}, ${scheduler}, ${persistence})`;
}

function serversWords({ servers, checkers }: PredictedServers): string {
  const names = servers.map(
    ({ address, port, weight }) => `${endpointName({ address, port })} (weight ${weight})`,
  );
  return `${names.join(", ")}: ${checkers.length === 0 ? "no checker" : checkers.join(" + ")}`;
}

const TIED: Readonly<Record<NonNullable<PredictedServers["tiedClients"]>, string>> = {
  "until-removed":
    "persistence: all new connections of a client that was given the server go there until its removal, then elsewhere",
  "until-back":
    "inhibit_on_failure with persistence: a client that was given the server is sent there until it is back, also after its " +
    "removal, unless net.ipv4.vs.expire_quiescent_template is 1",
};

const OUTCOME_WORDS: Readonly<Record<ServerOutcome, string>> = {
  leaves: "",
  never: "never",
  "not-in": "not in it",
  unknown: "not known",
};

const TITLES = ["event", "removed", "back", "note"] as const;

function cells(row: ServerRow, notes: Notes): string[] {
  return [
    SERVER_EVENT_WORDS[row.event],
    row.removed === undefined ? OUTCOME_WORDS[row.outcome] : triple(row.removed),
    row.returned === undefined ? "-" : triple(row.returned),
    notes.numbersOf([...row.reasons, ...row.notes]),
  ];
}

function named(rows: readonly ServerRow[]): Named[] {
  return rows.flatMap(({ event, removed, returned }) => [
    ...(removed === undefined ? [] : [{ name: SERVER_EVENT_WORDS[event], quantity: removed }]),
    ...(returned === undefined
      ? []
      : [{ name: `${SERVER_EVENT_WORDS[event]}: back`, quantity: returned }]),
  ]);
}

export function serviceText(
  service: PredictedService,
  { formulas }: { readonly formulas: boolean },
): string[] {
  return [
    ...hang("", headline(service)),
    ...hang(
      "  ",
      "Removed: from the event to the director's table without the server; back: from the server well again to the table with it.",
    ),
    ...service.servers.flatMap((servers) => ["", ...serversText(servers, formulas)]),
  ];
}

function serversText(servers: PredictedServers, formulas: boolean): string[] {
  const notes = new Notes();
  const rows = servers.rows.map((row) => cells(row, notes));
  const tied = servers.tiedClients === undefined ? [] : [TIED[servers.tiedClients]];
  return [
    ...hang("  ", serversWords(servers)),
    ...columns(
      [TITLES, ...rows].map((row) => row.map((text) => ({ text }))),
      plain,
    ),
    "",
    ...notes.list.flatMap((note, index) => hang(`  ${String(index + 1).padStart(2)}  `, note)),
    ...tied.flatMap((text) => hang("   !  ", text)),
    ...(formulas ? ["", "  formulas", ...formulaText(named(servers.rows))] : []),
  ];
}

export function serviceMarkdown(service: PredictedService): string[] {
  return [
    `## ${escaped(headline(service))}`,
    ...service.servers.flatMap((servers) => ["", ...serversMarkdown(servers)]),
  ];
}

function serversMarkdown(servers: PredictedServers): string[] {
  const notes = new Notes();
  const rows = servers.rows.map((row) => {
    const [event, removed, back, numbers] = cells(row, notes);
    const formulas = named([row]).map(({ quantity }) => `\`${formula(quantity)}\``);
    return tableLine([event, removed, back, formulas.join("; "), numbers]);
  });
  const titles = ["event", "removed", "back", "formulas", "note"];
  return [
    escaped(serversWords(servers)),
    "",
    ...tableHead(titles),
    ...rows,
    "",
    ...notes.list.map((note, index) => `${index + 1}. ${escaped(note)}`),
    ...(servers.tiedClients === undefined ? [] : ["", escaped(TIED[servers.tiedClients])]),
    "",
    ...legendOf(named(servers.rows)).map(({ symbol, text }) => `- \`${symbol}\`: ${escaped(text)}`),
  ];
}

export function serviceJson(service: PredictedService): object {
  return {
    ...service,
    servers: service.servers.map(({ rows, ...servers }) => ({
      ...servers,
      rows: rows.map(({ removed, returned, ...row }) => ({
        ...row,
        ...(removed === undefined ? {} : { removed: quantityJson(removed) }),
        ...(returned === undefined ? {} : { returned: quantityJson(returned) }),
      })),
    })),
  };
}

/** Of a what-if. */
const DIFFERENCE_TITLES = ["real server", "before", "after", "mean"] as const;

function differenceHead({ service, directors, servers }: ServiceDifference): string {
  return `virtual_server ${service} on ${directors.join(", ")}: ${servers.join(", ")}`;
}

/** Up to two lines for each event: out of the table, and back in it. */
function differenceCells({ event, before, after }: ServerDifference): string[][] {
  const name = SERVER_EVENT_WORDS[event];
  const removed = [removedWords(before), removedWords(after)];
  const returned = [returnedWords(before), returnedWords(after)];
  return [
    ...(removed[0] === removed[1]
      ? []
      : [
          [
            `${name}: removed`,
            ...removed,
            // How long a listen queue takes to fill is a range without a mean (`tcp-check.ts`).
            event === "mysqld-frozen"
              ? ""
              : meanChange(before.removed?.meanUs, after.removed?.meanUs),
          ],
        ]),
    ...(returned[0] === returned[1]
      ? []
      : [
          [
            `${name}: back`,
            ...returned,
            meanChange(before.returned?.meanUs, after.returned?.meanUs),
          ],
        ]),
  ];
}

function removedWords({ outcome, removed }: ServerCourse): string {
  return removed === undefined ? OUTCOME_WORDS[outcome] : tripleOf(removed);
}

function returnedWords({ returned }: ServerCourse): string {
  return returned === undefined ? "-" : tripleOf(returned);
}

/** Below it nothing is said to change. */
const SAME_US = 500;

export function meanChange(beforeUs: number | undefined, afterUs: number | undefined): string {
  if (beforeUs === undefined || afterUs === undefined) return "";
  const us = afterUs - beforeUs;
  if (Math.abs(us) < SAME_US) return "same";
  return `${us < 0 ? "-" : "+"}${formatSeconds(Math.abs(us))}`;
}

function tiedWords({ tiedClients: { before, after } }: ServiceDifference): string[] {
  if (before === after) return [];
  const words = (tied: PredictedServers["tiedClients"]): string =>
    tied === undefined ? "no persistence: new connections go to all servers in turn" : TIED[tied];
  return [`before: ${words(before)}`, `after: ${words(after)}`];
}

function unchangedWords({ rows }: ServiceDifference): string[] {
  return namesOf(
    "unchanged",
    rows.filter((row) => row.same && row.after.outcome !== "unknown"),
  );
}

/** It may change all the same. */
function notKnownWords({ rows }: ServiceDifference): string[] {
  return namesOf(
    "not known",
    rows.filter((row) => row.same && row.after.outcome === "unknown"),
  );
}

function namesOf(title: string, rows: readonly ServerDifference[]): string[] {
  const names = rows.map(({ event }) => SERVER_EVENT_WORDS[event]);
  return names.length === 0 ? [] : [`${title}: ${names.join("; ")}`];
}

export function serviceDifferenceText(difference: ServiceDifference): string[] {
  const head = hang("", differenceHead(difference));
  const tied = tiedWords(difference);
  const rows = difference.rows.filter((row) => !row.same).flatMap(differenceCells);
  if (rows.length === 0 && tied.length === 0) {
    const words = ["no interval changes", ...notKnownWords(difference)];
    return [...head, ...words.flatMap((text) => hang("  ", text))];
  }
  return [
    ...head,
    ...(rows.length === 0
      ? []
      : [
          "  Seconds to the removal, and from well again to the return: least / mean / greatest.",
          ...columns(
            [DIFFERENCE_TITLES, ...rows].map((row) => row.map((text) => ({ text }))),
            plain,
          ),
        ]),
    ...tied.flatMap((text) => hang("  ! ", text)),
    ...[...unchangedWords(difference), ...notKnownWords(difference)].flatMap((text) =>
      hang("  ", text),
    ),
  ];
}

export function serviceDifferenceMarkdown(difference: ServiceDifference): string[] {
  const rows = difference.rows.filter((row) => !row.same).flatMap(differenceCells);
  const tied = tiedWords(difference);
  return [
    `## ${escaped(differenceHead(difference))}`,
    "",
    ...(rows.length === 0 && tied.length === 0 ? ["No interval changes."] : []),
    ...(rows.length === 0
      ? []
      : [...tableHead(DIFFERENCE_TITLES), ...rows.map(tableLine), "", "Least / mean / greatest."]),
    ...tied.map((text) => `- ${escaped(text)}`),
    ...[...unchangedWords(difference), ...notKnownWords(difference)].map(escaped),
  ];
}
