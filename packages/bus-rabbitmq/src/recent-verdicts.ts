import type { Delivery, SourceId } from "@bg-ingest/core";

/**
 * The last deliveries that were done with. The broker confirms no acknowledgement: one that was under way when a channel ended may be lost,
 * and its delivery comes again.
 */
export interface RecentVerdicts {
  has(delivery: Delivery): boolean;
  add(delivery: Delivery): void;
  forgetSource(sourceId: SourceId): void;
}

const MOST_REMEMBERED = 10_000;

export function createRecentVerdicts(): RecentVerdicts {
  const names = new Set<string>();
  return {
    has: (delivery) => names.has(nameOf(delivery)),
    add(delivery) {
      names.add(nameOf(delivery));
      const [oldest] = names;
      if (names.size > MOST_REMEMBERED && oldest !== undefined) names.delete(oldest);
    },
    forgetSource(sourceId) {
      for (const name of [...names]) if (name.startsWith(`${sourceId}/`)) names.delete(name);
    },
  };
}

const nameOf = ({ sourceId, id }: Delivery): string => `${sourceId}/${id}`;
