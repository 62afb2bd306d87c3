import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  addSeconds,
  type Day,
  dayOf,
  daysOf,
  formatDay,
  formatInstant,
  formatSecondOfDay,
  type Instant,
  instantOfMs,
  parseInstant,
  SECONDS_PER_DAY,
  startOf,
} from "./instant.ts";

const EARLIEST = Date.UTC(2000, 0, 1) / 1000;
const LATEST = Date.UTC(2100, 0, 1) / 1000 - 1;
const instant = fc.integer({ min: EARLIEST, max: LATEST }).map((at) => at as Instant);
const parsed = (text: string): Instant => parseInstant(text)._unsafeUnwrap();
const two = (n: number): string => String(n).padStart(2, "0");

describe("an instant", () => {
  it("is read back from how it is written", () => {
    fc.assert(
      fc.property(instant, (at) => {
        expect(parsed(formatInstant(at))).toBe(at);
      }),
    );
  });

  it("is written as the platform writes it, without its milliseconds", () => {
    fc.assert(
      fc.property(instant, (at) => {
        const text = new Date(at * 1000).toISOString();
        expect(formatInstant(at)).toBe(`${text.slice(0, 19)}Z`);
        expect(`${formatDay(dayOf(at))}T${formatSecondOfDay(at - startOf(dayOf(at)))}`).toBe(text.slice(0, 19));
      }),
    );
  });

  it("is the same instant in every zone", () => {
    fc.assert(
      fc.property(instant, fc.integer({ min: -1439, max: 1439 }), (at, offset) => {
        const local = new Date((at + offset * 60) * 1000).toISOString().slice(0, 19);
        const zone = `${offset < 0 ? "-" : "+"}${two(Math.floor(Math.abs(offset) / 60))}:${two(Math.abs(offset) % 60)}`;
        expect(parsed(`${local}${zone}`)).toBe(at);
      }),
    );
  });

  it("drops a fraction of a second, however long", () => {
    fc.assert(
      fc.property(instant, fc.stringMatching(/^\d{1,20}$/), fc.constantFrom("Z", "z", "+00:00", "-00:00"), (at, fraction, zone) => {
        expect(parsed(`${formatInstant(at).slice(0, -1)}.${fraction}${zone}`)).toBe(at);
      }),
    );
  });

  it("drops the milliseconds of a number", () => {
    fc.assert(
      fc.property(instant, fc.double({ min: 0, max: 999.9, noNaN: true }), (at, milliseconds) => {
        expect(instantOfMs(at * 1000 + milliseconds)._unsafeUnwrap()).toBe(at);
      }),
    );
  });

  it("belongs to the day that it starts, and to that alone", () => {
    fc.assert(
      fc.property(instant, fc.integer({ min: 0, max: SECONDS_PER_DAY - 1 }), (at, second) => {
        const day = dayOf(at);
        expect(startOf(day)).toBeLessThanOrEqual(at);
        expect(startOf((day + 1) as Day)).toBeGreaterThan(at);
        expect(dayOf(addSeconds(startOf(day), second))).toBe(day);
      }),
    );
  });
});

describe("a time that is refused", () => {
  it.each(["2025-04-26T14:30:00", "2025-04-26 14:30:00.123", "1999-01-01T00:00:00", "2025-02-30T14:30:00"])(
    "has no zone, and is refused by that name: %s",
    (text) => {
      expect(parseInstant(text)._unsafeUnwrapErr()).toEqual({ kind: "time_without_zone", text });
    },
  );

  it.each([
    ["a day that its month does not have", "2025-02-29T00:00:00Z"],
    ["29 February of 2100, which is no leap year, nor within reach", "2100-02-29T00:00:00Z"],
    ["the 31st of April", "2025-04-31T00:00:00Z"],
    ["day 0", "2025-04-00T00:00:00Z"],
    ["month 0", "2025-00-26T00:00:00Z"],
    ["month 13", "2025-13-01T00:00:00Z"],
    ["hour 24", "2025-04-26T24:00:00Z"],
    ["minute 60", "2025-04-26T23:60:00Z"],
    ["second 61", "2025-04-26T23:59:61Z"],
    ["an offset of 24 hours", "2025-04-26T14:30:00+24:00"],
    ["an offset of 60 minutes", "2025-04-26T14:30:00+01:60"],
    ["an offset without a colon", "2025-04-26T14:30:00+0100"],
    ["no seconds", "2025-04-26T14:30Z"],
    ["two digits of a year", "25-04-26T14:30:00Z"],
    ["a year 0026", "0026-04-26T14:30:00Z"],
    ["a fraction without digits", "2025-04-26T14:30:00.Z"],
    ["a comma before the fraction", "2025-04-26T14:30:00,5Z"],
    ["a date alone", "2025-04-26"],
    ["space around it", " 2025-04-26T14:30:00Z"],
    ["a line end behind it", "2025-04-26T14:30:00Z\n"],
    ["digits of another script", "２０２５-04-26T14:30:00Z"],
    ["a true minus sign", "2025-04-26T14:30:00\u221201:00"],
    ["the last second of 1999", "1999-12-31T23:59:59Z"],
    ["the first second of 2100", "2100-01-01T00:00:00Z"],
    ["nothing", ""],
  ])("cannot be read: %s", (_, text) => {
    expect(parseInstant(text)._unsafeUnwrapErr()).toEqual({ kind: "time_unreadable", text });
  });

  it("is refused, never thrown about, whatever text it is", () => {
    const nearly = fc.stringMatching(/^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)?$/);
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary" }), nearly), (text) => {
        const answer = parseInstant(text);
        if (answer.isErr()) expect(answer.error.text).toBe(text);
        else expect(dateOf(text)).toBe(answer.value);
      }),
    );
  });

  it("is a number that lies outside 2000 to 2100, or none", () => {
    fc.assert(
      fc.property(fc.double(), (ms) => {
        const answer = instantOfMs(ms);
        if (answer.isOk()) expect(answer.value).toBe(Math.floor(ms / 1000));
        else expect(ms >= EARLIEST * 1000 && ms < (LATEST + 1) * 1000).toBe(false);
      }),
    );
    expect(instantOfMs(1_745_000_000)._unsafeUnwrapErr().kind).toBe("time_unreadable");
  });
});

it("a leap second is the first second of the next minute", () => {
  expect(parsed("2016-12-31T23:59:60Z")).toBe(parsed("2017-01-01T00:00:00Z"));
  expect(parsed("2017-01-01T00:59:60.9+01:00")).toBe(parsed("2017-01-01T00:00:00Z"));
});

it("the edges of what is accepted are accepted", () => {
  expect(parsed("2000-01-01T00:00:00Z")).toBe(EARLIEST);
  expect(parsed("2099-12-31T23:59:59Z")).toBe(LATEST);
  expect(parsed("1999-12-31T23:00:00-01:00")).toBe(EARLIEST);
  expect(parsed("2024-02-29T00:00:00Z") - parsed("2024-02-28T00:00:00Z")).toBe(SECONDS_PER_DAY);
});

it("every day of the calendar is accepted, and the day after the last of a month is not", () => {
  for (let year = 2000; year < 2100; year++) {
    for (let month = 1; month <= 12; month++) {
      const last = new Date(Date.UTC(year, month, 0)).getUTCDate();
      const textOf = (day: number): string => `${year}-${two(month)}-${two(day)}T12:00:00Z`;
      for (let day = 1; day <= last; day++) expect(parsed(textOf(day)) * 1000).toBe(Date.UTC(year, month - 1, day, 12));
      expect(parseInstant(textOf(last + 1)).isErr()).toBe(true);
    }
  }
});

describe("the days of a span", () => {
  it("are exactly those that hold an instant of it", () => {
    fc.assert(
      fc.property(instant, fc.nat(3 * SECONDS_PER_DAY), fc.boolean(), (from, length, endsAtMidnight) => {
        const to = addSeconds(from, length + 1);
        const span = { from, to: endsAtMidnight ? startOf((dayOf(to) + 1) as Day) : to };
        const { first, last } = daysOf(span);
        expect(first).toBe(dayOf(from));
        expect(startOf(last)).toBeLessThan(span.to);
        expect(startOf((last + 1) as Day)).toBeGreaterThanOrEqual(span.to);
      }),
    );
  });

  it("are the day of its beginning, if it is empty", () => {
    fc.assert(
      fc.property(instant, (at) => {
        expect(daysOf({ from: at, to: at })).toEqual({ first: dayOf(at), last: dayOf(at) });
      }),
    );
  });
});

/** By the platform's own reading of the text, which is laxer than ours, but reads what we read alike. */
function dateOf(text: string): number {
  const isLeapSecond = text.slice(17, 19) === "60";
  const plain = text.replace(" ", "T").toUpperCase();
  const ms = Date.parse(isLeapSecond ? `${plain.slice(0, 17)}59${plain.slice(19)}` : plain);
  return Math.floor(ms / 1000) + (isLeapSecond ? 1 : 0);
}
