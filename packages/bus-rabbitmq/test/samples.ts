import type { BgEvent, Call, Delivery, Instant, ProviderName, SourceId, UserId } from "@bg-ingest/core";

export const calm: Call = { signal: new AbortController().signal };

/** The commit of that version of a source's day. */
export function eventOf(source: string, version: number): BgEvent {
  const day = "2026-03-01";
  return {
    specversion: "1.0",
    source: "bg-ingest",
    datacontenttype: "application/json",
    id: `${source}/${day}/${version}`,
    subject: `${source}/${day}`,
    time: "2026-03-01T12:00:00Z",
    type: "bg.readings.recorded.v1",
    data: {
      user_id: "anna",
      provider: "acme",
      source,
      day,
      version,
      arrival: "live",
      received_at: "2026-03-01T12:00:00Z",
      readings: [],
    },
  };
}

export const sourceOf = (n: number) => `source${String(n).padStart(4, "0")}` as SourceId;

export function deliveryOf(id: string, source = 1): Delivery {
  return {
    id,
    userId: "anna" as UserId,
    sourceId: sourceOf(source),
    provider: "acme" as ProviderName,
    signedAt: 1_772_366_400 as Instant,
    body: Buffer.from(`{"delivery":"${id}"}`),
  };
}
