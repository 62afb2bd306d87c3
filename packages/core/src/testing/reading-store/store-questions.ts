import type { Result } from "neverthrow";
import type { DayKey, DayPut, DayRead, PutOutcome, ReadingStore, StoredDay } from "../../ports/reading-store.ts";
import type { StoreError } from "../../ports/store-error.ts";
import type { UserId } from "../../reading/identifiers.ts";
import { broken, good } from "../promise.ts";
import { calm, dayAt, keyOf, sourceOf } from "../samples.ts";

export const secondCgm = sourceOf("annacgm00002");
export const written: PutOutcome = { kind: "written" };
export const everything = { first: dayAt(-40_000), last: dayAt(90_000) };
export const ascending: DayRead = { order: "ascending", consistency: "strong" };
export const descending: DayRead = { order: "descending", consistency: "strong" };
/** A day is full at 128 KiB. */
export const FULL_DAY_BYTES = 131_072;

export async function put(store: ReadingStore, puts: readonly DayPut[]): Promise<readonly PutOutcome[]> {
  return good("putDays works", await store.putDays(puts, calm));
}

export async function get(store: ReadingStore, keys: readonly DayKey[]): Promise<readonly (StoredDay | null)[]> {
  return good("getDays works", await store.getDays(keys, calm));
}

export async function list(store: ReadingStore, userId: UserId, span = everything, read = ascending): Promise<readonly StoredDay[]> {
  const days: StoredDay[] = [];
  for await (const item of store.days(userId, span, read, calm)) days.push(good("days works", item));
  return days;
}

export async function drain(days: AsyncIterable<Result<StoredDay, StoreError>>, seen: (count: number) => void = () => undefined) {
  const kinds: ("ok" | "err")[] = [];
  for await (const item of days) {
    kinds.push(item.isOk() ? "ok" : "err");
    seen(kinds.length);
  }
  return { kinds };
}

/** Each conflict is another's write, and they end: whoever has met so many meets no writer. */
const MOST_CONFLICTS = 1_000;

/** Appends one byte at a time to a day that others append to as well. */
export async function addOneByOne(store: ReadingStore, count: number): Promise<void> {
  let conflicts = 0;
  for (let added = 0; added < count; ) {
    const [day] = await get(store, [keyOf(1)]);
    const expectedVersion = day?.version ?? 0;
    const bytes = Uint8Array.from([...(day?.bytes ?? []), expectedVersion + 1]);
    const [outcome] = await put(store, [{ ...keyOf(1), version: expectedVersion + 1, expectedVersion, bytes }]);
    if (outcome?.kind === "written") added++;
    else if (++conflicts > MOST_CONFLICTS) broken("whoever reads again and writes over that comes through", `${MOST_CONFLICTS} conflicts`);
  }
}

export const dayOf = ({ day }: { readonly day: number }): number => day;

export function stored({ userId, day, sourceId, version, bytes }: DayPut): StoredDay {
  return { userId, day, sourceId, version, bytes };
}
