/**
 * Which setting of a check cost which part of the time until a failed real server was out of the table of the director that
 * clients came through, and until one that was well again was back in it; and what another value would have made of it.
 *
 * Nothing where no client lost by it, where a client was tied to the server beyond its removal (`advice-servers-seen.ts`), or
 * where several checkers look at the server.
 */
import { formatSeconds, type Us } from "../harness/core/time.ts";
import type { CheckTiming, KeepalivedConfig } from "../harness/keepalived/config.ts";
import { span } from "../harness/keepalived/lint/helpers.ts";
import { profileOf, type VersionProfile } from "../harness/keepalived/versions.ts";
import { ANY_BACK_LOG } from "../harness/mysql/listen-queue.ts";
import {
  boundsOf,
  shares,
  sum,
  uniform,
  type Bounds,
  type Quantity,
  type SettingName,
} from "../harness/predict/quantity.ts";
import { serviceName } from "../harness/keepalived/services.ts";
import { soonestRemoved, untilRemoved, untilReturned } from "../harness/predict/tcp-check.ts";
import { predictedNodes } from "../harness/predict/what-if/apply.ts";
import type { Advice, AdviceSetting, AdviceWhatIf, Weighed } from "./advice.ts";
import { attempt, configOf, settingOf, type AdviceContext } from "./advice-context.ts";
import { harmed, hopeless, type Episode, type Spell } from "./advice-episodes.ts";
import { checkProposals, type Proposal } from "./advice-proposals.ts";
import { checkerWords, machineUs, rangeWords, withinRun, WORTH_US } from "./advice-timing.ts";
import { WEIGHT } from "./advice-weight.ts";
import { counted } from "./units.ts";

/** The time in question, with the formula for it. */
interface Wait {
  readonly kind: "removal" | "return";
  readonly words: string;
  readonly of: string;
  readonly tookUs: Us;
  /** What the time is made of, and what another setting is held against: of a full listen queue the part after it. */
  readonly formula: (timing: CheckTiming, profile: VersionProfile) => Quantity;
  readonly compared: (timing: CheckTiming, profile: VersionProfile) => Quantity;
  readonly spell: Spell;
  readonly events: readonly number[];
}

export function serverTiming(context: AdviceContext, episode: Episode): Weighed[] {
  const timing = timingOf(context, episode);
  if (timing === undefined) return [];
  return [...removalOf(episode), ...returnOf(episode)].flatMap((wait) =>
    adviceOn(context, episode, timing, wait),
  );
}

/** Of a server with one TCP_CHECK of its own port. */
function timingOf(context: AdviceContext, episode: Episode): CheckTiming | undefined {
  return timingIn(configOf(context, episode.place.service.director), episode);
}

function timingIn(
  config: KeepalivedConfig | undefined,
  { place: { service, server } }: Episode,
): CheckTiming | undefined {
  const [checker, ...more] =
    config?.virtualServers
      .find((item) => item.protocol === "TCP" && serviceName(item) === serviceName(service.config))
      ?.realServers.find(({ address, port }) => address === server.address && port === server.port)
      ?.checkers ?? [];
  if (checker === undefined || more.length > 0 || checker.kind !== "TCP_CHECK") return undefined;
  return checker.connectTo.port === server.port ? checker.timing : undefined;
}

function removalOf({
  failing,
  left,
  others,
  meanwhile,
  out,
  injection,
  server,
  place,
}: Episode): Wait[] {
  if (failing === undefined || left === undefined || others.length === 0) return [];
  // Whoever is still sent there after the removal was not waiting for it.
  const tied = out !== undefined && harmed(out);
  if (!harmed(meanwhile) || tied) return [];
  const { failure } = failing;
  return [
    {
      kind: "removal",
      words: `until ${server} was out of the table of ${place.service.director}`,
      of: `${REMOVED[failure.kind]}, until it is out of the table`,
      tookUs: left.tUs - injection.tUs,
      formula: (timing, profile) =>
        failure.kind === "full-queue"
          ? sum(soonestRemoved(timing, profile), filling(timing))
          : untilRemoved(timing, profile, failure),
      compared: (timing, profile) =>
        failure.kind === "full-queue"
          ? soonestRemoved(timing, profile)
          : untilRemoved(timing, profile, failure),
      spell: meanwhile,
      events: [injection.seq, left.event],
    },
  ];
}

const REMOVED = {
  refused: "mysqld of a real server gone",
  silent: "a real server silent",
  "full-queue": "mysqld of a real server frozen and its listen queue full",
} as const;

/** Clients fill the listen queue as well, so it may be full at once. */
function filling({ delayLoopUs }: CheckTiming): Quantity {
  const text = "until the listen queue is full: clients fill it as well";
  return uniform(0, (ANY_BACK_LOG.most + 1) * delayLoopUs, "Q", [{ symbol: "Q", text }]);
}

/** Only where nobody else could serve: otherwise a server that comes back late costs nobody anything. */
function returnOf({ failing, returned, healed, healing, place, server, left }: Episode): Wait[] {
  if (failing === undefined || returned === undefined || healed === undefined) return [];
  if (healing === undefined || left === undefined || !harmed(healing)) return [];
  if (!hopeless(healing)) return [];
  return [
    {
      kind: "return",
      words: `until ${server} was back in the table of ${place.service.director}`,
      of: "mysqld of a real server well again, until it is back in the table",
      tookUs: returned.tUs - healed.tUs,
      formula: (timing, profile) => untilReturned(timing, profile, failing.failure.kind),
      compared: (timing, profile) => untilReturned(timing, profile, failing.failure.kind),
      spell: healing,
      events: [healed.seq, returned.event],
    },
  ];
}

function adviceOn(
  context: AdviceContext,
  episode: Episode,
  timing: CheckTiming,
  wait: Wait,
): Weighed[] {
  const whole = wait.formula(timing, profileOf(context.version));
  const total = boundsOf(whole);
  const latestUs = total.maxUs + 2 * machineUs(context) + (episode.failing?.extraUs ?? 0);
  // Sooner or later than the settings allow: something else decided it, such as the first check after a start.
  if (wait.tookUs < total.minUs - WORTH_US || wait.tookUs > latestUs) return [];
  return shares(whole).flatMap(({ setting, of }) => {
    const bounds = withinRun(context, boundsOf(of), total, wait.tookUs);
    if (bounds.maxUs < WORTH_US) return [];
    const advice = shareAdvice(context, episode, { timing, wait, total, setting, bounds });
    return [{ weight: WEIGHT.time + bounds.meanUs, advice }];
  });
}

interface Share {
  readonly timing: CheckTiming;
  readonly wait: Wait;
  readonly total: Bounds;
  readonly setting: SettingName;
  /** What of the time was this setting's. */
  readonly bounds: Bounds;
}

function shareAdvice(context: AdviceContext, episode: Episode, share: Share): Advice {
  const { wait, total, setting, bounds } = share;
  const { minUs, maxUs } = bounds;
  const help = helping(context, episode, share);
  const keyword = help.whatIf?.change[0]?.split("=")[0] ?? setting.keyword;
  const written = writtenAt(context, episode, keyword);
  return {
    id: `${wait.kind}-${setting.keyword}`,
    title: `${checkerWords(setting, share.timing)}: ${span(minUs, maxUs)} of the ${formatSeconds(wait.tookUs)} ${wait.words}`,
    costUs: { minUs, maxUs, ofUs: wait.tookUs },
    ...(written === undefined ? {} : { setting: written }),
    because: {
      words: `${failedWords(wait.spell)}; by the formulas of TCP_CHECK ${allowed(episode, total)}${rangeWords(setting.keyword, minUs, maxUs)}`,
      events: [...wait.events, ...wait.spell.failed.slice(0, CITED_MAX).map(({ event }) => event)],
    },
    ...help,
    standing: "predicted",
  };
}

const CITED_MAX = 4;

function allowed({ failing }: Episode, { minUs, maxUs }: Bounds): string {
  return failing?.failure.kind === "full-queue"
    ? `${span(minUs, minUs)} at least`
    : `${span(minUs, maxUs)} in all`;
}

export function failedWords({ failed, begun }: Spell): string {
  return `${failed.length} of ${counted(begun, "new connection")} failed meanwhile`;
}

/** Where it is written for this server, or would be. */
export function writtenAt(
  context: AdviceContext,
  { place: { service, server } }: Episode,
  keyword: string,
): AdviceSetting | undefined {
  const config = configOf(context, service.director);
  const virtual = config?.virtualServers.find(
    (item) => serviceName(item) === serviceName(service.config),
  );
  const real = virtual?.realServers.find(
    ({ address, port }) => address === server.address && port === server.port,
  );
  if (virtual === undefined || real === undefined) return undefined;
  const blocks = [...real.checkers, real, virtual];
  const given = blocks.find((block) => block.given[keyword] !== undefined);
  const block = given ?? (keyword === "delay_loop" ? virtual : (real.checkers[0] ?? real));
  return settingOf(context, service.director, block, keyword);
}

/** The first value that keepalived takes and that shortens this. */
function helping(
  context: AdviceContext,
  episode: Episode,
  { wait, timing, setting }: Share,
): Pick<Advice, "suggestion" | "price" | "whatIf"> {
  const before = boundsOf(wait.compared(timing, profileOf(context.version)));
  for (const proposal of checkProposals(timing, setting.keyword)) {
    const after = afterwards(context, episode, wait, proposal);
    if (after === undefined) continue;
    if (before.meanUs - after.meanUs < WORTH_US || after.maxUs > before.maxUs) continue;
    const whatIf: AdviceWhatIf = {
      change: proposal.wishes,
      of: wait.of,
      before,
      after,
      basis: "formula",
    };
    return { suggestion: proposal.suggestion, price: proposal.price, whatIf };
  }
  return {};
}

function afterwards(
  context: AdviceContext,
  episode: Episode,
  wait: Wait,
  { wishes }: Proposal,
): Bounds | undefined {
  const { version } = context;
  const changed = attempt(context, wishes);
  if (changed === undefined) return undefined;
  const { director } = episode.place.service;
  const node = predictedNodes(changed.nodes, version).find(({ name }) => name === director);
  const timing = timingIn(node?.config, episode);
  return timing === undefined ? undefined : boundsOf(wait.compared(timing, profileOf(version)));
}
