import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseDexcomTime, utcOffsetMinutes } from "./dexcom-time.ts";

/** Whole seconds, 2000 to 2099. */
const second = fc.integer({ min: 946_684_800, max: 4_102_444_799 });
const two = (n: number) => String(n).padStart(2, "0");

/** Everything in which one print of a moment may differ from another. */
const print = fc.record({
  /** `null`: no zone, which means UTC. */
  offsetSeconds: fc.option(
    fc.oneof(
      fc.constant(0),
      fc.integer({ min: -14 * 4, max: 14 * 4 }).map((n) => n * 900),
      fc.integer({ min: -50_399, max: 50_399 }),
    ),
  ),
  separator: fc.constantFrom("T", "t", " "),
  isPadded: fc.boolean(),
  fraction: fc.constantFrom("", ".", ".0", ".123", ".999", ".123456789", ",5"),
  zoneStyle: fc.constantFrom(":", ""),
  leavesZeroSecondsOut: fc.boolean(),
  blankBeforeZone: fc.constantFrom("", " "),
});

type Print = typeof print extends fc.Arbitrary<infer T> ? T : never;

function printed(at: number, how: Print): string {
  const shown = new Date((at + (how.offsetSeconds ?? 0)) * 1000);
  const part = how.isPadded ? two : String;
  const date = `${shown.getUTCFullYear()}-${part(shown.getUTCMonth() + 1)}-${part(shown.getUTCDate())}`;
  const seconds = how.leavesZeroSecondsOut && shown.getUTCSeconds() === 0 ? "" : `:${part(shown.getUTCSeconds())}${how.fraction}`;
  return `${date}${how.separator}${part(shown.getUTCHours())}:${part(shown.getUTCMinutes())}${seconds}${how.blankBeforeZone}${zoneOf(how)}`;
}

function zoneOf({ offsetSeconds, zoneStyle }: Print): string {
  if (offsetSeconds === null) return "";
  if (offsetSeconds === 0) return "Z";
  const size = Math.abs(offsetSeconds);
  const parts = [two(Math.floor(size / 3600)), two(Math.floor(size / 60) % 60), ...(size % 60 === 0 ? [] : [two(size % 60)])];
  return `${offsetSeconds < 0 ? "-" : "+"}${parts.join(zoneStyle)}`;
}

const onTheMinute = second.map((at) => at - (at % 60));

describe("a moment", () => {
  it("printed in whatever messy form is read as the same second", () => {
    fc.assert(
      fc.property(fc.oneof(second, onTheMinute), print, (at, how) => {
        const time = parseDexcomTime(printed(at, how));
        expect(time).toEqual({ utcSeconds: at, shownSeconds: at + (how.offsetSeconds ?? 0), offsetSeconds: how.offsetSeconds });
      }),
      { numRuns: 2_000 },
    );
  });

  it("is never read out of what is none, and nothing throws", () => {
    const mutated = fc
      .tuple(second, print, fc.nat(30), fc.string({ maxLength: 3 }))
      .map(([at, how, place, inserted]) => `${printed(at, how).slice(0, place)}${inserted}${printed(at, how).slice(place + 1)}`);
    fc.assert(
      fc.property(fc.oneof(fc.string(), mutated), (text) => {
        const time = parseDexcomTime(text);
        expect(time === null || Object.values(time).every((value) => value === null || Number.isInteger(value))).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("an offset", () => {
  const offset = fc.integer({ min: -24, max: 28 }).map((halves) => halves * 1800);

  it("comes out of two clocks that differ by less than a quarter of an hour, zone or no zone", () => {
    fc.assert(
      fc.property(second, offset, fc.integer({ min: -899, max: 899 }), fc.boolean(), (at, offsetSeconds, drift, isZoneTold) => {
        const system = { utcSeconds: at, shownSeconds: at, offsetSeconds: 0 };
        const display = {
          utcSeconds: at + drift,
          shownSeconds: at + drift + offsetSeconds,
          offsetSeconds: isZoneTold ? offsetSeconds : null,
        };
        expect(utcOffsetMinutes(system, display)).toBe(offsetSeconds / 60);
      }),
    );
  });

  it("lies within those in use, or is not told", () => {
    fc.assert(
      fc.property(second, second, fc.option(fc.integer({ min: -86_399, max: 86_399 })), (a, b, offsetSeconds) => {
        const near = a + ((b - a) % 100_000);
        const minutes = utcOffsetMinutes(
          { utcSeconds: a, shownSeconds: a, offsetSeconds: 0 },
          { utcSeconds: near, shownSeconds: near, offsetSeconds },
        );
        expect(minutes === null || (minutes >= -720 && minutes <= 840 && minutes % 15 === 0)).toBe(true);
      }),
    );
  });
});
