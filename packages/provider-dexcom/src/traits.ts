import type { ProviderTraits } from "@bg-ingest/core";
import type { Region } from "./api/regions.ts";

const HOUR = 3_600;
const DAY = 86_400;

/**
 * Phones show their data to the API an hour after the measurement in the US, three hours after it elsewhere (Dexcom's documentation);
 * receivers upload when they are plugged in, days or weeks at once, which is what the wide rungs are for.
 */
export const TRAITS: ProviderTraits = {
  cadenceSeconds: 300,
  publicationDelaySeconds: 3 * HOUR,
  // Dexcom takes 30 days; the margin is for the second by which a request begins early, and for whatever counts otherwise than we do.
  maxWindowSeconds: 29 * DAY,
  // What an account holds, its dataRange says; no sensor of Dexcom's that has a cloud is older.
  historySeconds: 20 * 366 * DAY,
  rePull: [
    { everySeconds: HOUR, lookBackSeconds: 3 * DAY },
    { everySeconds: DAY, lookBackSeconds: 7 * DAY },
    { everySeconds: 7 * DAY, lookBackSeconds: 35 * DAY },
    { everySeconds: 28 * DAY, lookBackSeconds: 92 * DAY },
  ],
  // A token, and dataRange for whose it is, asked twice if need be.
  rateLimit: { calls: 60_000, perSeconds: HOUR, scope: "application", callsPerConnect: 3 },
};

export function traitsOf(region: Region | null): ProviderTraits {
  return { ...TRAITS, publicationDelaySeconds: (region === "us" || region === "sandbox" ? 1 : 3) * HOUR };
}
