import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Expected, naiveView, type Told, within } from "../../test/naive-view.ts";
import { good, readingAt, type StoredPerson, storedPerson } from "../../test/stored-person.ts";
import type { SourceRecord } from "../ports/source-record.ts";
import type { Instant, Span } from "../reading/instant.ts";
import { anna, calm, instantAt, providerOf, recordOf, sourceOf } from "../testing/samples.ts";
import { createReadingQueries } from "./reading-queries.ts";
import type { Selection, Series, SeriesRun } from "./series.ts";
import { sourcedReading } from "./sourced-reading.ts";

const midnight = 20_000 * 86_400;
const firstReceipt = midnight + 30 * 86_400;
const secondsPerPage = 1000;
const everything: Span = { from: instantAt(midnight - 10 * 86_400), to: instantAt(midnight + 100 * 86_400) };

/** Steps at and around every limit that a policy knows. */
const step = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom(1, 5, 10, 20, 29, 29, 30, 31, 60, 300, 420, 449, 450, 451, 900) },
  { weight: 1, arbitrary: fc.constantFrom(43_200, 86_371, 86_400, 200_000) },
);
const mgdl = fc.constantFrom(100, 100, 100, 101);
const device = fc.constantFrom(null, null, "left", "left", "right");
const page = fc.nat(3);

const track = fc.record({
  start: fc.constantFrom(-900, -450, -60, -30, -20, -5, 0, 0, 10, 29, 30, 400, 86_000),
  readings: fc.array(fc.record({ step, mgdl, device, page }), { maxLength: 16, size: "max" }),
  revisions: fc.array(fc.record({ of: fc.nat(15), mgdl, device, page }), { maxLength: 6 }),
});

const source = fc.record({
  track,
  rank: fc.constantFrom(null, null, 0, 1),
  connectedAt: fc.constantFrom(0, 1),
  phase: fc.constantFrom("connected", "connected", "connecting", "disconnected", "erased") as fc.Arbitrary<SourceRecord["phase"]>,
  /** Whose record was taken by a later source of the same provider. */
  isReplaced: fc.constantFrom(false, false, false, false, true),
});

/** What goes wrong here takes several rare things at once: more runs than elsewhere. */
const manyRuns = { numRuns: 5 * (fc.readConfigureGlobal().numRuns ?? 100) };

const sources = fc.array(source, { minLength: 1, maxLength: 3, size: "max" });
type Source = typeof source extends fc.Arbitrary<infer T> ? T : never;

const sourceIds = ["source0b", "source0a", "source0c"].map(sourceOf);
/** Of the world's moments one, or the first midnight, and how far off. */
const moment = fc.record({
  near: fc.oneof(fc.constant(null), fc.nat(60)),
  off: fc.constantFrom(-451, -450, -449, -100, -30, -29, -10, 0, 0, 0, 1, 29, 30, 100, 450, 451),
});
const selection = fc.record({
  view: fc.constantFrom("canonical", "canonical", "canonical", "all") as fc.Arbitrary<Selection["view"]>,
  source: fc.constantFrom(null, null, null, 0, 1, 2),
  knownPages: fc.constantFrom(null, null, 0, 1, 2, 3),
});

interface World {
  readonly told: readonly Told[];
  readonly records: readonly SourceRecord[];
  /** Instants of interest: readings and midnights. */
  readonly moments: readonly number[];
}

function worldOf(sources: readonly Source[]): World {
  const told = sources.flatMap(({ track }, i) => toldOf(track, i)).toSorted((a, b) => a.receivedAt - b.receivedAt);
  const records = sources.map(({ rank, connectedAt, phase, isReplaced }, i) =>
    recordOf({
      provider: providerOf(`provider-${i}`),
      sourceId: isReplaced ? sourceOf(`replaced${i}`) : (sourceIds[i] as SourceRecord["sourceId"]),
      rank,
      connectedAt: instantAt(connectedAt),
      phase,
    }),
  );
  const moments = [...told.map(({ at }) => at), ...[-1, 0, 1, 2, 3].map((day) => midnight + day * 86_400)].toSorted((a, b) => a - b);
  return { told, records, moments };
}

/** Of one page at most one reading per instant, as after normalising. */
function toldOf({ start, readings, revisions }: Source["track"], i: number): readonly Told[] {
  let at = midnight + start;
  const sourceId = sourceIds[i] as SourceRecord["sourceId"];
  const first = readings.map((each) => {
    at += each.step;
    return { ...each, at };
  });
  const later = revisions.flatMap(({ of, ...change }) => (first[of] === undefined ? [] : [{ ...change, at: first[of].at }]));
  const byPageAndInstant = new Map([...later, ...first].map((each) => [`${each.page}/${each.at}`, each]));
  return [...byPageAndInstant.values()].map((each) => ({
    sourceId,
    at: each.at,
    mgdl: each.mgdl,
    device: each.device,
    receivedAt: receiptOf(each.page),
  }));
}

function receiptOf(page: number): number {
  return firstReceipt + page * secondsPerPage;
}

async function store({ told, records }: World, untilPage = Infinity): Promise<StoredPerson> {
  const person = storedPerson();
  for (const record of records) await person.connect(record);
  const pages = Map.groupBy(told, ({ sourceId, receivedAt }) => `${receivedAt} ${sourceId}`);
  for (const ofPage of pages.values()) {
    const { sourceId, receivedAt } = ofPage[0] as Told;
    if (receivedAt > receiptOf(untilPage)) continue;
    await person.tell(
      sourceId,
      ofPage.map((each) => readingAt(each.at, each.mgdl, each.device)),
      instantAt(receivedAt),
    );
  }
  return person;
}

function selectionOf(drawn: { view: Selection["view"]; source: number | null; knownPages: number | null }): Selection {
  return {
    view: drawn.view,
    sourceId: drawn.source === null ? null : (sourceIds[drawn.source] as SourceRecord["sourceId"]),
    asOf: drawn.knownPages === null ? null : instantAt(receiptOf(drawn.knownPages)),
  };
}

function momentIn({ moments }: World, { near, off }: { near: number | null; off: number }): Instant {
  return instantAt((near === null ? midnight : (moments[near % moments.length] as number)) + off);
}

async function rangeOf(person: StoredPerson, span: Span, selection: Selection): Promise<Series | string> {
  const range = await createReadingQueries(person).range(anna, span, selection, calm);
  return range.match(
    (series) => series,
    ({ kind }) => kind,
  );
}

/** What a series shows, or why there is none. */
async function shown(person: StoredPerson, span: Span, selection: Selection): Promise<readonly Expected[] | string> {
  const series = await rangeOf(person, span, selection);
  return typeof series === "string" ? series : runsOf(series).flatMap(readingsOf);
}

function runsOf(series: Series): readonly SeriesRun[] {
  return Array.from(series.runs, good);
}

function readingsOf(run: SeriesRun): readonly Expected[] {
  return Array.from(run.versions, (version) => {
    const { reading, receivedAt, revision } = sourcedReading(run, version);
    return { sourceId: run.source.sourceId, at: reading.at, mgdl: reading.mgdl, device: reading.device, receivedAt, revision };
  });
}

async function latestOf(person: StoredPerson, selection: Selection): Promise<Expected | null | string> {
  const latest = await createReadingQueries(person).latest(anna, selection, calm);
  if (latest.isErr()) return latest.error.kind;
  if (latest.value === null) return null;
  const { at, mgdl, source, complete } = latest.value;
  const { reading, receivedAt, revision } = good(complete());
  expect({ at, mgdl }).toEqual({ at: reading.at, mgdl: reading.mgdl });
  return { sourceId: source.sourceId, at, mgdl, device: reading.device, receivedAt, revision };
}

/** The same by the naive way. */
function expected({ told, records }: World, span: Span, selection: Selection): readonly Expected[] | string {
  const living = records.filter(({ phase }) => phase !== "erased");
  if (living.length === 0) return "unknown_user";
  if (selection.sourceId !== null && !living.some(({ sourceId }) => sourceId === selection.sourceId)) return "unknown_source";
  return within(naiveView(told, records, selection), span);
}

describe("queries over any sources, pages, revisions and policies", () => {
  it("a range shows what the naive view shows", async () => {
    await fc.assert(
      fc.asyncProperty(sources, selection, moment, moment, async (drawnSources, drawnSelection, a, b) => {
        const world = worldOf(drawnSources);
        const chosen = selectionOf(drawnSelection);
        const person = await store(world);
        const span = { from: momentIn(world, a), to: momentIn(world, b) };
        expect(await shown(person, span, chosen)).toEqual(expected(world, span, chosen));
        expect(await shown(person, everything, chosen)).toEqual(expected(world, everything, chosen));
      }),
      manyRuns,
    );
  });

  it("ranges that meet add up, wherever the cuts are", async () => {
    await fc.assert(
      fc.asyncProperty(sources, selection, fc.array(moment, { maxLength: 5 }), async (drawnSources, drawnSelection, drawnCuts) => {
        const world = worldOf(drawnSources);
        const chosen = selectionOf({ ...drawnSelection, source: null });
        const person = await store(world);
        const cuts = drawnCuts.map((cut) => momentIn(world, cut)).toSorted((a, b) => a - b);
        const ends = [...cuts, everything.to];
        const starts = [everything.from, ...cuts];
        const whole = await shown(person, everything, chosen);
        fc.pre(typeof whole !== "string");
        const parts = await Promise.all(starts.map((from, i) => shown(person, { from, to: ends[i] as Instant }, chosen)));
        expect(parts.flat()).toEqual(whole);
      }),
      manyRuns,
    );
  });

  it("runs ascend, are of one source and one day, and are as long as they can be", async () => {
    await fc.assert(
      fc.asyncProperty(sources, selection, async (drawnSources, drawnSelection) => {
        const series = await rangeOf(await store(worldOf(drawnSources)), everything, selectionOf({ ...drawnSelection, source: null }));
        fc.pre(typeof series !== "string");
        const runs = runsOf(series);
        const keys = runs.map(({ source, day }) => `${day} ${source.sourceId}`);
        expect(runs.every(({ versions }) => versions.length > 0)).toBe(true);
        expect(keys.filter((key, i) => key === keys[i - 1])).toEqual([]);
        const instants = runs.flatMap(readingsOf).map(({ at }) => at);
        expect(instants).toEqual(instants.toSorted((a, b) => a - b));
        expect(runsOf(series).flatMap(readingsOf)).toEqual(runs.flatMap(readingsOf));
      }),
      manyRuns,
    );
  });

  it("the latest is the last of the range over everything", async () => {
    await fc.assert(
      fc.asyncProperty(sources, selection, async (drawnSources, drawnSelection) => {
        const world = worldOf(drawnSources);
        const chosen = selectionOf(drawnSelection);
        const person = await store(world);
        const all = expected(world, everything, chosen);
        expect(await latestOf(person, chosen)).toEqual(typeof all === "string" ? all : (all.at(-1) ?? null));
      }),
      manyRuns,
    );
  });

  it("what was known at a moment is what was shown at that moment", async () => {
    await fc.assert(
      fc.asyncProperty(sources, selection, page, async (drawnSources, drawnSelection, untilPage) => {
        const world = worldOf(drawnSources);
        const now = selectionOf({ ...drawnSelection, knownPages: null });
        const then = { ...now, asOf: instantAt(receiptOf(untilPage) + secondsPerPage - 1) };
        const [today, thatDay] = [await store(world), await store(world, untilPage)];
        expect(await shown(today, everything, then)).toEqual(await shown(thatDay, everything, now));
      }),
      manyRuns,
    );
  });
});
