import { type Day, type DayKey, type DayPut, encodeDay, parseSourceId, parseUserId, type UserId } from "@bg-ingest/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { polledDay } from "../../core/test/synthetic-day.ts";
import { itemBytes, WRITE_UNIT_BYTES } from "../test/item-bytes.ts";
import { annaCgm, putOf } from "../test/samples.ts";
import { dayItemOf, dayKeyOf, sortKeysOf, storedDayOf } from "./day-item.ts";

const PEOPLE = 1_000;

const keys: fc.Arbitrary<DayKey> = fc.record({
  userId: fc
    .stringMatching(/^[A-Za-z0-9._~:@-]{1,128}$/)
    .filter((text) => parseUserId(text).isOk())
    .map((text) => text as UserId),
  day: fc.integer({ min: -40_000, max: 90_000 }).map((day) => day as Day),
  sourceId: fc.stringMatching(/^[a-z0-9]{8,16}$/).map((text) => parseSourceId(text)._unsafeUnwrap()),
});
const puts: fc.Arbitrary<DayPut> = fc
  .record({
    key: keys,
    version: fc.integer({ min: 1, max: 2 ** 31 }),
    bytes: fc.uint8Array(),
  })
  .map(({ key, version, bytes }) => ({ ...key, version, expectedVersion: version - 1, bytes }));

describe("the item of a day", () => {
  it(`takes one write unit, names included, for each of ${PEOPLE} people with a full day polled every five minutes`, () => {
    const sizes = Array.from({ length: PEOPLE }, (_, seed) => {
      const day = (20_000 + (seed % 365)) as Day;
      const bytes = encodeDay(polledDay({ seed, day, cadenceSeconds: 300 }));
      return itemBytes(dayItemOf({ ...putOf(day, 287), bytes }));
    });
    expect(annaCgm.userId).toHaveLength(36);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(WRITE_UNIT_BYTES);
    expect(Math.min(...sizes)).toBeGreaterThan(400);
  });

  it("gives the day back as it was", () => {
    fc.assert(
      fc.property(puts, (put) => {
        const { expectedVersion: _, ...stored } = put;
        expect(storedDayOf(dayItemOf(put))).toEqual(stored);
      }),
    );
  });

  it("is sorted by day and then by source, and is within just those spans that hold its day", () => {
    const spans = fc.tuple(fc.integer({ min: -1_000_000, max: 4_000_000 }), fc.integer({ min: -50, max: 200_000 }));
    fc.assert(
      fc.property(keys, keys, spans, (a, b, [first, length]) => {
        const [sortA, sortB] = [dayKeyOf(a).s.S, dayKeyOf(b).s.S];
        expect(sortA < sortB).toBe(a.day < b.day || (a.day === b.day && a.sourceId < b.sourceId));
        const span = { first: first as Day, last: (first + length) as Day };
        const within = sortKeysOf(span);
        expect(within !== null && within.from <= sortA && sortA <= within.to).toBe(span.first <= a.day && a.day <= span.last);
      }),
    );
  });
});
