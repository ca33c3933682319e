/** What a foreign host does to the segment: adverts of the cluster's VRID, or the VIP itself. */
import { present } from "../../../core/assert.ts";
import { seconds } from "../../../core/time.ts";
import { onlyRouter } from "../../../topology/resolve.ts";
import type { Advert } from "../keepalived/host.ts";
import {
  ARPING_START_US,
  BACKGROUND,
  LEAVE_ADDRESS,
  PERL_START_US,
  TAKE_ADDRESS,
} from "./costs.ts";
import { AT_ONCE, type SimFault, type SimFaultContext } from "./driver.ts";

const GROUP = "224.0.0.18";
const TTL = 255;

export function rogueRouter(context: SimFaultContext, priority: number): SimFault {
  const { host, world, segment } = context;
  const source = world.strangerAddress;
  const heardBefore = heard(context, source, priority);
  let sends = false;
  const send = (advert: Advert): void => {
    if (!sends) return;
    segment.sendAdvert(world.stranger().name, advert, true);
    world.clock.after(advert.advertIntUs, () => {
      send(advert);
    });
  };
  return {
    look: () => ({}),
    act: () => {
      world.stranger();
      sends = true;
      const advert = advertOf(context, source, priority);
      world.clock.after(world.chance.integer(...PERL_START_US), () => {
        send(advert);
      });
      return AT_ONCE;
    },
    prove: () => {
      // Another rogue's adverts do not count.
      const confirmed = sends && heard(context, source, priority) > heardBefore;
      const words = `advert of priority ${priority} from ${source} reached ${host.name}`;
      return {
        confirmed,
        undecided: !confirmed,
        proof: `${confirmed ? "an" : "no"} ${words}`,
        facts: {},
      };
    },
    heal: {
      act: () => {
        sends = false;
        return AT_ONCE;
      },
      prove: () => ({
        confirmed: !sends,
        proof: sends ? "it still sends adverts" : "the program that sent adverts is gone",
        facts: {},
      }),
    },
    costs: { inject: BACKGROUND, heal: BACKGROUND },
  };
}

function heard({ host, world }: SimFaultContext, source: string, priority: number): number {
  return world
    .eventsOf("advert")
    .filter(
      (event) =>
        event.source === source && event.priority === priority && event.seenAt === host.name,
    ).length;
}

/** As the holder of the VIP reads its own text. */
function advertOf({ host, world }: SimFaultContext, source: string, priority: number): Advert {
  const { vrid, vips } = onlyRouter(world.topology);
  const instance = present(
    host.readConfig()?.instances.find((one) => one.virtualRouterId === vrid),
    `instance of VRID ${vrid} on ${host.name}`,
  );
  const password = instance.version === 2 ? instance.authentication : undefined;
  const isPass = password?.type === "PASS";
  return {
    version: instance.version,
    source,
    destination: GROUP,
    ttl: TTL,
    vrid,
    priority,
    addresses: vips.map(({ address }) => address),
    advertIntUs: instance.advertIntUs,
    authentication: isPass ? "PASS" : "none",
    password: isPass ? password.password : "",
  };
}

/** `arping -c 3`: one each second. */
const ANNOUNCEMENTS = [0, 1, 2];

export function vipTaken({ world, segment, peer, vip }: SimFaultContext): SimFault {
  let taken = false;
  return {
    look: () => ({}),
    act: () => {
      const stranger = world.stranger();
      // What an earlier step has taken is not ours.
      if (stranger.hasAddress(vip)) return AT_ONCE;
      taken = true;
      stranger.take(vip);
      segment.hostChanged();
      const firstUs = world.chance.integer(...ARPING_START_US);
      for (const second of ANNOUNCEMENTS) {
        world.clock.after(firstUs + seconds(second), () => {
          if (taken) segment.announce(stranger.name, vip);
        });
      }
      return AT_ONCE;
    },
    prove: () => {
      const answers = taken ? segment.answersFor(peer.name, vip) : [];
      const confirmed = taken && answers.includes(world.stranger().mac);
      return {
        confirmed,
        proof: confirmed
          ? `the foreign host has ${vip} and answers ARP for it with ${world.stranger().mac}`
          : `no foreign host answered ARP for ${vip}`,
        facts: { answered: answers },
      };
    },
    heal: {
      act: () => {
        if (taken) world.stranger().leave(vip);
        taken = false;
        segment.hostChanged();
        return AT_ONCE;
      },
      prove: () => ({
        confirmed: !world.stranger().hasAddress(vip),
        proof: `the foreign host ${world.stranger().hasAddress(vip) ? "still has" : "does not have"} ${vip}`,
        facts: {},
      }),
    },
    costs: { inject: TAKE_ADDRESS, heal: LEAVE_ADDRESS },
  };
}
