import type { Credentials, FetchPages, Instant, LoadedProvider, SourceId } from "@bg-ingest/core";
import { lastSlot } from "../../../packages/core/src/ingest/polling/slots.ts";

/** In which of its slots each source was asked. */
export interface AskedSlots {
  /** The provider, with each request for readings noted before it is made. */
  readonly watched: LoadedProvider;
  /** How many slots from `from` (exclusive) to `to` (inclusive) went by without a poll. */
  missed(sourceId: SourceId, from: Instant, to: Instant): number;
  /** `null`: never asked. */
  lastAskedAt(sourceId: SourceId): Instant | null;
  polls(): number;
}

/** `sourceOf` tells whose the credentials of a request are. */
export function watchSlots(
  loaded: LoadedProvider,
  intervalSeconds: number,
  now: () => Instant,
  sourceOf: (credentials: Credentials) => SourceId,
): AskedSlots {
  const asked = new Map<SourceId, Instant[]>();
  let polls = 0;
  const note = (sourceId: SourceId): void => {
    const moments = asked.get(sourceId) ?? [];
    moments.push(now());
    asked.set(sourceId, moments);
    polls++;
  };
  const inner = loaded.provider.poll;
  const fetchPages: FetchPages = (request, call) => {
    note(sourceOf(request.credentials));
    // bug if there is none: whoever cannot be polled is not asked
    return (inner as NonNullable<typeof inner>).fetchPages(request, call);
  };
  return {
    watched: { ...loaded, provider: { ...loaded.provider, poll: { fetchPages } } },
    missed(sourceId, from, to) {
      const slotOf = (at: Instant): Instant => lastSlot(sourceId, intervalSeconds, at);
      const served = new Set((asked.get(sourceId) ?? []).map(slotOf).filter((slot) => slot > from && slot <= to));
      return (slotOf(to) - slotOf(from)) / intervalSeconds - served.size;
    },
    lastAskedAt: (sourceId) => asked.get(sourceId)?.at(-1) ?? null,
    polls: () => polls,
  };
}
