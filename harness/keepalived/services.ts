/** What virtual servers and the servers behind them are called. */
import type { VirtualServer } from "./config.ts";

/** `198.18.0.100:3306`, `fwmark 7`, `group web`. */
export function serviceName({ service }: Pick<VirtualServer, "service">): string {
  switch (service.kind) {
    case "address":
      return endpointName(service);
    case "fwmark":
      return `fwmark ${service.mark}`;
    case "group":
      return `group ${service.name}`;
  }
}

/** `198.18.0.21:3306`, `[2001:db8::21]:3306` (RFC 3986, 3.2.2); an address alone where the service takes any port. */
export function endpointName({
  address,
  port,
}: {
  readonly address: string;
  readonly port: number;
}): string {
  if (port === 0) return address;
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}
