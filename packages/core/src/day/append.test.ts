import { describe, expect, it } from "vitest";
import { readingsOf } from "../../test/arbitrary-days.ts";
import type { Mgdl } from "../reading/glucose.ts";
import { type Day, type Instant, startOf } from "../reading/instant.ts";
import type { Reading } from "../reading/reading.ts";
import { append, type DayPage, hasRoomForNames } from "./append.ts";
import { MOST_NAMES } from "./columns.ts";
import { currentVersions } from "./current.ts";
import { type DayLog, emptyDay } from "./day-log.ts";

const day = 20_204 as Day;
const instant = (second: number): Instant => (startOf(day) + second) as Instant;

const bare: Reading = {
  at: instant(300),
  mgdl: 100 as Mgdl,
  rangeFlag: null,
  unit: "mg/dL",
  trend: "unknown",
  trendWord: null,
  trendRate: null,
  utcOffsetMinutes: null,
  device: null,
};

function pageAsked(second: number, ...readings: Partial<Reading>[]): DayPage {
  const newestBefore = instant(600);
  return {
    readings: readings.map((each) => ({ ...bare, ...each })),
    askedAt: instant(second),
    receivedAt: instant(second + 2),
    isBackfill: false,
    newestBefore,
  };
}

const appended = (...pages: DayPage[]): DayLog => pages.reduce(append, emptyDay(day));
const currentOf = (log: DayLog): Reading[] => [...currentVersions(log.columns)].map((index) => readingsOf(log)[index] as Reading);

describe("a provider that corrects itself", () => {
  const wrong = pageAsked(1000, { mgdl: 100 as Mgdl, trend: "steady" });
  const right = pageAsked(2000, { mgdl: 140 as Mgdl, trend: "rising" });

  it("is believed, and the value that stood before is kept", () => {
    const log = appended(wrong, right);
    expect(currentOf(log)).toMatchObject([{ mgdl: 140, trend: "rising" }]);
    expect(readingsOf(log)).toMatchObject([{ mgdl: 100 }, { mgdl: 140 }]);
    expect(log.commits.map(({ arrival }) => arrival)).toEqual(["late", "revision"]);
  });

  it("is not undone by an answer that was asked before and comes after, nor by a replay", () => {
    const log = appended(wrong, right);
    expect(append(log, wrong)).toBe(log);
    expect(append(log, pageAsked(1999, { mgdl: 90 as Mgdl, trend: "falling" }))).toBe(log);
    expect(currentOf(appended(right, wrong))).toEqual(currentOf(log));
  });
});

describe("an answer that only fills in", () => {
  it("counts as asked for, so that what was asked before it overturns nothing", () => {
    const filled = appended(pageAsked(1000, {}), pageAsked(3000, { trend: "rising" }));
    expect(append(filled, pageAsked(2000, { mgdl: 90 as Mgdl, trend: "falling" }))).toBe(filled);
  });

  it("does not count as asked last, if it was asked before what stands", () => {
    const log = appended(pageAsked(3000, {}), pageAsked(1000, { trend: "rising" }), pageAsked(2000, { mgdl: 90 as Mgdl }));
    expect(currentOf(log)).toMatchObject([{ mgdl: 100, trend: "rising" }]);
  });
});

describe("how a reading came", () => {
  it("is told by commits of one page in the order revision, backfill or late, live", () => {
    const before = appended(pageAsked(1000, {}));
    const page = pageAsked(2000, { at: instant(900) }, { at: instant(0) }, { mgdl: 101 as Mgdl }, { at: instant(600) });
    const log = append(before, page);
    expect(log.commits.slice(1).map(({ arrival, end }) => [arrival, end])).toEqual([
      ["revision", 2],
      ["late", 3],
      ["live", 5],
    ]);
    expect(readingsOf(log).map(({ at }) => at - startOf(day))).toEqual([300, 300, 0, 600, 900]);
    const backfilled = append(before, { ...page, isBackfill: true });
    expect(backfilled.commits.slice(1).map(({ arrival }) => arrival)).toEqual(["revision", "backfill"]);
  });

  it("is live where its source had nothing before", () => {
    expect(append(emptyDay(day), { ...pageAsked(1000, {}), newestBefore: null }).commits).toMatchObject([{ arrival: "live" }]);
  });
});

describe("names", () => {
  const named = (count: number): DayLog =>
    appended(pageAsked(1000, ...Array.from({ length: count }, (_, n) => ({ at: instant(n), device: `sensor ${n}` }))));

  it("find room up to as many as a day can hold, and are told apart", () => {
    const log = named(MOST_NAMES);
    expect(hasRoomForNames(log)).toBe(true);
    expect(new Set(readingsOf(log).map(({ device }) => device)).size).toBe(MOST_NAMES);
  });

  it("find none beyond", () => {
    expect(hasRoomForNames(named(MOST_NAMES + 1))).toBe(false);
    const words = Array.from({ length: MOST_NAMES + 1 }, (_, n) => ({ at: instant(n), trendWord: `word ${n}` }));
    expect(hasRoomForNames(appended(pageAsked(1000, ...words)))).toBe(false);
  });
});
