import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

/** The moments of a renewal that only the vendor's side sees. */
export const DOOR_MOMENTS = [
  /** The request is sent and has come in; nothing is done. */
  "vendor.asked",
  /** The old token is spent, the new pair is made, and nobody has it yet. */
  "vendor.answered",
  /** The new pair is used for the first time; the data are not given yet. */
  "vendor.first_use",
] as const;

export type DoorMoment = (typeof DOOR_MOMENTS)[number];

export interface TokenPair {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly by: "consent" | "renewal";
  readonly grantedAtMs: number;
}

/** Somebody asked for a new pair in place of an old one. */
interface RenewalAsked {
  readonly refreshToken: string;
  /** Of the old pair, since it was granted. */
  readonly ageMs: number;
}

/** Stands before the vendor on the loopback and lets everything through; sees who shows which token. */
export interface VendorDoor {
  readonly url: string;
  /** All that the vendor ever granted, in order, whether anybody heard of it or not. */
  readonly pairs: readonly TokenPair[];
  /** In order, answered or not. */
  readonly renewalsAsked: readonly RenewalAsked[];
  /** How often a pair was shown: its access token for data, or its refresh token for a new pair. */
  shown(pair: TokenPair): number;
  /** Answers with data given so far. */
  served(): number;
  stop(): Promise<void>;
}

/** `passing`: called at each moment; `false` and this request is never answered. */
export async function openVendorDoor(
  vendorUrl: string,
  passing: (moment: DoorMoment) => boolean,
  nowMs: () => number = Date.now,
): Promise<VendorDoor> {
  const pairs: TokenPair[] = [];
  const renewalsAsked: RenewalAsked[] = [];
  const shows = new Map<string, number>();
  let served = 0;
  const show = (token: string): number => {
    const before = shows.get(token) ?? 0;
    shows.set(token, before + 1);
    return before;
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    const refreshToken = new URLSearchParams(body).get("refresh_token");
    const accessToken = (request.headers.authorization ?? "").replace(/^Bearer /, "");
    const isRenewal = refreshToken !== null;
    const isFirstUse = accessToken !== "" && show(accessToken) === 0 && pairOf(accessToken)?.by === "renewal";
    if (isRenewal) ask(refreshToken);
    if (isRenewal && !passing("vendor.asked")) return;
    if (isFirstUse && !passing("vendor.first_use")) return;
    const { method = "GET", url = "/", headers } = request;
    const asked = { ...(headers.authorization && { authorization: headers.authorization }), ...typeOf(headers["content-type"]) };
    const answered = await fetch(`${vendorUrl}${url}`, { method, headers: asked, ...(method === "GET" ? {} : { body }) });
    const said = await answered.text();
    if (answered.ok && url.endsWith("/token")) note(said, isRenewal);
    if (isRenewal && answered.ok && !passing("vendor.answered")) return;
    if (answered.ok && accessToken !== "") served++;
    response.writeHead(answered.status, typeOf(answered.headers.get("content-type") ?? undefined)).end(said);
  }

  function ask(refreshToken: string): void {
    const old = pairs.findLast((pair) => pair.refreshToken === refreshToken);
    show(refreshToken);
    renewalsAsked.push({ refreshToken, ageMs: nowMs() - (old?.grantedAtMs ?? nowMs()) });
  }

  function note(said: string, isRenewal: boolean): void {
    const granted = JSON.parse(said) as { readonly access_token: string; readonly refresh_token: string };
    const by = isRenewal ? "renewal" : "consent";
    pairs.push({ accessToken: granted.access_token, refreshToken: granted.refresh_token, by, grantedAtMs: nowMs() });
  }

  const pairOf = (accessToken: string) => pairs.findLast((pair) => pair.accessToken === accessToken);
  // Whoever asked may be dead by now.
  const server = createServer((request, response) => void answer(request, response).catch(() => response.destroy()));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    pairs,
    renewalsAsked,
    shown: ({ accessToken, refreshToken }) => (shows.get(accessToken) ?? 0) + (shows.get(refreshToken) ?? 0),
    served: () => served,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function typeOf(contentType: string | undefined): Readonly<Record<string, string>> {
  return contentType === undefined ? {} : { "content-type": contentType };
}
