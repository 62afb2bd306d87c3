import { err, ok, type Result } from "neverthrow";
import type { SetAsidePage, SetAsideRecord } from "../ports/connection-store.ts";
import type { StoreError } from "../ports/store-error.ts";

/** A page of records kept in the order of arrival: newest first, among those of one second the last to arrive. */
export function setAsidePage(
  kept: ReadonlyMap<string, SetAsideRecord>,
  page: { readonly limit: number; readonly after: string | null },
): Result<SetAsidePage, StoreError> {
  const newestFirst = [...kept.values()].reverse().sort((a, b) => b.setAsideAt - a.setAsideAt);
  const last = page.after === null ? -1 : newestFirst.findIndex(({ key }) => key === page.after);
  if (page.after !== null && last === -1) return err({ kind: "stop", message: "The page mark is unreadable; start again without one." });
  const records = newestFirst.slice(last + 1, last + 1 + page.limit);
  const end = last + 1 + records.length >= newestFirst.length;
  return ok({ records: structuredClone(records), next: end ? null : (records.at(-1)?.key ?? null) });
}
