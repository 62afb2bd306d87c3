import type { ConnectionChanged, UserErased } from "../event/event.ts";
import type { SourceRecord } from "../ports/source-record.ts";
import type { SourceId, UserId } from "../reading/identifiers.ts";
import { formatInstant, type Instant } from "../reading/instant.ts";

/** Says how a source is: its phase, or, while it is connected, its health. Of one version of the record always the same. */
export function connectionChangedEvent(record: SourceRecord): ConnectionChanged {
  const { health } = record;
  const since = record.phase === "connected" ? health.since : record.phaseSince;
  return {
    ...envelope(`${record.sourceId}/connection/${record.version}`, `${record.sourceId}/connection`, since),
    type: "bg.connection.changed.v1",
    data: {
      user_id: record.userId,
      provider: record.provider,
      source: record.sourceId,
      state: record.phase === "connected" ? health.kind : record.phase,
      reason: record.phase === "connected" && "message" in health ? health.message : null,
    },
  };
}

/** Tells consumers to delete what they hold of these sources. */
export function userErasedEvent(userId: UserId, sources: readonly SourceId[], erasedAt: Instant): UserErased {
  return erasedEvent(`${sources.join("+")}/erased`, userId, sources, erasedAt);
}

/** Has them do so once more: what was in flight at the erase may have told them of readings up to `at`. */
export function userErasedAgainEvent(userId: UserId, source: SourceId, at: Instant): UserErased {
  return erasedEvent(`${source}/erased/${at}`, userId, [source], at);
}

function erasedEvent(id: string, userId: UserId, sources: readonly SourceId[], at: Instant): UserErased {
  return {
    ...envelope(id, `${sources.join("+")}/erased`, at),
    type: "bg.user.erased.v1",
    data: { user_id: userId, sources: [...sources] },
  };
}

function envelope(id: string, subject: string, at: Instant) {
  return {
    specversion: "1.0",
    id,
    source: "bg-ingest",
    subject,
    time: formatInstant(at),
    datacontenttype: "application/json",
  } as const;
}
