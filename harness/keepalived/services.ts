/** What a virtual_server is called. */
import type { VirtualServer } from "./config.ts";

/** `198.18.0.100:3306`, `fwmark 7`, `group web`. */
export function serviceName({ service }: Pick<VirtualServer, "service">): string {
  switch (service.kind) {
    case "address":
      return `${service.address}:${service.port}`;
    case "fwmark":
      return `fwmark ${service.mark}`;
    case "group":
      return `group ${service.name}`;
  }
}
