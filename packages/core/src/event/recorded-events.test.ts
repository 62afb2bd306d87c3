import { expect, it } from "vitest";
import { append } from "../day/append.ts";
import { emptyDay } from "../day/day-log.ts";
import type { Mgdl } from "../reading/glucose.ts";
import type { ProviderName, SourceId, UserId } from "../reading/identifiers.ts";
import { addSeconds, type Day, formatInstant, type Instant, startOf } from "../reading/instant.ts";
import type { Reading } from "../reading/reading.ts";
import { recordedEvents } from "./recorded-events.ts";

/** What RabbitMQ 4 takes in one message unless told otherwise. */
const MESSAGE_BYTES = 16 * 1024 * 1024;
const DAY = 20_204 as Day;
const source = { userId: "anna" as UserId, provider: "world" as ProviderName, sourceId: "source0000001" as SourceId };

/** Of all that a reading may be, what takes the most room as JSON: a text of the longest, each character of which is escaped. */
const largest: Omit<Reading, "at"> = {
  mgdl: 1_000 as Mgdl,
  rangeFlag: { side: "above", boundMgdl: 1_000 as Mgdl },
  unit: "mg/dL",
  trend: "falling_very_fast",
  trendWord: null,
  trendRate: -99.99,
  utcOffsetMinutes: -840,
  device: "\u0001".repeat(64),
};

it("a day with a reading in each second, brought by one page, is told in events that a broker takes, each reading once and in order", () => {
  const readings = Array.from({ length: 86_400 }, (_, second) => ({ ...largest, at: addSeconds(startOf(DAY), second) }));
  const askedAt = addSeconds(startOf(DAY), 86_400) as Instant;
  const log = append(emptyDay(DAY), { readings, askedAt, receivedAt: askedAt, isBackfill: true, newestBefore: null });
  const events = recordedEvents(source, log, 0);
  for (const event of events) expect(Buffer.byteLength(JSON.stringify(event))).toBeLessThan(MESSAGE_BYTES);
  const told = events.flatMap(({ data }) => data.readings.map(({ timestamp }) => timestamp));
  expect(told).toEqual(readings.map(({ at }) => formatInstant(at)));
  expect(events.map(({ data }) => [data.version, data.arrival])).toEqual(events.map((_, n) => [n + 1, "backfill"]));
});
