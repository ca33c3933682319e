/** A host on the segment that is none of the topology's: it sends adverts, or takes an address. */
import type { Station } from "./network.ts";

/** Last octet of its address, as on containers (`docker/stranger.ts`). */
const HOST_PART = 251;

export function foreignAddress(subnet: string): string {
  return subnet.replace(/\.\d+\/\d+$/, `.${HOST_PART}`);
}

export class ForeignStation implements Station {
  readonly name: string = "stranger";
  readonly mac: string = "02:42:c6:12:00:fb";
  readonly forwards: boolean = false;
  readonly address: string;
  private readonly held: Set<string>;

  constructor(address: string) {
    this.address = address;
    this.held = new Set([this.address]);
  }

  /** Whoever changes its addresses tells the segment. */
  take(address: string): void {
    this.held.add(address);
  }

  leave(address: string): void {
    this.held.delete(address);
  }

  isUp(): boolean {
    return true;
  }

  hasAddress(address: string): boolean {
    return this.held.has(address);
  }

  accepts(): boolean {
    return true;
  }

  listens(): boolean {
    return false;
  }

  receiveAdvert(): void {
    // It does not listen: a rogue router that listened would be a cluster of its own.
  }
}
