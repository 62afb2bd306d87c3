import type { UserId } from "@bg-ingest/core";

/** Where a person's connections are shown and made. */
export function connectPagePath(userId: UserId): string {
  return `/connect/${encodeURIComponent(userId)}`;
}
