import type { MockWorld, VendorFetch, VendorRequest } from "@bg-ingest/provider-mock";

export const ENDPOINTS = ["/v1/readings", "/v1/data-range", "/v1/demo-login", "/v1/login", "/v1/session/renew", "/oauth/token"] as const;

export type Endpoint = (typeof ENDPOINTS)[number];

/** A vendor whose answers can be held back: what is held is on its way, and nobody knows how it will end. */
export interface GatedVendor {
  readonly world: MockWorld;
  /** Holds the next request to an endpoint: before the vendor has heard it, or after it has done what was asked. */
  hold(endpoint: Endpoint, side: "before" | "after"): void;
  /** Lets the one go that has been held longest; `false` if none is. */
  letGo(): boolean;
  /** From now on nothing is held. */
  letAllGo(): void;
  /** What a browser does with an authorisation URL: the person says yes. */
  consent(authorizationUrl: URL): URL;
  requests(): number;
  /** Renewals that the vendor did and whose answer was waited for too long: what they gave is gone. */
  renewalsLost(): number;
}

interface Hold {
  readonly endpoint: Endpoint;
  readonly side: "before" | "after";
}

export function gatedVendor(world: MockWorld): GatedVendor {
  const wanted: Hold[] = [];
  const held: (() => void)[] = [];
  let requests = 0;
  let renewalsLost = 0;

  const fetch: VendorFetch = async (url, request) => {
    requests++;
    const at = wanted.findIndex(({ endpoint }) => endpoint === new URL(url).pathname);
    const [hold] = at === -1 ? [] : wanted.splice(at, 1);
    if (hold?.side === "before") await gate(request);
    const answer = await world.fetch(url, request);
    if (hold?.side === "after") await gate(request).catch((late) => lose(hold.endpoint, late));
    return answer;
  };

  function lose(endpoint: Endpoint, late: unknown): never {
    if (endpoint === "/v1/session/renew" || endpoint === "/oauth/token") renewalsLost++;
    throw late;
  }

  function gate({ signal }: VendorRequest): Promise<void> {
    return new Promise((resolve, reject) => {
      held.push(resolve);
      signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
  }

  function letGo(): boolean {
    const next = held.shift();
    next?.();
    return next !== undefined;
  }

  return {
    // The consent page is opened by whoever tests, who knows for whom.
    world: { ...world, fetch, consent: (url) => url },
    hold: (endpoint, side) => void wanted.push({ endpoint, side }),
    letGo,
    letAllGo() {
      wanted.length = 0;
      while (letGo());
    },
    consent: (url) => world.consent(url),
    requests: () => requests,
    renewalsLost: () => renewalsLost,
  };
}
