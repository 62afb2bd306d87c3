import type { IncomingMessage } from "node:http";
import { BlockList, isIP } from "node:net";

/** From whom a request comes, as far as addresses tell. */
export interface CallerAddresses {
  /** Of the connection alone. */
  ofPeer(remoteAddress: string | undefined): string;
  /** `null`: as the connection says. Where a trusted proxy stands before the caller: as it says. */
  forwarded(request: Pick<IncomingMessage, "headers" | "socket">): string | null;
  /** Many callers come by the connections of one of these. */
  isProxy(remoteAddress: string | undefined): boolean;
}

/** `trustedProxies`: addresses, or networks as `10.0.0.0/8`; whatever else stands in `X-Forwarded-For` anybody may have written. */
export function createCallerAddresses(trustedProxies: readonly string[]): CallerAddresses {
  const trusted = new BlockList();
  for (const each of trustedProxies) addTo(trusted, each);
  const isProxy = (address = "") => trustedProxies.length > 0 && isListed(trusted, plain(address));
  return {
    ofPeer: (remoteAddress = "") => callerOf(plain(remoteAddress)),
    isProxy,
    forwarded({ headers, socket }) {
      if (!isProxy(socket.remoteAddress)) return null;
      const hops = String(headers["x-forwarded-for"] ?? "").split(",");
      const outside = hops.map((hop) => plain(hop.trim())).findLast((hop) => !isListed(trusted, hop));
      return outside === undefined || isIP(outside) === 0 ? null : callerOf(outside);
    },
  };
}

function addTo(list: BlockList, text: string): void {
  const [address = "", bits] = text.split("/");
  const family = isIP(address) === 6 ? "ipv6" : "ipv4";
  if (bits === undefined) list.addAddress(address, family);
  else list.addSubnet(address, Number(bits), family);
}

function isListed(list: BlockList, address: string): boolean {
  const family = isIP(address);
  return family !== 0 && list.check(address, family === 6 ? "ipv6" : "ipv4");
}

/** An IPv4 address stays one where the socket speaks IPv6. */
function plain(address: string): string {
  return address.startsWith("::ffff:") && address.includes(".") ? address.slice(7) : address;
}

/** Whoever has one IPv6 address has the whole network of 64 bits. */
function callerOf(address: string): string {
  if (!address.includes(":")) return address;
  const [head = "", tail] = address.split("%", 1)[0]?.split("::") ?? [];
  const groups = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = new Array<string>(Math.max(0, 8 - groups.length - after.length)).fill("0");
  return `${[...groups, ...zeros, ...after].slice(0, 4).join(":")}::/64`;
}
