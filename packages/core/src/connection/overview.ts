import { err, ok, type Result } from "neverthrow";
import { type AccessRefused, type CallBy, permit } from "../access/caller.ts";
import type { ConnectionStore } from "../ports/connection-store.ts";
import type { LoadedProviders, WhyNotLoaded } from "../ports/loaded-provider.ts";
import type { ReadingStore } from "../ports/reading-store.ts";
import type { SourceHealth, SourceRecord } from "../ports/source-record.ts";
import type { StoreError } from "../ports/store-error.ts";
import type { SourceId, UserId } from "../reading/identifiers.ts";
import type { Instant } from "../reading/instant.ts";
import { newestOfEach } from "./newest-of-each.ts";
import { providerOf } from "./provider-of.ts";
import { type ConnectionStatus, statusOf } from "./status.ts";

/** One connection of a user as it really is. */
export interface ConnectionOverview extends ConnectionStatus {
  readonly record: SourceRecord;
  readonly newest: Instant | null;
  /**
   * When the provider last gave a good answer since it was connected, one that held nothing new included: exactly where the source is
   * tended here, else when something new was last stored or, in its absence, as of the six-hourly note.
   */
  readonly lastSuccessAt: Instant | null;
  readonly setAside: number;
}

export interface OverviewDeps {
  readonly connections: ConnectionStore;
  readonly readings: ReadingStore;
  readonly providers: LoadedProviders;
  readonly whyNotLoaded?: WhyNotLoaded;
  readonly pollIntervalSeconds: number;
  /** What whoever tends the source here knows of it; `null` where nobody does. */
  readonly knownNow?: (sourceId: SourceId) => KnownNow | null;
}

/** What is known of a source beyond what is written down of it. */
interface KnownNow {
  /** The last refusal: what is stored is as old as the first one. */
  readonly health: SourceHealth | null;
  /** The last good answer: what is stored may be six hours older. */
  readonly lastGoodAt: Instant | null;
}

/** A user's living connections, by provider; empty for somebody who has none. */
export async function overviewOf(
  deps: OverviewDeps,
  userId: UserId,
  now: Instant,
  call: CallBy,
): Promise<Result<readonly ConnectionOverview[], StoreError | AccessRefused>> {
  const permitted = permit(call.caller, "read", userId);
  if (permitted.isErr()) return err(permitted.error);
  const records = await deps.connections.recordsOf(userId, call);
  if (records.isErr()) return err(records.error);
  const living = records.value.filter(({ phase }) => phase !== "erased");
  // Before the days are read: an answer that is told of has its readings among them.
  const knownNow = new Map(living.map(({ sourceId }) => [sourceId, deps.knownNow?.(sourceId) ?? null]));
  const newest = await newestOfEach(deps.readings, userId, living, now, call);
  if (newest.isErr()) return err(newest.error);
  const overviews: ConnectionOverview[] = [];
  for (const stored of living) {
    const tended = stored.phase === "connected" ? knownNow.get(stored.sourceId) : null;
    const record = { ...stored, health: tended?.health ?? stored.health };
    const setAside = await deps.connections.countSetAside(record, call);
    if (setAside.isErr()) return err(setAside.error);
    const known = newest.value.get(record.sourceId);
    const at = known?.at ?? null;
    const absence = deps.whyNotLoaded?.(record.provider) ?? null;
    const status = statusOf(record, providerOf(deps.providers, record), at, deps.pollIntervalSeconds, now, absence);
    const answered = [record.lastSuccessAt, known?.receivedAt ?? null, tended?.lastGoodAt ?? null];
    overviews.push({ ...status, record, newest: at, lastSuccessAt: latestSince(record, answered), setAside: setAside.value });
  }
  return ok(overviews);
}

/** What was answered before a source was connected anew says nothing of how it is now. */
function latestSince({ phase, phaseSince }: SourceRecord, moments: readonly (Instant | null)[]): Instant | null {
  const counted = moments.filter((at) => at !== null && (phase !== "connected" || at >= phaseSince));
  return counted.length === 0 ? null : (Math.max(...(counted as Instant[])) as Instant);
}
