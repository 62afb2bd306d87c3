import type { LoadedProvider } from "../ports/loaded-provider.ts";
import type { SourceRecord } from "../ports/source-record.ts";
import { dayOf, formatDay, type Instant } from "../reading/instant.ts";
import { isHistoryRead } from "./history-read.ts";

export const CONNECTION_STATES = [
  "connecting",
  "backfilling",
  "healthy",
  "delayed",
  "failing",
  "needs_reconnect",
  "stopped",
  "disconnected",
] as const;

export type ConnectionState = (typeof CONNECTION_STATES)[number];

export interface ConnectionStatus {
  readonly state: ConnectionState;
  /** For a person: what is the matter, and what to do; `null` while all is well. */
  readonly message: string | null;
  /** Seconds between the newest measurement and now, `null` without readings. */
  readonly ageSeconds: number | null;
  /** The same, less what the vendor takes to show a measurement: below two poll intervals all is well. */
  readonly lagSeconds: number | null;
}

/** How a source really is: what happened last counts, and old data are never called healthy. */
export function statusOf(
  record: SourceRecord,
  loaded: LoadedProvider | undefined,
  newest: Instant | null,
  pollIntervalSeconds: number,
  now: Instant,
  whyNotLoaded: string | null = null,
): ConnectionStatus {
  const delay = loaded?.traits.publicationDelaySeconds ?? 0;
  const interval = Math.max(pollIntervalSeconds, loaded?.traits.cadenceSeconds ?? 0);
  const ageSeconds = newest === null ? null : Math.max(0, now - newest);
  const lagSeconds = ageSeconds === null ? null : Math.max(0, ageSeconds - delay);
  const isLate = lagSeconds === null || lagSeconds > 2 * interval;
  const isUnasked = record.lastSuccessAt === null && newest === null && now - record.phaseSince <= 2 * interval;
  const { state, message } = stateOf(record, loaded ?? whyNotLoaded, { isLate, isUnasked, isEmpty: newest === null });
  return { state, message: message ?? fullDayMessage(record, now), ageSeconds, lagSeconds };
}

/** So long a full day is spoken of; what was set aside stays in the list. */
const FULL_DAY_TOLD_DAYS = 30;

function fullDayMessage({ fullDay }: SourceRecord, now: Instant): string | null {
  if (fullDay === undefined || dayOf(now) - fullDay > FULL_DAY_TOLD_DAYS) return null;
  return `The ${formatDay(fullDay)} holds as much as a day can. What else came of it was set aside as day_full: look there, and at what sends so much.`;
}

const NOT_LOADED = "The provider of this connection is not loaded. Add it to PROVIDERS.";
const NOTHING_NEWER = "The provider answers, but has nothing newer. Check the sensor, the phone and its network.";
const NO_READINGS_YET =
  "The provider answers, but this account has no readings yet. They come by themselves once a sensor is worn and sends to this account; if one does already, check that this is the account it sends to.";

function stateOf(
  record: SourceRecord,
  loaded: LoadedProvider | string | null,
  { isLate, isUnasked, isEmpty }: { readonly isLate: boolean; readonly isUnasked: boolean; readonly isEmpty: boolean },
): Pick<ConnectionStatus, "state" | "message"> {
  const { phase, health } = record;
  if (phase === "connecting")
    return { state: "connecting", message: "Connecting was begun and not finished. Finish it, or connect again." };
  if (phase !== "connected") return { state: "disconnected", message: "Nothing is asked of the provider. The readings are kept." };
  if (loaded === null || typeof loaded === "string") return { state: "stopped", message: loaded ?? NOT_LOADED };
  if (health.kind !== "ok") return { state: health.kind, message: health.message };
  if (isHistoryRead(record)) return { state: "backfilling", message: null };
  if (isUnasked) return { state: "connecting", message: "Connected; the first answer of the provider is still to come." };
  if (isLate) return { state: "delayed", message: isEmpty ? NO_READINGS_YET : NOTHING_NEWER };
  return { state: "healthy", message: null };
}
