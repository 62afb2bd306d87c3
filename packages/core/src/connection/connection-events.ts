import type { ConnectionChanged, UserErased } from "../event/event.ts";
import type { SourceRecord } from "../ports/source-record.ts";
import type { SourceId, UserId } from "../reading/identifiers.ts";
import { formatInstant, type Instant } from "../reading/instant.ts";

/** Says how a source is now: its phase, or, while it is connected, its health. */
export function connectionChangedEvent(record: SourceRecord, now: Instant): ConnectionChanged {
  const { health } = record;
  return {
    ...envelope(`${record.sourceId}/connection/${record.version}`, `${record.sourceId}/connection`, now),
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
export function userErasedEvent(userId: UserId, sources: readonly SourceId[], now: Instant): UserErased {
  const id = `${sources.join("+")}/erased`;
  return { ...envelope(id, id, now), type: "bg.user.erased.v1", data: { user_id: userId, sources: [...sources] } };
}

function envelope(id: string, subject: string, now: Instant) {
  return {
    specversion: "1.0",
    id,
    source: "bg-ingest",
    subject,
    time: formatInstant(now),
    datacontenttype: "application/json",
  } as const;
}
