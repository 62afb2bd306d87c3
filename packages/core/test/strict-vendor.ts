import { err, ok, type Result } from "neverthrow";
import type { Call } from "../src/ports/call.ts";
import type { Credentials, Grant, ProviderError, ProviderPage } from "../src/ports/cgm-provider.ts";
import type { LoadedProvider } from "../src/ports/loaded-provider.ts";
import type { ProviderName } from "../src/reading/identifiers.ts";
import type { Instant } from "../src/reading/instant.ts";

/** How the token endpoint is. `down`: nothing happens. `losing`: it renews, and its answer is lost. `confused`: it answers what nobody can read. `refusing`: it renews nothing. `vague`: nor does this one, and it does not say whether it ever will. */
type TokenEndpoint = "well" | "down" | "losing" | "confused" | "refusing" | "vague";

/** A vendor that takes every renewal token once, and takes a second use of one for theft: then all that came of the same consent is over. */
export interface StrictVendor {
  readonly loaded: LoadedProvider;
  tokenEndpoint: TokenEndpoint;
  /** An access token dies with the renewal that replaces it, not when it expires. */
  oldAccessDies: boolean;
  /** A person consents. */
  consent(): Grant;
  /** A person takes their consent back. */
  revoke(): void;
  /** Renewals that took place, each by the value that it gave. */
  readonly renewals: readonly Credentials["value"][];
  /** Requests to the token endpoint. */
  readonly asked: number;
  /** Of renewal tokens that were used before. */
  readonly reuses: number;
  /** Requests for data that were answered. */
  readonly served: number;
  readonly refusedData: number;
  /** What happens between the request and its answer. */
  meanwhile: () => Promise<void>;
}

interface Value {
  readonly family: number;
  readonly generation: number;
  readonly endsAt: Instant;
}

export interface StrictVendorOptions {
  /** The vendor's. */
  readonly clock: { nowMs(): number };
  /** By which the provider reckons when a token ends. */
  readonly ourClock: { nowMs(): number };
  readonly lifeSeconds?: number | null;
  readonly capability?: "poll" | "webhook";
}

const TRAITS = {
  cadenceSeconds: 300,
  publicationDelaySeconds: 0,
  maxWindowSeconds: 30 * 86_400,
  historySeconds: 90 * 86_400,
  rePull: [],
  rateLimit: null,
};

export function createStrictVendor({ clock, ourClock, lifeSeconds = 7_200, capability = "poll" }: StrictVendorOptions): StrictVendor {
  const now = () => Math.floor(clock.nowMs() / 1000) as Instant;
  const ended = new Set<number>();
  const newest = new Map<number, number>();
  const renewals: Credentials["value"][] = [];
  let [families, asked, reuses, served, refusedData] = [0, 0, 0, 0, 0];

  const give = (family: number, generation: number): Credentials => {
    newest.set(family, generation);
    const endsAt = (now() + (lifeSeconds ?? 1e9)) as Instant;
    const expiresAt = lifeSeconds === null ? null : ((Math.floor(ourClock.nowMs() / 1000) + lifeSeconds) as Instant);
    return { value: { family, generation, endsAt } satisfies Value, expiresAt };
  };
  const renew = async (credentials: Credentials, { signal }: Call): Promise<Result<Credentials, ProviderError>> => {
    asked++;
    if (vendor.tokenEndpoint === "down") return err({ kind: "retry", message: "The token endpoint does not answer." });
    if (vendor.tokenEndpoint === "vague") {
      await vendor.meanwhile();
      return err({ kind: "retry", message: "The token endpoint says no.", isRefusal: true });
    }
    const { family, generation } = credentials.value as Value;
    if (generation < (newest.get(family) ?? 0)) {
      reuses++;
      ended.add(family);
    }
    const { tokenEndpoint } = vendor;
    if (tokenEndpoint === "refusing") await vendor.meanwhile();
    if (ended.has(family) || tokenEndpoint === "refusing") return err({ kind: "reconnect", message: "invalid_grant" });
    const given = give(family, generation + 1);
    renewals.push(given.value);
    await vendor.meanwhile();
    if (signal.aborted) return err({ kind: "retry", message: "The request was called off." });
    if (tokenEndpoint === "losing") return err({ kind: "retry", message: "The answer was lost." });
    return tokenEndpoint === "confused" ? err({ kind: "stop", message: "The answer cannot be read." }) : ok(given);
  };
  const isGood = ({ value }: Credentials): boolean => {
    const { family, generation, endsAt } = value as Value;
    const isOver = vendor.oldAccessDies && generation < (newest.get(family) ?? 0);
    return !ended.has(family) && now() < endsAt && !isOver;
  };

  const page: ProviderPage = { readings: [], rejected: [], accountId: "anna", isLast: true };
  const poll: LoadedProvider["provider"]["poll"] = {
    async *fetchPages({ credentials }) {
      if (isGood(credentials)) {
        served++;
        yield ok(page);
      } else {
        refusedData++;
        yield err({ kind: "reconnect", message: "401" });
      }
    },
  };
  const webhook: LoadedProvider["provider"]["webhook"] = {
    verify: async () => err({ kind: "refused", reason: "signature_missing", message: "" }),
    read: () => ok({ kind: "changed" }),
  };
  const vendor: StrictVendor = {
    loaded: {
      name: "strict" as ProviderName,
      displayName: "Strict",
      capabilities: ["oauth", capability],
      traits: TRAITS,
      provider: {
        oauth: {
          pkce: false,
          authorizationUrl: () => ok(new URL("https://vendor.example/")),
          exchangeCode: async () => ok(vendor.consent()),
          refresh: renew,
        },
        ...(capability === "poll" ? { poll } : { webhook }),
      },
    },
    tokenEndpoint: "well",
    oldAccessDies: false,
    consent: () => ({ credentials: give(++families, 1), accountId: "anna" }),
    revoke: () => void ended.add(families),
    renewals,
    get asked() {
      return asked;
    },
    get reuses() {
      return reuses;
    },
    get served() {
      return served;
    },
    get refusedData() {
      return refusedData;
    },
    meanwhile: async () => undefined,
  };
  return vendor;
}
