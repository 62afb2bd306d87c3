import { createReadingQueries, formatInstant, type Series } from "@bg-ingest/core";
import { columnsOf } from "../../../examples/embed-in-pipeline/src/reading-columns.ts";
import { readingsOf } from "../../../examples/embed-in-pipeline/src/readings-of.ts";
import type { Figure } from "../harness/figure.ts";
import { atLeast } from "../harness/finding.ts";
import { measureRatio, noteOf } from "../harness/ratio.ts";
import { untilDone } from "../stage/call.ts";
import { withScratch } from "../stage/scratch.ts";
import { openScratchStore } from "../stage/scratch-store.ts";
import type { ServedPerson } from "../stage/served-people.ts";
import { openTextbookTable } from "../stage/textbook-table.ts";
import { storeTwice } from "../stage/twice-stored.ts";

const READINGS = 25_920;
const PEOPLE = 8;

/** 90 days of somebody for a program that embeds the store: as it reads them here, and as it would read rows. */
export const columnsAgainstObjects: Figure = {
  name: "columns-against-objects",
  measure: ({ isQuick }) =>
    withScratch(async (directory) => {
      const store = openScratchStore(directory);
      const table = openTextbookTable(directory);
      const people = await storeTwice(store, table, { people: PEOPLE, readingsEach: READINGS });
      const queries = createReadingQueries(store);
      const seriesOf = async ({ userId, span }: ServedPerson): Promise<Series> =>
        (await queries.range(userId, span, { view: "canonical", sourceId: null, asOf: null }, untilDone))._unsafeUnwrap();
      const columns = async (person: ServedPerson) => columnsOf(await seriesOf(person))._unsafeUnwrap();
      const objects = async (person: ServedPerson) => [...readingsOf(await seriesOf(person))].map((reading) => reading._unsafeUnwrap());
      const rows = ({ userId, span }: ServedPerson) => table.objects(userId, formatInstant(span.from), formatInstant(span.to));

      for (const person of people) {
        const { atMs, mgdl } = await columns(person);
        const same = (await objects(person)).map(({ at, mgdl: value }) => [at * 1_000, value]);
        const expected = rows(person).map(({ ts, value }) => [Date.parse(String(ts)), value]);
        const found = [...atMs].map((ms, place) => [ms, mgdl[place]]);
        const isSame = [found, same].every((each) => JSON.stringify(each) === JSON.stringify(expected));
        if (!isSame || expected.length !== READINGS) throw new Error("The sides do not answer the same.");
      }
      const rounds = isQuick ? { warmUp: 5, counted: 9 } : { warmUp: 20, counted: 81 };
      const prepare = (round: number): ServedPerson => people[round % PEOPLE] as ServedPerson;
      const ofTable = await measureRatio({ prepare, subject: rows, baseline: columns }, rounds);
      const ofStore = await measureRatio({ prepare, subject: objects, baseline: columns }, rounds);
      await store.close();
      table.close();
      return [
        {
          what: `90 days (${READINGS} readings) as row objects of the textbook table, with all that a reading says ÷ as columns of instants, values and flags`,
          value: ofTable.value,
          unit: "×",
          target: atLeast(5),
          note: noteOf(ofTable),
        },
        {
          what: "as objects of our own store, with all that a reading says ÷ the same columns",
          value: ofStore.value,
          unit: "×",
          target: null,
          note: noteOf(ofStore),
        },
      ];
    }),
};
