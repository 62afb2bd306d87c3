import type { SourceRecord } from "../src/ports/source-record.ts";
import type { Selection } from "../src/query/series.ts";
import type { SourceId } from "../src/reading/identifiers.ts";
import type { Span } from "../src/reading/instant.ts";

/** A reading as somebody told it. */
export interface Told {
  readonly sourceId: SourceId;
  readonly at: number;
  readonly mgdl: number;
  readonly device: string | null;
  readonly receivedAt: number;
}

/** A reading as a query has to show it. */
export interface Expected extends Told {
  readonly revision: number;
}

/** The views, said as plainly as can be: every version in one list, every policy a look at all of it. `told` is in the order of receipt. */
export function naiveView(told: readonly Told[], records: readonly SourceRecord[], selection: Selection): readonly Expected[] {
  const living = records.filter(({ phase }) => phase !== "erased");
  const inOrder = living.toSorted(
    (a, b) => compare(a.rank ?? 1e9, b.rank ?? 1e9) || compare(a.connectedAt, b.connectedAt) || compare(a.sourceId, b.sourceId),
  );
  const rank = (sourceId: SourceId): number => inOrder.findIndex((record) => record.sourceId === sourceId);
  const versions = accepted(told.filter(({ receivedAt }) => receivedAt <= (selection.asOf ?? Infinity)));
  const current = versions
    .filter((each, i) => !versions.slice(i + 1).some((later) => later.sourceId === each.sourceId && later.at === each.at))
    .filter(({ sourceId }) => rank(sourceId) >= 0 && (selection.sourceId ?? sourceId) === sourceId)
    .toSorted((a, b) => a.at - b.at || rank(a.sourceId) - rank(b.sourceId));
  if (selection.view === "all") return current;
  const standing = inOrder.flatMap(({ sourceId }) => withoutRepeats(current.filter((each) => each.sourceId === sourceId)));
  return standing
    .filter((each) => !standing.some((other) => rank(other.sourceId) < rank(each.sourceId) && Math.abs(other.at - each.at) <= 450))
    .toSorted((a, b) => a.at - b.at);
}

export function within<T extends { readonly at: number }>(readings: readonly T[], { from, to }: Span): readonly T[] {
  return readings.filter(({ at }) => from <= at && at < to);
}

/** What changes nothing is no version; a device once told stays where none is told. */
function accepted(told: readonly Told[]): readonly Expected[] {
  const versions: Expected[] = [];
  for (const each of told) {
    const known = versions.filter(({ sourceId, at }) => sourceId === each.sourceId && at === each.at);
    const standing = known.at(-1);
    const next = { ...each, device: each.device ?? standing?.device ?? null, revision: known.length };
    if (standing === undefined || standing.mgdl !== next.mgdl || standing.device !== next.device) versions.push(next);
  }
  return versions;
}

function withoutRepeats(ascending: readonly Expected[]): readonly Expected[] {
  const standing: Expected[] = [];
  for (const each of ascending) {
    const last = standing.at(-1);
    const isSameDevice = last?.device === each.device || last?.device === null || each.device === null;
    const isRepeat = last !== undefined && each.at - last.at < 30 && each.mgdl === last.mgdl && isSameDevice;
    if (!isRepeat) standing.push(each);
  }
  return standing;
}

function compare<T extends number | string>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
