import type { LoadedProvider, ProviderError, ProviderName } from "@bg-ingest/core";
import { err, errAsync, ok, okAsync } from "neverthrow";

export const ALLOWING = "allowing" as ProviderName;

/** What the vendor answers from now on; nothing: all is well, and the code is the account. */
export interface ConsentVendor {
  startError: ProviderError | null;
  exchangeError: ProviderError | null;
  displayName: string;
}

export function consentVendor(): ConsentVendor {
  return { startError: null, exchangeError: null, displayName: "Allowing" };
}

/** A provider that is connected by consent and nothing else, takes deliveries, and has no readings. */
export function consentProvider(vendor: ConsentVendor = consentVendor()): LoadedProvider {
  const noPages = async function* () {};
  return {
    name: ALLOWING,
    get displayName() {
      return vendor.displayName;
    },
    capabilities: ["oauth", "poll", "webhook"],
    traits: {
      cadenceSeconds: 300,
      publicationDelaySeconds: 0,
      maxWindowSeconds: 86_400,
      historySeconds: 86_400,
      rePull: [],
      rateLimit: null,
    },
    provider: {
      oauth: {
        pkce: true,
        authorizationUrl: ({ state, codeChallenge }) =>
          vendor.startError === null
            ? ok(new URL(`https://vendor.example/authorize?state=${state}&code_challenge=${codeChallenge}`))
            : err(vendor.startError),
        exchangeCode: ({ callbackUrl }) =>
          vendor.exchangeError === null
            ? okAsync({ credentials: { value: "granted", expiresAt: null }, accountId: callbackUrl.searchParams.get("code") })
            : errAsync(vendor.exchangeError),
        refresh: (credentials) => okAsync(credentials),
      },
      poll: { fetchPages: noPages },
      webhook: {
        verify: async () => ok({ kind: "challenge", contentType: "text/plain", reply: "" }),
        read: () => ok({ kind: "changed" }),
      },
    },
  };
}
