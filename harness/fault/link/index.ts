/** Faults of the network, whatever it carries. */
import type { Definitions } from "../definition.ts";
import { cut, type Cut } from "./cut.ts";

export type LinkFault = Cut;

export const LINK_FAULTS: Definitions<LinkFault> = {
  cut,
};
