import { err, ok, type Result } from "neverthrow";
import { connectionChangedEvent } from "../connection/connection-events.ts";
import type { Call } from "../ports/call.ts";
import type { SourceHealth, SourceRecord } from "../ports/source-record.ts";
import type { StoreError } from "../ports/store-error.ts";
import type { Instant } from "../reading/instant.ts";
import { backoffMs } from "./backoff.ts";
import type { FetchedWindow, FetchFailed } from "./fetch-window.ts";
import { gapsAfter } from "./gaps.ts";
import { setbackOf } from "./health.ts";
import { type IngestDeps, nowOf } from "./ingest-deps.ts";
import type { Publisher } from "./publisher.ts";
import { writeRecord } from "./record-writes.ts";
import type { SourceState } from "./source-state.ts";

/** While nothing new comes, a good answer is noted this seldom. */
const NOTE_SUCCESS_EVERY_SECONDS = 6 * 3600;

/** The provider answered: whatever was wrong is over. Written only if that is news, or nothing was written for six hours. */
export async function settleGood(
  deps: IngestDeps,
  publisher: Publisher,
  state: SourceState,
  window: FetchedWindow | null,
  call: Call,
): Promise<Result<void, StoreError>> {
  const now = nowOf(deps.clock);
  state.failures = 0;
  state.notBeforeMs = 0;
  const lastNoted = Math.max(state.record.lastSuccessAt ?? 0, state.lastCommitAt ?? 0);
  const isNoteDue = now - lastNoted >= NOTE_SUCCESS_EVERY_SECONDS;
  return changeHealth(deps, publisher, state, call, (record) => {
    const gaps = window === null ? record.gaps : gapsAfter(record.gaps, window, now);
    const health: SourceHealth = record.health.kind === "ok" ? record.health : { kind: "ok", since: now };
    if (gaps === record.gaps && health === record.health && !isNoteDue) return record;
    return { ...record, gaps, health, lastSuccessAt: now };
  });
}

/** The attempt failed: remembers when to try again, and writes how the source is if its kind is news. */
export async function settleFailed(
  deps: IngestDeps,
  publisher: Publisher,
  state: SourceState,
  failed: FetchFailed,
  call: Call,
): Promise<Result<void, StoreError>> {
  const nowMs = deps.clock.nowMs();
  state.failures++;
  if (failed.at === "store") return storeIsAway(deps, state, failed.error);
  const { health, waitMs } = setbackOf(failed.error, state.record.health, state.failures, nowMs, deps.settings.backoff, deps.chance);
  state.notBeforeMs = waitMs === null ? Number.POSITIVE_INFINITY : nowMs + waitMs;
  deps.logger.warn(
    {
      source: state.record.sourceId,
      provider: state.record.provider,
      attempts: state.failures,
      wait_ms: waitMs,
      reason: failed.error.message,
    },
    WHAT_FOLLOWS[health.kind],
  );
  return changeHealth(deps, publisher, state, call, (record) => (record.health.kind === health.kind ? record : { ...record, health }));
}

const WHAT_FOLLOWS: Readonly<Record<SourceHealth["kind"], string>> = {
  ok: "The provider answers again.",
  failing: "The provider did not answer as it should; it is asked again after a while.",
  needs_reconnect: "The provider no longer grants access; the person has to connect again.",
  stopped: "The provider's answer cannot be used; it is tried again ever more seldom, at least once a day and at each start.",
};

/** Nothing can be written down now; progress has not moved and the next attempt asks for the same again. */
function storeIsAway(deps: IngestDeps, state: SourceState, error: StoreError): Promise<Result<void, StoreError>> {
  state.notBeforeMs = deps.clock.nowMs() + backoffMs(deps.settings.backoff, state.failures, deps.chance);
  deps.logger.warn({ source: state.record.sourceId, reason: error.message }, "The store did not take a page; the same is asked for again.");
  return Promise.resolve(ok(undefined));
}

async function changeHealth(
  deps: IngestDeps,
  publisher: Publisher,
  state: SourceState,
  call: Call,
  change: (record: SourceRecord) => SourceRecord,
): Promise<Result<void, StoreError>> {
  const before = state.record.health.kind;
  const written = await writeRecord(deps, state, change, call);
  if (written.isErr()) return err(written.error);
  if (state.record.health.kind !== before) await publisher.announce([connectionChangedEvent(state.record, nowOf(deps.clock))], call);
  return ok(undefined);
}

export function isAsked(record: SourceRecord): boolean {
  return record.phase === "connected" && record.health.kind !== "needs_reconnect";
}

/** Where an earlier owner was told to wait, its successor waits too. */
export function inheritedNotBeforeMs(record: SourceRecord, now: Instant): number {
  return record.health.kind === "failing" && record.health.nextAttemptAt > now ? record.health.nextAttemptAt * 1000 : 0;
}
