import { type Instant, TRENDS, type Trend } from "@bg-ingest/core";
import fc from "fast-check";
import { expect, it } from "vitest";
import { EGV, envelope } from "../../test/dexcom-setup.ts";
import { readPageText } from "./read-page.ts";

const WORDS: Readonly<Record<Exclude<Trend, "unknown">, string>> = {
  falling_very_fast: "doubleDown",
  falling_fast: "singleDown",
  falling: "fortyFiveDown",
  steady: "flat",
  rising: "fortyFiveUp",
  rising_fast: "singleUp",
  rising_very_fast: "doubleUp",
  not_computable: "notComputable",
  rate_out_of_range: "rateOutOfRange",
};

/** What a sensor may have measured, and how Dexcom prints it. */
const measurement = fc.record({
  at: fc.integer({ min: 1_700_000_000, max: 1_800_000_000 }),
  value: fc.integer({ min: 39, max: 401 }),
  trend: fc.constantFrom(...TRENDS),
  halfHours: fc.integer({ min: -24, max: 28 }),
  isReceiver: fc.boolean(),
  saysStatus: fc.boolean(),
});

type Measurement = typeof measurement extends fc.Arbitrary<infer T> ? T : never;

function egvOf({ at, value, trend, halfHours, isReceiver, saysStatus }: Measurement) {
  const iso = (seconds: number) => new Date(seconds * 1000).toISOString().slice(0, 19);
  const size = Math.abs(halfHours);
  const zone = `${halfHours < 0 ? "-" : "+"}${String(Math.floor(size / 2)).padStart(2, "0")}:${size % 2 === 0 ? "00" : "30"}`;
  const status = value < 40 ? "low" : value > 400 ? "high" : null;
  return {
    ...EGV,
    systemTime: `${iso(at)}Z`,
    displayTime: `${iso(at + halfHours * 1800)}${isReceiver ? "" : zone}`,
    value,
    trend: trend === "unknown" ? null : WORDS[trend],
    ...(saysStatus && { status }),
  };
}

it("every valid EGV becomes a reading with its instant, value, flag, trend and offset", () => {
  fc.assert(
    fc.property(fc.array(measurement), (measured) => {
      const page = readPageText(JSON.stringify(envelope(measured.map(egvOf))))._unsafeUnwrap();
      expect(page.rejected).toEqual([]);
      const expected = measured
        .map(({ at, value, trend, halfHours }) => ({
          time: (at as Instant) * 1000,
          value,
          side: value < 40 ? "below" : value > 400 ? "above" : null,
          trend: trend === "unknown" ? null : trend,
          utcOffsetMinutes: halfHours * 30,
        }))
        .toSorted((a, b) => a.time - b.time);
      const read = page.readings.map(({ time, value, rangeFlag, trend, utcOffsetMinutes }) => ({
        time,
        value,
        side: rangeFlag?.side ?? null,
        trend,
        utcOffsetMinutes,
      }));
      expect(read).toEqual(expected);
    }),
  );
});
