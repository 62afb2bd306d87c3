import type { ProviderTraits } from "@bg-ingest/core";

const HOUR = 3_600;

/** Nobody knows the real limit; about a hundred followers behind one address were seen to be blocked. */
export const USUAL_CALLS_PER_HOUR = 1_000;

/**
 * One answer holds the last twelve hours and the current reading. The sensor measures every minute; its history, of which the graph is made,
 * has a point every five minutes or every fifteen.
 */
export const TRAITS: ProviderTraits = {
  cadenceSeconds: 300,
  publicationDelaySeconds: 0,
  maxWindowSeconds: 12 * HOUR,
  historySeconds: 12 * HOUR,
  // Every answer brings the whole graph again, so late points come by themselves; this is for wearers whose current reading stands still.
  rePull: [{ everySeconds: 6 * HOUR, lookBackSeconds: 12 * HOUR }],
  // To be sent to another region, to log in there, and to see who is followed.
  rateLimit: { calls: USUAL_CALLS_PER_HOUR, perSeconds: HOUR, scope: "application", callsPerConnect: 3 },
};

export function traitsOf(callsPerHour: number): ProviderTraits {
  return { ...TRAITS, rateLimit: { calls: callsPerHour, perSeconds: HOUR, scope: "application", callsPerConnect: 3 } };
}
