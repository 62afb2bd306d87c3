import type { IncomingMessage, Server } from "node:http";
import type { Socket } from "node:net";
import type { Logger } from "@bg-ingest/core";
import type { HttpLimits, HttpOptions } from "../http-deps.ts";
import type { HttpMeter } from "../http-meter.ts";
import type { Problem } from "../problem/problem.ts";
import { createBodyBudget, type HeldBody } from "./body-budget.ts";
import { createCallerAddresses } from "./caller-address.ts";
import { type CallerUse, createCallers } from "./callers.ts";
import { watchLoop } from "./loop-watch.ts";

/** Sees to it that nobody uses so much that others are not answered. */
export interface Admission {
  /** Counts a request in. Whatever becomes of it, it has to be counted out again. */
  enter(raw: IncomingMessage): CallerUse;
  leave(use: CallerUse): void;
  /** Why a request that was counted in is turned away all the same. */
  refusalOf(use: CallerUse, path: string): Problem | null;
  /** For the body of a request that was counted in. */
  holdBody(use: CallerUse): HeldBody;
  stop(): void;
}

const OVERLOADED_WAIT_SECONDS = 1;
/** Whoever has no more than these at once is turned away only when twice as much is asked of the service as it takes. */
const FEW_AT_ONCE = 8;
/** Whether a process lives is asked by those who restart it: a flood must not have that done. */
const PROBES: ReadonlySet<string> = new Set(["/healthz", "/readyz"]);

export function createAdmission(
  server: Server,
  { limits, trustedProxies }: Pick<HttpOptions, "limits" | "trustedProxies">,
  clock: { monotonicMs(): number },
  meter: Pick<HttpMeter, "watch" | "turnedAway">,
  logger: Pick<Logger, "warn">,
): Admission {
  const addresses = createCallerAddresses(trustedProxies);
  const callers = createCallers(limits.requestsPerSecondOfCaller, clock);
  const ofConnection = new WeakMap<Socket, CallerUse>();
  const bodies = createBodyBudget({ ofCaller: limits.bodyBytesOfCaller, ofAll: limits.bodyBytes });
  const loop = watchLoop(limits.lateMs);
  const refusalOf = createRefusal(limits, loop.isLate, callers.takeOf);
  let inFlight = 0;
  let connections = 0;
  let isProxyMissed = false;

  server.maxConnections = limits.connections;
  server.on("drop", () => meter.turnedAway("too_many_connections"));
  server.prependListener("connection", (socket) => {
    connections += 1;
    const use = addresses.isProxy(socket.remoteAddress) ? null : callers.of(addresses.ofPeer(socket.remoteAddress));
    socket.once("close", () => {
      connections -= 1;
      if (use !== null) use.connections -= 1;
    });
    if (use === null) return;
    use.connections += 1;
    ofConnection.set(socket, use);
    if (use.connections <= limits.connectionsOfCaller) return;
    meter.turnedAway("too_many_connections");
    socket.destroy();
  });
  meter.watch(() => ({ requests: inFlight, connections }));

  /** Once in a process: where it is a proxy that speaks, everybody behind it is one caller, with the limits of one. */
  function missProxy({ headers, socket }: IncomingMessage): void {
    if (headers["x-forwarded-for"] === undefined || addresses.isProxy(socket.remoteAddress)) return;
    isProxyMissed = true;
    logger.warn({ setting: "TRUSTED_PROXIES" }, PROXY_MISSED);
  }

  return {
    enter(raw) {
      if (!isProxyMissed) missProxy(raw);
      inFlight += 1;
      const use = ofConnection.get(raw.socket) ?? callers.of(addresses.forwarded(raw) ?? addresses.ofPeer(raw.socket.remoteAddress));
      use.requests += 1;
      return use;
    },
    leave(use) {
      inFlight -= 1;
      use.requests -= 1;
    },
    refusalOf: (use, path) => refusalOf(use, path, inFlight),
    holdBody: bodies.hold,
    stop: loop.stop,
  };
}

const PROXY_MISSED =
  "A request names in X-Forwarded-For from whom it comes, and TRUSTED_PROXIES does not name who sent it, so that is not looked at. If it is your proxy, everybody behind it counts as one caller, and is turned away for what the others do: set TRUSTED_PROXIES to the proxy's address or network. If no proxy stands before this service, nothing is to be done. This is told once.";

/** Numbers that count the request itself. */
function createRefusal(limits: HttpLimits, isLate: () => boolean, takeOf: (use: CallerUse) => number | null) {
  const few = Math.max(1, Math.min(FEW_AT_ONCE, Math.floor(limits.requestsInFlight / 4)));
  const mostOfCaller = Math.max(2, Math.ceil(limits.requestsInFlight / 4));
  return (use: CallerUse, path: string, inFlight: number): Problem | null => {
    const isFull = inFlight > limits.requestsInFlight || isLate();
    if (isFull && (use.requests > few || inFlight > 2 * limits.requestsInFlight)) return OVERLOADED;
    if (use.requests > mostOfCaller && !PROBES.has(path)) return TOO_MANY;
    const waitMs = takeOf(use);
    if (waitMs === null || PROBES.has(path)) return null;
    return { kind: "too_many_requests", retryAfterSeconds: Math.ceil(waitMs / 1000) };
  };
}

const OVERLOADED: Problem = { kind: "overloaded", retryAfterSeconds: OVERLOADED_WAIT_SECONDS };
const TOO_MANY: Problem = { kind: "too_many_requests", retryAfterSeconds: OVERLOADED_WAIT_SECONDS };
