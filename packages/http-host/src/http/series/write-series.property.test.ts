import { GLUCOSE_UNITS } from "@bg-ingest/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyRun } from "../../../test/arbitrary-runs.ts";
import { naiveRows, parseCsv } from "../../../test/naive-series.ts";
import { reading } from "../schemas/reading.ts";
import { DETAILS, fieldNames, SERIES_MEDIA_TYPES } from "./representation.ts";
import { writeInPieces, writeSeries } from "./write-series.ts";

const runs = fc.array(anyRun, { maxLength: 6 });
const style = fc.record({ detail: fc.constantFrom(...DETAILS), unit: fc.constantFrom(...GLUCOSE_UNITS) });

function mapValues<V>(row: Readonly<Record<string, V>>, map: (value: V, name: string) => string): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, map(value, name)]));
}

describe("a series, written from its columns", () => {
  it("says in JSON what a naive writer says", () => {
    fc.assert(
      fc.property(runs, style, (given, how) => {
        const text = writeSeries(given, { ...how, mediaType: "application/json" }).toString();
        expect(JSON.parse(text)).toEqual(naiveRows(given, how));
      }),
    );
  });

  it("has the same objects line by line in NDJSON", () => {
    fc.assert(
      fc.property(runs, style, (given, how) => {
        const text = writeSeries(given, { ...how, mediaType: "application/x-ndjson" }).toString();
        expect(text === "" || text.endsWith("}\n")).toBe(true);
        const lines = text.split("\n").slice(0, -1);
        const json = writeSeries(given, { ...how, mediaType: "application/json" }).toString();
        expect(`[${lines.join(",")}]`).toBe(json);
      }),
    );
  });

  it("has the same values under the same names in CSV", () => {
    fc.assert(
      fc.property(runs, style, (given, how) => {
        const text = writeSeries(given, { ...how, mediaType: "text/csv" }).toString();
        expect(text.startsWith(`${fieldNames(how).join(",")}\r\n`)).toBe(true);
        const rows = parseCsv(text).map((row) =>
          mapValues(row, (value, name) => (name.endsWith("mmol_l") ? value.replace(".0", "") : value)),
        );
        const naive = naiveRows(given, how).map((row) => mapValues(row, (value) => (value === null ? "" : String(value))));
        expect(rows).toEqual(naive);
      }),
    );
  });

  it("has the fields of its documentation, in their order", () => {
    fc.assert(
      fc.property(runs, style, (given, how) => {
        for (const row of JSON.parse(writeSeries(given, { ...how, mediaType: "application/json" }).toString())) {
          expect(Object.keys(row)).toEqual(fieldNames(how));
          expect(reading.safeParse(row).success).toBe(true);
        }
      }),
    );
  });

  it("is the same bytes in pieces, none of them without a row", () => {
    fc.assert(
      fc.property(
        runs,
        style,
        fc.constantFrom(...SERIES_MEDIA_TYPES),
        fc.integer({ min: 1, max: 40 }),
        (given, how, mediaType, rowsAtOnce) => {
          const representation = { ...how, mediaType };
          const pieces = [...writeInPieces(given, representation, rowsAtOnce)];
          expect(Buffer.concat(pieces)).toEqual(writeSeries(given, representation));
          const rows = given.reduce((count, { versions }) => count + versions.length, 0);
          expect(pieces.length).toBeGreaterThanOrEqual(1);
          expect(pieces.length).toBeLessThanOrEqual(Math.max(1, Math.ceil(rows / rowsAtOnce)));
          if (pieces.length > 1) expect(Math.min(...pieces.map((piece) => piece.length))).toBeGreaterThan(20);
        },
      ),
    );
  });

  it("writes mmol/L with one decimal, whole numbers too", () => {
    fc.assert(
      fc.property(runs, (given) => {
        const text = writeSeries(given, { detail: "plain", unit: "mmol/L", mediaType: "application/x-ndjson" }).toString();
        for (const line of text.split("\n").slice(0, -1)) expect(line).toMatch(/"glucose_mmol_l":\d+\.\d\}$/);
      }),
    );
  });
});
