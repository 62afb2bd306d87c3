import { append, withPublished } from "../src/day/append.ts";
import { type DayLog, emptyDay } from "../src/day/day-log.ts";
import type { Mgdl } from "../src/reading/glucose.ts";
import { type Day, type Instant, startOf } from "../src/reading/instant.ts";
import type { Reading } from "../src/reading/reading.ts";
import { TRENDS } from "../src/reading/trend.ts";
import { backfilledDay, polledDay, syntheticReadings } from "./synthetic-day.ts";

const day = 20_204 as Day;
const instant = (second: number): Instant => (startOf(day) + second) as Instant;
const person = { seed: 2025, day, cadenceSeconds: 300 };

/** Days that between them use every part of the form in which days are stored. All made up. */
export const goldenDays: Readonly<Record<string, () => DayLog>> = {
  "polled-day": () => withPublished(polledDay(person), 287),
  "backfilled-day": () => backfilledDay(person),
  "one-minute-morning": () => taken(syntheticReadings({ ...person, seed: 60, cadenceSeconds: 60 }).slice(0, 240), 21_600),
  "revised-filled-and-late": revisedDay,
  "every-trend-unit-flag-and-name": variedDay,
  "wrong-clocks": wrongClocks,
  "one-reading": () => taken([{ ...untold, at: instant(86_399) }], 86_400),
};

const untold: Reading = {
  at: instant(0),
  mgdl: 100 as Mgdl,
  rangeFlag: null,
  unit: "mg/dL",
  trend: "unknown",
  trendWord: null,
  trendRate: null,
  utcOffsetMinutes: null,
  device: null,
};

function taken(readings: readonly Reading[], second: number, log: DayLog = emptyDay(day), isBackfill = false): DayLog {
  const askedAt = instant(second);
  return append(log, { readings, askedAt, receivedAt: instant(second + 2), isBackfill, newestBefore: instant(43_200) });
}

/** Versions over versions: instants fall back, commits come in every kind. */
function revisedDay(): DayLog {
  const all = syntheticReadings({ ...person, seed: 7, cadenceSeconds: 900 });
  const bare = all.map((reading): Reading => ({ ...reading, trend: "unknown", trendRate: null, device: null }));
  const changed = all.map((reading, n): Reading => (n % 5 === 0 ? { ...reading, mgdl: (reading.mgdl + 3) as Mgdl } : reading));
  let log = taken(bare.slice(20, 60), 50_000);
  log = taken(all.slice(0, 40), 60_000, log, true);
  log = taken(bare.slice(40, 96), 86_500, log);
  log = taken(changed, 90_000, log);
  return taken(all, 80_000, log);
}

function variedDay(): DayLog {
  const readings = TRENDS.flatMap((trend, n): Reading[] => [
    {
      ...untold,
      at: instant(n * 30),
      mgdl: (20 + n * 100) as Mgdl,
      trend,
      unit: "mmol/L",
      trendRate: (n - 5) * 60,
      utcOffsetMinutes: 840 - n * 60,
    },
    { ...untold, at: instant(n * 30 + 9), mgdl: 1000 as Mgdl, rangeFlag: { side: "above", boundMgdl: 400 as Mgdl }, trendRate: 0.01 * n },
    { ...untold, at: instant(n * 30 + 10), mgdl: 39 as Mgdl, rangeFlag: { side: "below", boundMgdl: 40 as Mgdl }, device: `sensor ${n}` },
    { ...untold, at: instant(86_399 - n), trendWord: ["→", "Flat", "😀".repeat(32), "\u0000~\u007f"][n % 4] as string, device: "ab12cd" },
  ]);
  return taken(
    readings.toSorted((a, b) => a.at - b.at),
    86_402,
  );
}

/** Answers that were received before they were asked for, and clocks that jumped by decades. */
function wrongClocks(): DayLog {
  let log = emptyDay(day);
  for (const [n, [askedAt, receivedAt]] of [
    [1_745_700_000, 1_745_699_990],
    [946_684_800, 1_745_700_100],
    [4_294_967_295, 4_294_967_296],
    [1_745_700_300, 1_745_700_302],
  ].entries()) {
    const readings = [{ ...untold, at: instant(300 * n) }];
    log = append(log, {
      readings,
      askedAt: askedAt as Instant,
      receivedAt: receivedAt as Instant,
      isBackfill: n === 1,
      newestBefore: null,
    });
  }
  return log;
}
