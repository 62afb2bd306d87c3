import {
  type BackfillProgress,
  type ConnectionOverview,
  formatInstant,
  type Instant,
  type LoadedProvider,
  type Push,
  type SourceHealth,
} from "@bg-ingest/core";
import type { z } from "zod";
import type { connection } from "../schemas/connection.ts";
import { instantText } from "../schemas/instant-text.ts";

type ConnectionBody = z.input<typeof connection>;

export function connectionBody(
  overview: ConnectionOverview,
  loaded: LoadedProvider | undefined,
  nextAttemptAt: Instant | null,
): ConnectionBody {
  const { record, state, message, newest, lastSuccessAt, ageSeconds, lagSeconds, setAside } = overview;
  const { health } = record;
  const isAsked = record.phase === "connected";
  return {
    provider: record.provider,
    display_name: loaded?.displayName ?? record.provider,
    source: record.sourceId,
    state,
    message,
    since: formatInstant(isAsked ? (Math.max(health.since, record.phaseSince) as Instant) : record.phaseSince),
    connected_at: formatInstant(record.connectedAt),
    last_success_at: instantText(lastSuccessAt),
    last_error: lastErrorOf(health),
    next_attempt_at: isAsked ? instantText(nextAttemptAt ?? (health.kind === "failing" ? health.nextAttemptAt : null)) : null,
    newest_reading_at: instantText(newest),
    age_seconds: ageSeconds,
    lag_seconds: lagSeconds,
    backfill: record.backfill && backfillBody(record.backfill),
    gaps: record.gaps.map(({ from, to, reason, recordedAt }) => ({
      from: formatInstant(from),
      to: formatInstant(to),
      reason,
      recorded_at: formatInstant(recordedAt),
    })),
    set_aside: setAside,
    takes_deliveries: isAsked && loaded?.provider.webhook !== undefined,
    push: isAsked && record.push !== undefined ? pushBody(record.push) : null,
  };
}

function lastErrorOf(health: SourceHealth): ConnectionBody["last_error"] {
  switch (health.kind) {
    case "ok":
      return null;
    case "failing":
      return { message: health.message, since: formatInstant(health.since), attempts: health.attempts };
    case "needs_reconnect":
    case "stopped":
      return { message: health.message, since: formatInstant(health.since), attempts: null };
  }
}

function pushBody(push: Push): ConnectionBody["push"] {
  const since = formatInstant(push.since);
  if (push.kind === "on") return { state: "on", since, message: null, attempts: 0, next_attempt_at: null };
  return { state: "off", since, message: push.message, attempts: push.attempts, next_attempt_at: formatInstant(push.nextAttemptAt) };
}

function backfillBody({ startedAt, finishedAt, span, nothing }: BackfillProgress): ConnectionBody["backfill"] {
  return {
    started_at: formatInstant(startedAt),
    finished_at: instantText(finishedAt),
    from: span && formatInstant(span.from),
    to: span && formatInstant(span.to),
    done_from: span && formatInstant(span.doneFrom),
    nothing_said: nothing?.times ?? 0,
    progress: finishedAt === null ? span && shareDone(span) : 1,
  };
}

/** Windows are taken newest first, and the last one may reach beyond what the provider has. */
function shareDone({ from, to, doneFrom }: NonNullable<BackfillProgress["span"]>): number {
  const share = to > from ? (to - doneFrom) / (to - from) : 1;
  return Math.round(Math.min(1, Math.max(0, share)) * 1000) / 1000;
}
