import type { LoadedProvider } from "../../ports/loaded-provider.ts";
import { spreadOf } from "../../ports/shard.ts";
import type { SourceId } from "../../reading/identifiers.ts";
import type { Instant } from "../../reading/instant.ts";
import type { IngestDeps } from "../source/ingest-deps.ts";

/** Between two slots of a source. */
export function intervalOf(deps: IngestDeps, loaded: LoadedProvider): number {
  return Math.max(deps.settings.pollIntervalSeconds, loaded.traits.cadenceSeconds);
}

/**
 * The moments at which a source is asked: those congruent to its spread modulo the interval. They depend on nothing else, so that
 * whoever takes a source over asks at the same moments, and a crowd of sources is spread evenly.
 */
export function lastSlot(sourceId: SourceId, intervalSeconds: number, at: Instant): Instant {
  const phase = spreadOf(sourceId) % intervalSeconds;
  return (Math.floor((at - phase) / intervalSeconds) * intervalSeconds + phase) as Instant;
}

export function nextSlot(sourceId: SourceId, intervalSeconds: number, after: Instant): Instant {
  return (lastSlot(sourceId, intervalSeconds, after) + intervalSeconds) as Instant;
}
