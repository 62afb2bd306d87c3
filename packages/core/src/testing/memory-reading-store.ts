import { err, errAsync, ok, okAsync, type ResultAsync } from "neverthrow";
import type { Call } from "../ports/call.ts";
import type { DayKey, DayPut, PutOutcome, ReadingStore, StoredDay } from "../ports/reading-store.ts";
import type { StoreError } from "../ports/store-error.ts";
import type { SourceId, UserId } from "../reading/identifiers.ts";
import { cancelled } from "./cancelled.ts";

/** The plainest store that keeps every promise of `ReadingStore` but that of outliving the process. */
export function createMemoryReadingStore(): ReadingStore {
  const users = new Map<UserId, Map<string, StoredDay>>();
  const stored = ({ userId, day, sourceId }: DayKey): StoredDay | null => users.get(userId)?.get(nameOf(day, sourceId)) ?? null;

  const put = (next: DayPut): PutOutcome => {
    const current = stored(next);
    if ((current?.version ?? 0) !== next.expectedVersion) return { kind: "conflict", current: current && copyOf(current) };
    const days = users.get(next.userId) ?? new Map<string, StoredDay>();
    users.set(next.userId, days.set(nameOf(next.day, next.sourceId), copyOf(next)));
    return { kind: "written" };
  };

  return {
    async *days(userId, span, read, call) {
      const days = [...(users.get(userId)?.values() ?? [])]
        .filter(({ day }) => day >= span.first && day <= span.last)
        .sort(byDayThenSource);
      if (read.order === "descending") days.reverse();
      for (const day of days) {
        if (call.signal.aborted) break;
        const now = stored(day);
        if (now !== null) yield ok(copyOf(now));
      }
      if (call.signal.aborted) yield err(cancelled);
    },
    getDays: (keys, call) =>
      answer<readonly (StoredDay | null)[]>(call, () =>
        keys.map((key) => {
          const day = stored(key);
          return day && copyOf(day);
        }),
      ),
    putDays: (puts, call) => answer<readonly PutOutcome[]>(call, () => puts.map(put)),
    eraseSource: (userId, sourceId, call) => answer(call, () => eraseFrom(users.get(userId), sourceId)),
  };
}

function answer<T>(call: Call, act: () => T): ResultAsync<T, StoreError> {
  return call.signal.aborted ? errAsync(cancelled) : okAsync(act());
}

const nameOf = (day: number, sourceId: SourceId): string => `${day}/${sourceId}`;

const byDayThenSource = (a: StoredDay, b: StoredDay): number => a.day - b.day || (a.sourceId < b.sourceId ? -1 : 1);

/** What the store holds and what callers hold are never the same bytes. */
function copyOf({ userId, day, sourceId, version, bytes }: StoredDay): StoredDay {
  return { userId, day, sourceId, version, bytes: bytes.slice() };
}

function eraseFrom(days: Map<string, StoredDay> | undefined, sourceId: SourceId): number {
  const names = [...(days ?? [])].filter(([, day]) => day.sourceId === sourceId).map(([name]) => name);
  for (const name of names) days?.delete(name);
  return names.length;
}
