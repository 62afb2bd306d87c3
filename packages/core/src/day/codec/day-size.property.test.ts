import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { backfilledDay, polledDay, syntheticReadings } from "../../../test/synthetic-day.ts";
import type { Day, Instant } from "../../reading/instant.ts";
import { append } from "../append.ts";
import type { DayLog } from "../day-log.ts";
import { encodeDay, FULL_DAY_BYTES } from "./day-codec.ts";

const day = 20_204 as Day;
const seed = fc.integer();
/** One DynamoDB write unit, less a 36-character user id, the names of the attributes and the rest of the key. */
const ROOM = 1024 - 120;

const bytesOf = (log: DayLog): number => encodeDay(log).length;

describe("a full day", () => {
  it("of a five-minute sensor, polled every five minutes, with rates, an offset and a digest for a device, fits into one write unit", () => {
    fc.assert(
      fc.property(seed, (of) => {
        const log = polledDay({ seed: of, day, cadenceSeconds: 300 });
        expect(log.columns.length).toBe(288);
        expect(bytesOf(log)).toBeLessThanOrEqual(ROOM);
      }),
    );
  });

  it("brought by one backfill takes less than two and a half bytes a reading", () => {
    fc.assert(
      fc.property(seed, (of) => {
        const log = backfilledDay({ seed: of, day, cadenceSeconds: 300 });
        expect(bytesOf(log) / log.columns.length).toBeLessThan(2.5);
      }),
    );
  });

  it("of a one-minute sensor fits into four write units", () => {
    fc.assert(
      fc.property(seed, (of) => {
        const log = polledDay({ seed: of, day, cadenceSeconds: 60 });
        expect(log.columns.length).toBe(1440);
        expect(bytesOf(log)).toBeLessThanOrEqual(4 * 1024 - 120);
      }),
      { numRuns: 20 },
    );
  });

  it("has room for dozens of revisions of all of it", () => {
    const person = { seed: 3, day, cadenceSeconds: 300 };
    let log = polledDay(person);
    for (let round = 1; round <= 40; round++) {
      const askedAt = ((day + 1) * 86_400 + round * 300) as Instant;
      const readings = syntheticReadings({ ...person, seed: 3 }).map((reading) => ({ ...reading, trendRate: round / 100 }));
      log = append(log, { readings, askedAt, receivedAt: askedAt, isBackfill: false, newestBefore: null });
    }
    expect(log.columns.length).toBe(41 * 288);
    expect(bytesOf(log)).toBeLessThan(FULL_DAY_BYTES / 2);
  });
});
