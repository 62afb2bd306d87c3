import type { ProviderName, SourceKey } from "@bg-ingest/core";
import { createDueHeap, type DueHeap } from "./due-heap.ts";

/** A source and whom to ask for it. */
export interface ScheduledSource extends SourceKey {
  readonly provider: ProviderName;
}

/**
 * Sources that are due for one purpose, and the places in which they are tended. Where there are several providers, none of them takes the
 * last quarter of the places that the others leave, as long as there are more than one: those that hang for everybody hold up their own people, and the rest is
 * tended in what is left.
 */
export interface DueSources {
  put(source: ScheduledSource, atMs: number): void;
  remove(source: ScheduledSource): void;
  /** The earliest that is due by `nowMs` and finds a place, which it takes. */
  takeDue(nowMs: number): ScheduledSource | undefined;
  /** Gives the place of a source free. */
  leave(source: ScheduledSource): void;
  /** When the next one is due for which there is a place; `Infinity` if there is none. */
  nextAtMs(): number;
}

interface OfProvider {
  readonly due: DueHeap<ScheduledSource>;
  taken: number;
}

const SHARE_OF_ONE = 3 / 4;

export function createDueSources(places: number): DueSources {
  const providers = new Map<ProviderName, OfProvider>();
  let taken = 0;

  function ofProvider(name: ProviderName): OfProvider {
    const known = providers.get(name) ?? { due: createDueHeap<ScheduledSource>(), taken: 0 };
    providers.set(name, known);
    return known;
  }

  function mostOf(each: OfProvider): number {
    return providers.size > 1 ? Math.max(1, Math.floor((places - taken + each.taken) * SHARE_OF_ONE)) : places;
  }

  /** Of those that find a place, the one whose next source is due first. */
  function first(): OfProvider | undefined {
    if (taken >= places) return undefined;
    let earliest: OfProvider | undefined;
    for (const each of providers.values()) {
      if (each.taken < mostOf(each) && nextOf(each) < nextOf(earliest)) earliest = each;
    }
    return earliest;
  }

  return {
    put: (source, atMs) => ofProvider(source.provider).due.put(source.sourceId, atMs, source),
    remove: ({ provider, sourceId }) => providers.get(provider)?.due.remove(sourceId),
    takeDue(nowMs) {
      const from = first();
      const source = from?.due.takeDue(nowMs);
      if (from === undefined || source === undefined) return undefined;
      from.taken++;
      taken++;
      return source;
    },
    leave({ provider }) {
      ofProvider(provider).taken--;
      taken--;
    },
    nextAtMs: () => nextOf(first()),
  };
}

function nextOf(provider: OfProvider | undefined): number {
  return provider?.due.nextAtMs() ?? Infinity;
}
