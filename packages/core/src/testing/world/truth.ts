import type { RawReading, RawRejected } from "../../normalize/raw-reading.ts";
import type { Instant, Span } from "../../reading/instant.ts";

/** What a vendor shows of one instant from some moment on; a later one takes the place of an earlier one. */
export interface Shown {
  readonly at: Instant;
  readonly from: Instant;
  readonly what: RawReading | RawRejected;
}

/** All that a vendor ever showed of one account. It only grows: late data and revisions are shown later than they could have been. */
export interface Truth {
  show(shown: Shown): void;
  /** What the vendor answers for a window at a moment, ascending. */
  asOf(moment: Instant, window: Span): readonly Shown[];
  /** The newest that could be seen at a moment, `null` if there was nothing. */
  newestAsOf(moment: Instant): Shown | null;
  readonly all: readonly Shown[];
}

export function createTruth(): Truth {
  const all: Shown[] = [];

  return {
    all,
    show(shown) {
      all.splice(firstFrom(all, shown.at, shown.from), 0, shown);
    },
    asOf(moment, window) {
      const seen: Shown[] = [];
      for (let i = firstFrom(all, window.from, -Infinity); i < all.length; i++) {
        const shown = all[i] as Shown;
        if (shown.at >= window.to) break;
        if (shown.from > moment) continue;
        if (seen.at(-1)?.at === shown.at) seen[seen.length - 1] = shown;
        else seen.push(shown);
      }
      return seen;
    },
    newestAsOf: (moment) => all.findLast((shown) => shown.from <= moment) ?? null,
  };
}

/** The first place whose instant, and then whose showing, comes after. Shown are in the order of their instants. */
function firstFrom(all: readonly Shown[], at: number, from: number): number {
  let first = 0;
  let last = all.length;
  while (first < last) {
    const middle = (first + last) >> 1;
    const shown = all[middle] as Shown;
    if (shown.at < at || (shown.at === at && shown.from <= from)) first = middle + 1;
    else last = middle;
  }
  return first;
}
