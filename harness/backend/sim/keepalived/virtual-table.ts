/**
 * What the checker child does to the kernel's IPVS table, service by service (`ipvswrapper.c:ipvs_cmd`, `ipwrapper.c:init_services`,
 * `:clear_services`, `:perform_svr_state`, `:perform_quorum_state`, 2.2.7 and 2.3.4).
 *
 * An entry that is there from before stays as it is, and only a line of the log tells (laboratory page, section 3). Services of a firewall
 * mark are not in it, nor those of other protocols than TCP.
 */
import type { IpvsServer } from "../../../history/events.ts";
import type { KeepalivedConfig, RealServer, VirtualServer } from "../../../keepalived/config.ts";
import type { IpvsTable } from "../ipvs.ts";

interface Place {
  readonly address: string;
  readonly port: number;
}

const FORWARDING = { DR: "route", NAT: "masq", TUN: "tunnel" } as const;

export class VirtualTable {
  private readonly table: IpvsTable;
  private readonly config: VirtualServer;
  private readonly places: readonly Place[];
  private readonly log: (text: string) => void;

  constructor(
    table: IpvsTable,
    config: VirtualServer,
    whole: KeepalivedConfig,
    log: (text: string) => void,
  ) {
    this.table = table;
    this.config = config;
    this.places = placesOf(config, whole);
    this.log = log;
  }

  addService(): void {
    const { scheduler, persistenceTimeoutUs } = this.config;
    const lasting = persistenceTimeoutUs > 0 ? { persistenceUs: persistenceTimeoutUs } : {};
    for (const { address, port } of this.places) {
      if (this.table.addService({ address, port, scheduler, ...lasting })) continue;
      this.log("IPVS cmd IP_VS_SO_SET_ADD(1154) error: Service already exists(17)");
    }
  }

  removeService(): void {
    for (const place of this.places) this.table.removeService(place);
  }

  /** `inhibit_on_failure`: one that is there already gets its weight back. */
  addServer(config: RealServer, weight: number): void {
    for (const place of this.places) {
      const server = serverOf(config, place, weight);
      if (config.inhibitOnFailure && this.has(place, server)) {
        this.table.setWeight(place, server, weight);
      } else if (!this.table.addServer(place, server)) {
        this.log("IPVS cmd IP_VS_SO_SET_ADDDEST(1159) error: Destination already exists(17)");
      }
    }
  }

  /** With `inhibit_on_failure` it stays, and gets no new connection. */
  removeServer(config: RealServer): void {
    for (const place of this.places) {
      const server = serverOf(config, place, 0);
      if (config.inhibitOnFailure) this.table.setWeight(place, server, 0);
      else this.table.removeServer(place, server);
    }
  }

  /** Out, whatever its failure means. */
  dropServer(config: RealServer): void {
    for (const place of this.places) this.table.removeServer(place, serverOf(config, place, 0));
  }

  setWeight(config: RealServer, weight: number): void {
    for (const place of this.places) {
      this.table.setWeight(place, serverOf(config, place, weight), weight);
    }
  }

  /** The sorry server is forwarded to as the others are, with weight 1. */
  setSorry(isIn: boolean): void {
    const { sorryServer, forwarding } = this.config;
    if (sorryServer === undefined) return;
    for (const place of this.places) {
      const port = forwarding === "DR" ? place.port : sorryServer.port;
      const { address } = sorryServer;
      const server: IpvsServer = { address, port, weight: 1, forwarding: FORWARDING[forwarding] };
      if (isIn) this.table.addServer(place, server);
      else this.table.removeServer(place, server);
    }
  }

  private has(place: Place, { address, port }: IpvsServer): boolean {
    const service = this.table
      .list()
      .find((other) => other.address === place.address && other.port === place.port);
    return service?.servers.some((o) => o.address === address && o.port === port) === true;
  }
}

function serverOf(config: RealServer, place: Place, weight: number): IpvsServer {
  // Direct routing leaves the packet as it is, so its port is the service's
  const port = config.forwarding === "NAT" ? config.port : place.port;
  return { address: config.address, port, weight, forwarding: FORWARDING[config.forwarding] };
}

function placesOf({ service, protocol }: VirtualServer, whole: KeepalivedConfig): Place[] {
  if (protocol !== "TCP") return [];
  if (service.kind === "group") {
    const group = whole.virtualServerGroups.find(({ name }) => name === service.name);
    return (group?.services ?? []).flatMap((one) => (one.kind === "address" ? [one] : []));
  }
  return service.kind === "address" ? [service] : [];
}
