import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RawReading, Span } from "@bg-ingest/core";
import { createManualTime } from "@bg-ingest/core/testing";
import { afterAll, describe, expect, it } from "vitest";
import { createMockWorld, parseTrace, provider } from "../src/index.ts";
import { call, createdFor, demoCredentials, NOW, pagesOf, silent } from "./mock-setup.ts";

const folder = mkdtempSync(join(tmpdir(), "mock-replay-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function created(settings: Readonly<Record<string, unknown>>, nowMs = NOW * 1000) {
  const clock = createManualTime(nowMs);
  return provider.configSchema.safeParse(settings).data === undefined
    ? undefined
    : provider.create(provider.configSchema.parse(settings), { fetch, clock, logger: silent });
}

function fileOf(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const entries = [
  { date: 1_700_000_000_000, sgv: 120, direction: "Flat", utcOffset: 60, type: "sgv", device: "a phone" },
  { date: 1_700_000_060_000, sgv: 39, direction: "TripleDown", utcOffset: 60, type: "sgv" },
  { date: 1_700_000_120_000, sgv: "32", direction: "NONE", type: "sgv" },
  { date: 1_700_000_180_000, sgv: 10, direction: "NOT COMPUTABLE", type: "sgv" },
  { date: 1_700_000_240_000, sgv: 401, direction: "RATE OUT OF RANGE", type: "sgv" },
  { date: 1_700_000_300_000, sgv: 250, direction: "TripleUp", type: "sgv" },
  { date: 1_700_000_360_000, sgv: 251, direction: 'Wig"gle', type: "sgv" },
  { date: 1_700_000_420_000, sgv: 252, direction: null, type: "sgv" },
];

describe("a replayed trace", () => {
  it("shows each entry as it was recorded, whatever the clock says", async () => {
    for (const nowMs of [0, NOW * 1000]) {
      const mock = created({ replayFile: fileOf("small.json", JSON.stringify(entries)) }, nowMs)?._unsafeUnwrap();
      if (mock === undefined) throw new Error("not created");
      const credentials = await demoCredentials(mock);
      const span = (await mock.backfill.availableSpan(credentials, call))._unsafeUnwrap() as Span;
      expect(span).toEqual({ from: 1_700_000_000, to: 1_700_000_421 });
      const page = (await pagesOf(mock, span, credentials))[0]?._unsafeUnwrap();
      expect(
        page?.readings.map(({ time, value, trend, utcOffsetMinutes, rangeFlag }) => [time, value, trend, utcOffsetMinutes, rangeFlag]),
      ).toEqual([
        [1_700_000_000_000, 120, "steady", 60, null],
        [1_700_000_060_000, 39, "falling_very_fast", 60, null],
        [1_700_000_120_000, 32, "unknown", null, null],
        [1_700_000_240_000, 401, "rate_out_of_range", null, null],
        [1_700_000_300_000, 250, "rising_very_fast", null, null],
        [1_700_000_360_000, 251, 'Wig"gle', null, null],
        [1_700_000_420_000, 252, null, null, null],
      ]);
      expect(page?.rejected.map(({ reason }) => reason)).toEqual(["sensor_error"]);
      expect(page?.readings.map(({ device }) => device === null)).toEqual([false, true, true, true, true, true, true]);
    }
  });

  it.each([
    ["there is no file", () => join(folder, "missing.json"), "no such file"],
    ["the file is a folder", () => folder, "cannot be read (EISDIR)"],
    ["the file is no JSON", () => fileOf("broken.json", "[{"), "not JSON"],
    ["the file is no trace", () => fileOf("other.json", '[{"type":"sgv"}]'), "entry 0"],
  ])("is refused when %s, and the message says so and what to check", (_, path, words) => {
    const replayFile = path();
    const refused = created({ replayFile })?._unsafeUnwrapErr();
    expect(refused).toMatchObject({ kind: "config_refused", message: expect.stringContaining(words) });
    expect(refused?.message).toContain(replayFile);
    expect(refused?.message).toContain("MOCK_REPLAY_FILE");
  });

  it("is refused in a unit in which it was not recorded", () => {
    const refused = created({ replayFile: fileOf("unit.json", JSON.stringify(entries)), unit: "mmol/L" })?._unsafeUnwrapErr();
    expect(refused).toMatchObject({ kind: "config_refused", message: expect.stringContaining("MOCK_UNIT") });
  });
});

/** Real readings that the project does not distribute; found beside a checkout, or where this variable says. */
const REAL_TRACE = process.env["REAL_TRACE_FILE"] ?? join(import.meta.dirname, "../../../../shared/data/entries-trio.json");
const hasRealTrace = existsSync(REAL_TRACE);
if (!hasRealTrace)
  process.emitWarning(`There is no file ${REAL_TRACE}: no real trace is replayed. Set REAL_TRACE_FILE to one of 1,000 readings.`);

describe("a real trace", () => {
  it.skipIf(!hasRealTrace)("comes back equal to its file from shuffled, overlapping pages", async () => {
    const recorded = JSON.parse(readFileSync(REAL_TRACE, "utf8")) as readonly {
      date: number;
      sgv: number;
      direction: string;
      utcOffset: number;
    }[];
    const time = createManualTime(NOW * 1000);
    const world = createMockWorld({ clock: time, trace: parseTrace(recorded)._unsafeUnwrap(), pages: 5, shuffle: true });
    const mock = createdFor(world, time);
    const credentials = await demoCredentials(mock);
    const span = (await mock.backfill.availableSpan(credentials, call))._unsafeUnwrap() as Span;
    const pages = (await pagesOf(mock, span, credentials)).map((page) => page._unsafeUnwrap());

    const shown = pages.flatMap(({ readings }) => readings);
    expect(pages.flatMap(({ rejected }) => rejected)).toEqual([]);
    expect(shown.length).toBeGreaterThan(recorded.length);
    const byTime = new Map(shown.map((reading): [number, RawReading] => [Number(reading.time), reading]));
    expect(byTime.size).toBe(1000);
    for (const { date, sgv, utcOffset } of recorded) {
      expect(byTime.get(date)).toMatchObject({ value: sgv, unit: "mg/dL", utcOffsetMinutes: utcOffset, rangeFlag: null });
    }
    const steady = shown.filter(({ trend }) => trend === "steady");
    expect(new Set(steady.map((reading) => reading.time)).size).toBe(recorded.filter(({ direction }) => direction === "Flat").length);
  });
});
