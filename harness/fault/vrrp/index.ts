/** Faults of VRRP, ARP and the virtual address. */
import type { Definitions } from "../definition.ts";
import { addressAdded, type AddressAdded } from "./address-added.ts";
import { advertsDelayed, type AdvertsDelayed } from "./adverts-delayed.ts";
import { advertsLost, type AdvertsLost } from "./adverts-lost.ts";
import { garpBlocked, type GarpBlocked } from "./garp-blocked.ts";
import { rogueRouter, type RogueRouter } from "./rogue-router.ts";
import { vipTaken, type VipTaken } from "./vip-taken.ts";
import { vipTrafficBlocked, type VipTrafficBlocked } from "./vip-traffic-blocked.ts";
import { authMismatch, type AuthMismatch } from "./auth-mismatch.ts";
import { unicastPeerMissing, type UnicastPeerMissing } from "./unicast-peer-missing.ts";
import { vrrpBlocked, type VrrpBlocked } from "./vrrp-blocked.ts";

export type VrrpFault =
  | VrrpBlocked
  | AdvertsLost
  | AdvertsDelayed
  | GarpBlocked
  | VipTrafficBlocked
  | RogueRouter
  | VipTaken
  | AddressAdded
  | AuthMismatch
  | UnicastPeerMissing;

export const VRRP_FAULTS: Definitions<VrrpFault> = {
  "vrrp-blocked": vrrpBlocked,
  "adverts-lost": advertsLost,
  "adverts-delayed": advertsDelayed,
  "garp-blocked": garpBlocked,
  "vip-traffic-blocked": vipTrafficBlocked,
  "rogue-router": rogueRouter,
  "vip-taken": vipTaken,
  "auth-mismatch": authMismatch,
  "unicast-peer-missing": unicastPeerMissing,
  "address-added": addressAdded,
};
