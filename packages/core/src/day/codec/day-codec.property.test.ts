import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyLog, logOf, readingsOf } from "../../../test/arbitrary-days.ts";
import { content, someDay } from "../../../test/arbitrary-readings.ts";
import { backfilledDay, polledDay } from "../../../test/synthetic-day.ts";
import { type Day, type Instant, startOf } from "../../reading/instant.ts";
import type { Reading } from "../../reading/reading.ts";
import { seededChance } from "../../testing/seeded-chance.ts";
import { MOST_NAMES } from "../columns.ts";
import { currentVersions } from "../current.ts";
import { type DayLog, emptyDay } from "../day-log.ts";
import {
  DAY_CODEC_VERSION,
  type DayUnreadable,
  decodeDay,
  decodeDayCommits,
  decodeDayDetails,
  decodeDayTimeline,
  encodeDay,
  newestOfDay,
} from "./day-codec.ts";

const CHECK = 1;
const CHECKED_FROM = 5;
const day = 20_204 as Day;
const person = { seed: 42, day, cadenceSeconds: 300 };

const decoded = (bytes: Uint8Array, of: Day = day): DayLog => decodeDay(bytes, of)._unsafeUnwrap();

/** Plain data: what a log says, however its columns lie in memory. */
function saidBy(log: DayLog): unknown {
  return { readings: readingsOf(log), commits: log.commits, published: log.published, day: log.day };
}

describe("an encoded day", () => {
  it("decodes to the log that it was made of", () => {
    fc.assert(
      fc.property(anyLog(), (log) => {
        const back = decoded(encodeDay(log), log.day);
        expect(back).toEqual(log);
        expect(saidBy(back)).toEqual(saidBy(log));
      }),
    );
  });

  it.each([
    ["no reading", emptyDay(day)],
    ["a polled day", polledDay(person)],
    ["a backfilled day", backfilledDay(person)],
    ["a day of a one-minute sensor", polledDay({ ...person, cadenceSeconds: 60 })],
    ["a reading each second of a day", everySecond()],
    ["as many devices and words as a day can name", namesOnly(MOST_NAMES)],
  ])("decodes to the log that it was made of: %s", (_, log) => {
    expect(saidBy(decoded(encodeDay(log)))).toEqual(saidBy(log));
  });

  it("is the same bytes for the same log", () => {
    fc.assert(
      fc.property(anyLog(), (log) => {
        const bytes = encodeDay(log);
        expect(encodeDay(structuredClone(log))).toEqual(bytes);
        expect(encodeDay(decoded(bytes, log.day))).toEqual(bytes);
      }),
    );
  });

  it("reads the same from the middle of a larger buffer", () => {
    fc.assert(
      fc.property(anyLog(), fc.uint8Array(), (log, around) => {
        const bytes = encodeDay(log);
        const larger = Uint8Array.from([...around, ...bytes, 255, ...around]);
        const within = larger.subarray(around.length, around.length + bytes.length);
        expect(decoded(within, log.day)).toEqual(log);
        expect(newestOfDay(within)).toEqual(newestOfDay(bytes));
      }),
    );
  });

  it("can be read in parts, which say what the whole says", () => {
    fc.assert(
      fc.property(anyLog(), (log) => {
        const bytes = encodeDay(log);
        const timeline = decodeDayTimeline(bytes)._unsafeUnwrap();
        const details = decodeDayDetails(bytes, timeline)._unsafeUnwrap();
        expect({ ...timeline, ...details }).toEqual(log.columns);
        expect(decodeDayCommits(bytes, log.day)._unsafeUnwrap()).toEqual(log.commits);
      }),
    );
  });
});

describe("the front of a day", () => {
  it("tells the newest instant and its current value", () => {
    fc.assert(
      fc.property(closeLog(), (log) => {
        const instants = [...currentVersions(log.columns)].map((index) => readingsOf(log)[index] as Reading);
        const newest = instants.at(-1) as Reading;
        const front = newestOfDay(encodeDay(log))._unsafeUnwrap();
        expect(startOf(log.day) + front.second).toBe(newest.at);
        expect(front.mgdl).toBe(newest.mgdl);
      }),
    );
  });

  it("is alone exactly if neither another instant nor midnight lies less than 30 s before it", () => {
    fc.assert(
      fc.property(closeLog(), (log) => {
        const seconds = new Set(log.columns.second);
        const front = newestOfDay(encodeDay(log))._unsafeUnwrap();
        const before = Array.from({ length: 29 }, (_, i) => front.second - 1 - i);
        expect(front.isAlone).toBe(front.second >= 30 && !before.some((second) => seconds.has(second)));
      }),
    );
  });

  it("says 0 mg/dL where there is no reading", () => {
    expect(newestOfDay(encodeDay(emptyDay(day)))._unsafeUnwrap()).toMatchObject({ second: 0, mgdl: 0 });
  });
});

describe("damaged bytes", () => {
  const readers: readonly ((bytes: Uint8Array) => { isErr(): boolean })[] = [
    (bytes) => decodeDay(bytes, day),
    (bytes) => decodeDayTimeline(bytes),
    (bytes) => decodeDayCommits(bytes, day),
    (bytes) => newestOfDay(bytes),
  ];
  const isRefused = (bytes: Uint8Array): boolean => readers.every((read) => read(bytes).isErr());

  it("are refused, whichever single bit was flipped", () => {
    const bytes = encodeDay(polledDay(person));
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const place = bit >> 3;
      expect(isRefused(bytes.with(place, (bytes[place] as number) ^ (1 << (bit & 7)))), `bit ${bit}`).toBe(true);
    }
  });

  it("are refused, whichever single byte was changed to whatever else", () => {
    const bytes = encodeDay(polledDay(person));
    const unnoticed: string[] = [];
    for (let place = 0; place < bytes.length; place++) {
      for (let by = 1; by < 256; by++) {
        if (newestOfDay(bytes.with(place, (bytes[place] as number) ^ by)).isOk()) unnoticed.push(`byte ${place} by ${by}`);
      }
    }
    expect(unnoticed).toEqual([]);
  });

  it("are refused wherever they were cut, and whatever was appended", () => {
    const bytes = encodeDay(polledDay(person));
    for (let length = 0; length < bytes.length; length++) expect(isRefused(bytes.subarray(0, length)), `${length}`).toBe(true);
    for (let more = 1; more < 300; more++) expect(isRefused(Uint8Array.from([...bytes, ...new Uint8Array(more)])), `${more}`).toBe(true);
  });

  it("are refused or say what was written, never something else", () => {
    const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(anyLog(), damage, (log, changes) => {
        const bytes = encodeDay(log);
        const damaged = Uint8Array.from(bytes);
        for (const [place, value] of changes) damaged[place % damaged.length] = value;
        const back = decodeDay(damaged, log.day);
        if (back.isOk()) expect(back.value).toEqual(log);
      }),
    );
  });

  it("neither throw nor hang even where the check holds by chance", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 80 }), (tail) => {
        const bytes = withCheck(Uint8Array.from([DAY_CODEC_VERSION, 0, 0, 0, 0, ...tail]));
        for (const read of readers) expect(typeof read(bytes).isErr()).toBe("boolean");
      }),
    );
  });

  it.each([
    ["more readings than there can be", [0, 0, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 0, 0, 0]],
    ["a number without an end", [0, 0, 0, 0, 0, 1, ...new Array(400).fill(0x80), 0, 0, 0]],
    ["parts longer than the whole", [0, 0, 0, 0, 0, 1, 1, 90, 0, 0]],
    ["more commits than readings", [0, 0, 0, 0, 0, 2, 1, 0, 0, 0]],
    ["more published than committed", [0, 0, 0, 0, 2, 1, 1, 0, 0, 0]],
  ])("are refused where they count %s, though their check holds", (_, tail) => {
    const bytes = withCheck(Uint8Array.from([DAY_CODEC_VERSION, 0, 0, 0, 0, ...tail]));
    expect(isRefused(bytes)).toBe(true);
  });
});

describe("a day of another form", () => {
  it("is refused with both forms named, if a newer program wrote it", () => {
    fc.assert(
      fc.property(anyLog(8), fc.integer({ min: DAY_CODEC_VERSION + 1, max: 255 }), (log, form) => {
        const bytes = encodeDay(log).with(0, form);
        for (const refused of [decodeDay(bytes, log.day), decodeDayTimeline(bytes), decodeDayCommits(bytes, log.day), newestOfDay(bytes)]) {
          const { kind, message } = refused._unsafeUnwrapErr() as DayUnreadable;
          expect(kind).toBe("day_unreadable");
          expect(message).toContain(`form ${form}`);
          expect(message).toContain(`form ${DAY_CODEC_VERSION}`);
          expect(message).toContain("newer");
        }
      }),
    );
  });

  it("is called damaged, if no program ever wrote that form", () => {
    const { message } = decodeDay(encodeDay(polledDay(person)).with(0, 0), day)._unsafeUnwrapErr();
    expect(message).toContain("damaged");
    expect(message).not.toContain("newer");
  });
});

/** FNV-1a over all behind the check, as `encodeDay` says. */
function withCheck(bytes: Uint8Array): Uint8Array {
  const hash = bytes.subarray(CHECKED_FROM).reduce((sum, byte) => Math.imul(sum ^ byte, 0x01000193), 0x811c9dc5);
  new DataView(bytes.buffer).setUint32(CHECK, hash >>> 0);
  return bytes;
}

/** Logs whose instants lie within seconds of each other, of midnight and of the end of the day. */
function closeLog(): fc.Arbitrary<DayLog> {
  const moment = fc.constantFrom(0, 30, 43_200, 86_330);
  const second = fc.oneof(
    fc.tuple(moment, fc.nat(69)).map(([at, more]) => at + more),
    fc.tuple(moment, fc.constantFrom(0, 29, 30, 31, 59, 60)).map(([at, more]) => at + more),
  );
  const versions = fc.array(fc.record({ second, content }), { minLength: 1, maxLength: 6 });
  return fc.tuple(someDay, versions).map(([of, each]) => {
    const readings = each.map(({ second: at, content: said }): Reading => ({ at: (startOf(of) + at) as Instant, ...said }));
    const askedAt = startOf(of);
    return logOf(of, readings, [{ receivedAt: askedAt, askedAt, arrival: "live", end: readings.length }], 0);
  });
}

function everySecond(): DayLog {
  const random = seededChance(9);
  const readings = Array.from({ length: 86_400 }, (_, second): Reading => {
    const extreme = [20, 1000, 400][Math.floor(random() * 3)] as Reading["mgdl"];
    return { ...bare, at: (startOf(day) + second) as Instant, mgdl: extreme, trendRate: Math.floor(random() * 60_001 - 30_000) / 100 };
  });
  const askedAt = startOf(day);
  return logOf(day, readings.reverse(), [{ receivedAt: askedAt, askedAt, arrival: "backfill", end: readings.length }], 1);
}

function namesOnly(count: number): DayLog {
  const readings = Array.from({ length: count }, (_, n): Reading => {
    const named = String.fromCodePoint(0x1f600 + n).repeat(32);
    return { ...bare, at: (startOf(day) + n) as Instant, device: named, trendWord: `${n}`.padStart(64, "é") };
  });
  const askedAt = startOf(day);
  return logOf(day, readings, [{ receivedAt: askedAt, askedAt, arrival: "live", end: readings.length }], 0);
}

const bare = {
  mgdl: 20 as Reading["mgdl"],
  rangeFlag: null,
  unit: "mmol/L",
  trend: "unknown",
  trendWord: null,
  trendRate: null,
  utcOffsetMinutes: null,
  device: null,
} as const;
