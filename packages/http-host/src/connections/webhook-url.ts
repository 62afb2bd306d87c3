import type { SourceRecord } from "@bg-ingest/core";

/** Where deliveries for a source are taken, at the address by which others reach the service. */
export function webhookUrl(base: string, { userId, provider }: SourceRecord): URL {
  return new URL(`${base}/api/bg/${encodeURIComponent(userId)}/webhook/${provider}`);
}
