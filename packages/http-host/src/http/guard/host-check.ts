import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { isLoopback } from "../../settings/loopback.ts";

/** Whether the host that a request names is one that this service answers to. */
export type HostCheck = (host: string | undefined) => boolean;

const LOOPBACK_NAMES = ["localhost", "127.0.0.1", "[::1]"] as const;

/** What holds nothing of anybody, asked by whoever reaches a replica past the proxy, under whatever name: an engine, a balancer. */
const PROBES = ["/healthz", "/readyz"] as const;

/**
 * A page of a stranger can have its own name point to this machine and then read what the browser gets from here (DNS rebinding).
 * Listening on loopback, the service answers to names of loopback only; listening elsewhere, it answers to any unless names are given. Names of
 * loopback lead nobody else here, so with `isAsked`, where the callers say who they are, they are good wherever it listens.
 */
export function createHostCheck(listensOn: string, allowedHosts: readonly string[], isAsked: boolean): HostCheck {
  const onLoopback = isLoopback(listensOn);
  if (!onLoopback && allowedHosts.length === 0) return (host) => host !== undefined;
  const own = [bracketed(listensOn), ...allowedHosts.map(bracketed), ...(onLoopback || isAsked ? LOOPBACK_NAMES : [])];
  const allowed = new Set(own.map((name) => name.toLowerCase()));
  let accepted: string | null = null;
  return (host) => {
    if (host === undefined) return false;
    if (host === accepted) return true;
    if (!allowed.has(nameOf(host))) return false;
    accepted = host;
    return true;
  };
}

/** Paths that are answered under any name. A page in a browser has no token for the metrics; where none is set, their rule is the name. */
export function pathsUnderAnyName(metricsToken: string | null): ReadonlySet<string> {
  return new Set([...PROBES, ...(metricsToken === null ? [] : ["/metrics"])]);
}

/** A host in the request line stands before the header (RFC 9112, 3.2.2). */
export function hostAsked({ url = "", headers }: Pick<IncomingMessage, "url" | "headers">): string | undefined {
  return url.startsWith("/") ? headers.host : /^https?:\/\/([^/?#]*)/i.exec(url)?.[1];
}

/** A page of another origin, told by what browsers say of themselves; programs say nothing. */
export function isFromAnotherOrigin({ origin, host, "sec-fetch-site": site }: IncomingHttpHeaders): boolean {
  if (site === "cross-site" || site === "same-site") return true;
  if (origin === undefined) return false;
  return !/^https?:\/\//.test(origin) || origin.replace(/^https?:\/\//, "") !== host;
}

/** Without the port, in small letters. */
function nameOf(host: string): string {
  return host.replace(/:\d*$/, "").toLowerCase();
}

/** An IPv6 address as it stands in a Host header. */
export function bracketed(name: string): string {
  return name.includes(":") && !name.startsWith("[") ? `[${name}]` : name;
}
