import { formatInstant } from "@bg-ingest/core";
import type { SqliteStore } from "@bg-ingest/store-sqlite";
import { createIngestDeps } from "./ingest-deps.ts";
import { type ServedPerson, storePerson } from "./served-people.ts";
import type { TextbookTable } from "./textbook-table.ts";

/** Stores the same readings of so many people as days and as rows. */
export async function storeTwice(
  store: SqliteStore,
  table: TextbookTable,
  { people, readingsEach }: { readonly people: number; readonly readingsEach: number },
): Promise<readonly ServedPerson[]> {
  const stored: ServedPerson[] = [];
  for (let number = 0; number < people; number++) {
    const person = await storePerson(createIngestDeps(store), number, readingsEach);
    table.upsert(person.userId, person.sourceId, formatInstant(person.span.to), person.rows);
    stored.push(person);
  }
  return stored;
}
