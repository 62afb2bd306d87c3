import type { ConnectionChanged } from "../event/event.ts";
import type { SourceRecord } from "../ports/source-record.ts";
import { formatInstant, type Instant } from "../reading/instant.ts";

/** Says how a source is now: its phase, or, while it is connected, its health. */
export function connectionChanged(record: SourceRecord, now: Instant): ConnectionChanged {
  const { health } = record;
  return {
    specversion: "1.0",
    id: `${record.sourceId}/connection/${record.version}`,
    source: "bg-ingest",
    subject: `${record.sourceId}/connection`,
    time: formatInstant(now),
    datacontenttype: "application/json",
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
