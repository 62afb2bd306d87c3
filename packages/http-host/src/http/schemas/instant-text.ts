import { formatInstant, type Instant } from "@bg-ingest/core";

export function instantText(at: Instant | null): string | null {
  return at === null ? null : formatInstant(at);
}
