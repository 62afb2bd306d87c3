import { isIPv4 } from "node:net";

/** Whether an address can be reached from this machine alone. Only whole, plain spellings count. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIPv4(host) && host.startsWith("127."));
}
