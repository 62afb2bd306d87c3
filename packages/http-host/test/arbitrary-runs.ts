import { type Day, GLUCOSE_UNITS, type Instant, type LoggedCommit, NOT_TOLD, type SeriesRun, TRENDS } from "@bg-ingest/core";
import fc, { type Arbitrary } from "fast-check";

/** 2000-01-01 to 2099-12-31. */
const anyDay: Arbitrary<Day> = fc.integer({ min: 10_957, max: 47_481 }).map((day) => day as Day);

const anyInstant: Arbitrary<Instant> = fc.integer({ min: 946_684_800, max: 4_102_444_799 }).map((at) => at as Instant);

/** Whatever a vendor may think of: quotes, commas, line ends, other scripts. */
const name = fc.oneof(
  fc.constantFrom("sensor 7", 'say "a,b"', ",", '"', "\r\n", "é", "😀", "=1+1", "\u0000", "null", " "),
  fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 }),
);

const version = fc.record({
  second: fc.oneof(fc.integer({ min: 0, max: 86_399 }), fc.constantFrom(0, 59, 3_599, 86_399)),
  mgdl: fc.integer({ min: 20, max: 1_000 }),
  bound: fc.oneof(fc.constant(0), fc.integer({ min: 20, max: 1_000 }), fc.integer({ min: -1_000, max: -20 })),
  unit: fc.nat(GLUCOSE_UNITS.length - 1),
  device: fc.nat(2),
  trend: fc.nat(TRENDS.length - 1),
  rate: fc.oneof(fc.constant(NOT_TOLD), fc.integer({ min: -30_000, max: 30_000 })),
  utcOffset: fc.oneof(fc.constant(NOT_TOLD), fc.integer({ min: -720, max: 840 })),
});

/** Some of a day's versions, ascending in time and one of each instant, as a view shows them. */
export const anyRun: Arbitrary<SeriesRun> = fc
  .record({
    day: anyDay,
    versions: fc.array(fc.tuple(version, fc.boolean()), { maxLength: 40 }),
    devices: fc.tuple(name, name),
    source: fc.stringMatching(/^[a-z0-9]{8,16}$/),
    commits: fc.array(fc.record({ receivedAt: anyInstant, share: fc.nat(8) }), { minLength: 1, maxLength: 8 }),
  })
  .map(({ day, versions, devices, source, commits }) => {
    const logged = versions.map(([each]) => each);
    const column = (key: keyof (typeof logged)[number]) => logged.map((each) => each[key]);
    const timeline = {
      length: logged.length,
      second: Int32Array.from(column("second")),
      mgdl: Int16Array.from(column("mgdl")),
      bound: Int16Array.from(column("bound")),
      unit: Uint8Array.from(column("unit")),
      device: Uint8Array.from(column("device")),
      devices: [null, ...devices],
    };
    const details = {
      trend: Uint8Array.from(column("trend")),
      trendWord: new Uint8Array(logged.length),
      trendWords: [null],
      rate: Int16Array.from(column("rate")),
      utcOffset: Int16Array.from(column("utcOffset")),
    };
    const logCommits = commitsOver(logged.length, commits);
    return {
      source: { sourceId: source, provider: "mock" } as SeriesRun["source"],
      day,
      timeline,
      versions: Int32Array.from(shownVersions(versions.map(([{ second }, isShown]) => ({ second, isShown })))),
      details: () => details,
      commits: () => logCommits,
    };
  });

function shownVersions(versions: readonly { readonly second: number; readonly isShown: boolean }[]): readonly number[] {
  const newest = new Map(versions.map(({ second }, index) => [second, index]));
  return [...newest.values()]
    .filter((index) => versions[index]?.isShown)
    .sort((a, b) => (versions[a]?.second ?? 0) - (versions[b]?.second ?? 0));
}

function commitsOver(length: number, drafts: readonly { readonly receivedAt: Instant; readonly share: number }[]): readonly LoggedCommit[] {
  const commits: LoggedCommit[] = [];
  let end = 0;
  for (const [index, { receivedAt, share }] of drafts.entries()) {
    end = index === drafts.length - 1 ? length : Math.min(length, end + share);
    commits.push({ receivedAt, askedAt: receivedAt, arrival: "live", end });
  }
  return commits;
}
