import fc, { type Arbitrary } from "fast-check";
import { emptyColumns, readReading, writeReading } from "../src/day/columns.ts";
import { ARRIVALS } from "../src/day/commit.ts";
import type { DayLog, LoggedCommit } from "../src/day/day-log.ts";
import { type Day, type Instant, startOf } from "../src/reading/instant.ts";
import type { Reading } from "../src/reading/reading.ts";
import { someDay, versionsOf } from "./arbitrary-readings.ts";

/** The log that holds these versions under these commits, whether or not `append` would ever make it. */
export function logOf(day: Day, readings: readonly Reading[], commits: readonly LoggedCommit[], published: number): DayLog {
  const columns = emptyColumns(readings.length);
  readings.forEach((reading, index) => {
    writeReading(columns, index, day, reading);
  });
  return { day, columns, commits, published };
}

export function readingsOf(log: DayLog): readonly Reading[] {
  return Array.from({ length: log.columns.length }, (_, index) => readReading(log.columns, index, log.day));
}

/** From 2000 to 2100, far apart or close together. */
const instantNear = (day: Day): Arbitrary<Instant> =>
  fc
    .oneof(
      fc.integer({ min: startOf(day), max: startOf(day) + 90_000 }),
      fc.integer({ min: 946_684_800, max: 4_102_444_799 }),
      fc.constantFrom(946_684_800, 3_092_601_600, 4_102_444_799),
    )
    .map((at) => at as Instant);

/** `receivedAt` may lie before `askedAt`: clocks differ. The codec keeps what it is given. */
function commitsOf(day: Day, versions: number): Arbitrary<LoggedCommit[]> {
  const commit = fc.record({
    receivedAt: instantNear(day),
    askedAt: instantNear(day),
    arrival: fc.constantFrom(...ARRIVALS),
    share: fc.nat(30),
  });
  return fc.array(commit, { minLength: 1, maxLength: 60 }).map((drafts) => {
    const commits: LoggedCommit[] = [];
    let end = 0;
    for (const { share, ...draft } of drafts) {
      if (end === versions) break;
      end = Math.min(versions, end + 1 + share);
      commits.push({ ...draft, end });
    }
    return commits.map((each, index) => (index === commits.length - 1 ? { ...each, end: versions } : each));
  });
}

export function anyLog(most = 60): Arbitrary<DayLog> {
  return someDay
    .chain((day) => fc.tuple(versionsOf(day, most), fc.nat(1000)).map(([readings, published]) => ({ day, readings, published })))
    .chain(({ day, readings, published }) =>
      commitsOf(day, readings.length).map((commits) => {
        return logOf(day, readings, commits, published % (commits.length + 1));
      }),
    );
}
