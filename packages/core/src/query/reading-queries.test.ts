import { describe, expect, it } from "vitest";
import {
  good,
  MIDNIGHT,
  personOf,
  readingAt,
  type StoredPerson,
  type StoryReading,
  storedPerson,
  storyEnd,
} from "../../test/stored-person.ts";
import { encodeDay } from "../day/codec/day-codec.ts";
import { instantAt as instantOf } from "../day/columns.ts";
import { emptyDay } from "../day/day-log.ts";
import type { ReadingStore } from "../ports/reading-store.ts";
import { type Day, dayOf, type Span } from "../reading/instant.ts";
import { abortedCall, anna, calm, instantAt, providerOf, sourceOf, userOf } from "../testing/samples.ts";
import { createReadingQueries } from "./reading-queries.ts";
import type { Selection } from "./series.ts";

const cgm = sourceOf("source00cgm");
const pump = sourceOf("source0pump");
const canonical: Selection = { view: "canonical", sourceId: null, asOf: null };
const today = dayOf(instantAt(MIDNIGHT));

/** From and to in seconds after `MIDNIGHT`. */
function spanOf(from: number, to: number): Span {
  return { from: instantAt(MIDNIGHT + from), to: instantAt(MIDNIGHT + to) };
}

const everything = spanOf(-20 * 86_400, 40 * 86_400);

function dayAfter(days: number): Day {
  return (today + days) as Day;
}

async function seriesOf(person: StoredPerson, span = everything, selection = canonical) {
  return good(await createReadingQueries(person).range(anna, span, selection, calm));
}

/** The seconds after `MIDNIGHT` of what is shown. */
async function shown(person: StoredPerson, span = everything, selection = canonical): Promise<readonly number[]> {
  const { runs } = await seriesOf(person, span, selection);
  return Array.from(runs, good).flatMap(({ timeline, versions, day }) =>
    Array.from(versions, (version) => instantOf(timeline, version, day) - MIDNIGHT),
  );
}

async function latest(person: StoredPerson, selection = canonical) {
  return good(await createReadingQueries(person).latest(anna, selection, calm));
}

/** The person's stores, counting what is asked of them and what is taken. */
function counted(person: StoredPerson) {
  const count = { recordsOf: 0, days: 0, daysTaken: 0 };
  const readings: ReadingStore = {
    ...person.readings,
    async *days(...request) {
      count.days++;
      for await (const day of person.readings.days(...request)) {
        count.daysTaken++;
        yield day;
      }
    },
  };
  const recordsOf: StoredPerson["connections"]["recordsOf"] = (...request) => {
    count.recordsOf++;
    return person.connections.recordsOf(...request);
  };
  return { count, queries: createReadingQueries({ readings, connections: { recordsOf } }) };
}

/** One bit of a stored day turns over. */
async function damage(person: StoredPerson, day: Day): Promise<void> {
  const [stored] = good(await person.readings.getDays([{ userId: anna, day, sourceId: cgm }], calm));
  if (!stored) throw new Error("There is no such day to damage.");
  const bytes = stored.bytes.map((byte, place) => (place === stored.bytes.length - 1 ? byte ^ 1 : byte));
  good(await person.readings.putDays([{ ...stored, bytes, version: stored.version + 1, expectedVersion: stored.version }], calm));
}

/** Three readings on each of five days, two of them before `MIDNIGHT`. */
const fiveDays: readonly StoryReading[] = [-2, -1, 0, 1, 2].flatMap((day) =>
  [300, 600, 900].map((second) => [day * 86_400 + second, 120, "left"] as const),
);

describe("the latest reading", () => {
  it("usually costs the records and the newest day, and no other day is looked at", async () => {
    const person = await personOf({ [cgm]: fiveDays });
    for (const day of [-2, -1, 0, 1]) await damage(person, dayAfter(day));
    const { count, queries } = counted(person);
    const found = good(await queries.latest(anna, canonical, calm));
    expect(count).toEqual({ recordsOf: 1, days: 1, daysTaken: 1 });
    expect(found).toMatchObject({ at: MIDNIGHT + 2 * 86_400 + 900, mgdl: 120, source: { sourceId: cgm, provider: `of-${cgm}` } });
  });

  it("tells all that is known of it when it is asked to", async () => {
    const person = await personOf({ [cgm]: fiveDays });
    await person.tell(cgm, [readingAt(MIDNIGHT + 2 * 86_400 + 900, 121)], instantAt(storyEnd + 60));
    const complete = (await latest(person))?.complete();
    expect(complete && good(complete)).toEqual({
      reading: readingAt(MIDNIGHT + 2 * 86_400 + 900, 121, "left"),
      source: { sourceId: cgm, provider: `of-${cgm}` },
      receivedAt: storyEnd + 60,
      revision: 1,
    });
  });

  it("stands on the day before if all of the newest day repeats it", async () => {
    const person = await personOf({
      [cgm]: [
        [-20, 110],
        [5, 110],
      ],
    });
    expect((await latest(person))?.at).toBe(MIDNIGHT - 20);
    expect((await latest(person, { ...canonical, view: "all" }))?.at).toBe(MIDNIGHT + 5);
  });

  it("stands on the day before if a higher source covers all of the newest day", async () => {
    const person = await personOf({ [cgm]: [[-100, 110]], [pump]: [[300, 140]] });
    expect((await latest(person))?.at).toBe(MIDNIGHT - 100);
    expect((await latest(person, { ...canonical, sourceId: pump }))?.at).toBe(MIDNIGHT + 300);
  });

  it("may have come just after midnight, with others just before it", async () => {
    const person = await personOf({
      [cgm]: [
        [-60, 110],
        [-5, 111],
        [5, 112],
      ],
    });
    expect((await latest(person))?.at).toBe(MIDNIGHT + 5);
  });

  it("is no reading of a day that has none", async () => {
    const person = await personOf({ [cgm]: [[0, 100]] });
    const empty = {
      userId: anna,
      sourceId: cgm,
      day: dayAfter(1),
      bytes: encodeDay(emptyDay(dayAfter(1))),
      version: 1,
      expectedVersion: 0,
    };
    good(await person.readings.putDays([empty], calm));
    for (const view of ["canonical", "all"] as const) expect((await latest(person, { ...canonical, view }))?.mgdl).toBe(100);
  });

  it("is nothing for a person who is connected and has no readings yet", async () => {
    const person = storedPerson();
    await person.connect({ phase: "connecting" });
    expect(await latest(person)).toBeNull();
    expect(await shown(person)).toEqual([]);
  });
});

describe("a source that was erased", () => {
  it("is shown to nobody, whatever a late write brought back", async () => {
    const person = await personOf({ [cgm]: [[0, 100]], [pump]: [[86_400, 200]] });
    await person.connect({ provider: providerOf(`of-${pump}`), sourceId: pump, phase: "erased" });
    expect((await latest(person))?.mgdl).toBe(100);
    expect(await shown(person, everything, { ...canonical, view: "all" })).toEqual([0]);
    const asked = await createReadingQueries(person).latest(anna, { ...canonical, sourceId: pump }, calm);
    expect(asked._unsafeUnwrapErr()).toEqual({ kind: "unknown_source" });
  });

  it("disturbs nobody, not even by a day that cannot be read", async () => {
    const person = await personOf({ [pump]: [[100, 200]], [cgm]: [[0, 100]] });
    await person.connect({ provider: providerOf(`of-${cgm}`), sourceId: cgm, phase: "erased" });
    await damage(person, dayAfter(0));
    expect(await shown(person)).toEqual([100]);
    expect((await latest(person))?.mgdl).toBe(200);
  });

  it("stays unseen when its provider is connected anew", async () => {
    const person = await personOf({ [cgm]: [[0, 100]] });
    await person.connect({ provider: providerOf(`of-${cgm}`), sourceId: sourceOf("source00new"), phase: "connecting" });
    expect(await latest(person)).toBeNull();
    expect(await shown(person)).toEqual([]);
  });

  it("leaves nobody behind if it was the only one", async () => {
    const person = await personOf({ [cgm]: [[0, 100]] });
    await person.connect({ provider: providerOf(`of-${cgm}`), sourceId: cgm, phase: "erased" });
    for (const userId of [anna, userOf("nobody")]) {
      const { queries } = counted(person);
      expect((await queries.latest(userId, canonical, calm))._unsafeUnwrapErr()).toEqual({ kind: "unknown_user" });
      expect((await queries.range(userId, everything, canonical, calm))._unsafeUnwrapErr()).toEqual({ kind: "unknown_user" });
    }
  });
});

describe("near-duplicate/1", () => {
  it("looks 29 s back over midnight, and no further", async () => {
    for (const [before, after] of [
      [-30, 0],
      [-29, 0],
      [-2, 28],
      [-1, 28],
    ] as const) {
      const person = await personOf({
        [cgm]: [
          [before, 110],
          [after, 110],
        ],
      });
      expect(await shown(person, spanOf(after, 100))).toEqual(after - before < 30 ? [] : [after]);
    }
  });

  /** Every 25 s for two and a half days: of a chain in which each repeats the one before, every other stands; at midnight none does. */
  const chain: readonly StoryReading[] = Array.from({ length: 8640 }, (_, i) => [-70_025 + 25 * i, 110]);

  it("follows a chain back over days to the reading that stands for certain", async () => {
    const person = await personOf({ [cgm]: chain, [pump]: [[200_000, 90]] });
    const standing = [...chain.map(([second]) => second).filter((_, i) => i % 2 === 0), 200_000];
    expect(await shown(person)).toEqual(standing);
    for (const from of [-86_400, -69_990, -1, 0, 1, 86_400, 86_410, 86_825, 100_000, 140_000]) {
      expect(await shown(person, spanOf(from, from + 50_000))).toEqual(
        standing.filter((second) => from <= second && second < from + 50_000),
      );
    }
  });

  it("follows that chain as it was known at a moment", async () => {
    const person = await personOf({ [cgm]: chain });
    await person.tell(cgm, [readingAt(MIDNIGHT - 70_050, 110)], instantAt(storyEnd + 60));
    const asOf = { ...canonical, asOf: storyEnd };
    expect(await shown(person, spanOf(86_400, 86_500), asOf)).toEqual([86_425, 86_475]);
    expect(await shown(person, spanOf(86_400, 86_500))).toEqual([86_400, 86_450]);
    expect((await latest(person, asOf))?.at).toBe(MIDNIGHT + 145_925);
    expect((await latest(person))?.at).toBe(MIDNIGHT + 145_950);
  });

  it("tells devices apart by name, whatever number a day gave them", async () => {
    const person = await personOf({
      [cgm]: [
        [-100, 90, "left"],
        [-10, 110, "right"],
        [5, 110, "left"],
        [100, 110, "left"],
        [110, 110, "right"],
        [112, 110],
      ],
    });
    expect(await shown(person)).toEqual([-100, -10, 5, 100, 110]);
  });
});

describe("source-priority/1", () => {
  const around: Readonly<Record<string, readonly StoryReading[]>> = {
    [cgm]: [[0, 100]],
    [pump]: [
      [-451, 150],
      [-450, 151],
      [450, 152],
      [451, 153],
    ],
  };

  it("hides a lower source within 450 s of a higher one", async () => {
    expect(await shown(await personOf(around))).toEqual([-451, 0, 451]);
  });

  it("follows the person's preference before the order of connecting", async () => {
    const person = await personOf(around);
    await person.connect({ provider: providerOf(`of-${pump}`), sourceId: pump, rank: 5, connectedAt: instantAt(2_000_000_000) });
    expect(await shown(person)).toEqual([-451, -450, 450, 451]);
  });

  it("looks over midnight either way", async () => {
    const person = await personOf({
      [cgm]: [
        [-100, 100],
        [86_500, 100],
      ],
      [pump]: [
        [200, 150],
        [10_000, 150],
        [86_300, 150],
      ],
    });
    for (const from of [0, 100]) expect(await shown(person, spanOf(from, 86_400))).toEqual([10_000]);
  });

  it("does not let a hidden near-duplicate cover anything", async () => {
    const person = await personOf({
      [cgm]: [
        [0, 100],
        [20, 100],
      ],
      [pump]: [[460, 150]],
    });
    expect(await shown(person)).toEqual([0, 460]);
  });
});

describe("runs", () => {
  it("of several sources take turns, and share what is decoded of their day", async () => {
    const person = await personOf({
      [cgm]: [
        [0, 100],
        [300, 101],
        [600, 102],
      ],
      [pump]: [
        [0, 150],
        [10, 151],
        [300, 150],
      ],
    });
    const runs = Array.from((await seriesOf(person, everything, { ...canonical, view: "all" })).runs, good);
    expect(runs.map(({ source, versions }) => [source.sourceId, versions.length])).toEqual([
      [cgm, 1],
      [pump, 2],
      [cgm, 1],
      [pump, 1],
      [cgm, 1],
    ]);
    expect(runs[2]?.details()).toBe(runs[0]?.details());
    expect(runs[2]?.commits()).toBe(runs[0]?.commits());
  });

  it("can be walked again", async () => {
    const series = await seriesOf(await personOf({ [cgm]: fiveDays }));
    expect(Array.from(series.runs, good)).toHaveLength(5);
    expect(Array.from(series.runs, good)).toHaveLength(5);
  });
});

describe("a stored day that cannot be read", () => {
  it("ends a range with a message for whoever asked", async () => {
    const person = await personOf({ [cgm]: fiveDays });
    await damage(person, dayAfter(0));
    const outcomes = [...(await seriesOf(person)).runs];
    expect(outcomes.map((outcome) => outcome.isOk())).toEqual([true, true, false]);
    const error = outcomes.at(-1)?._unsafeUnwrapErr();
    expect(error?.kind).toBe("stop");
    expect(error?.message).toMatch(
      /^The readings of 2024-10-04 \(source source00cgm\) cannot be shown.*damaged.*restore it from a backup\.$/,
    );
  });

  it("does not disturb what does not depend on it", async () => {
    const person = await personOf({ [cgm]: fiveDays });
    await damage(person, dayAfter(0));
    expect(await shown(person, spanOf(86_430, 3 * 86_400))).toHaveLength(6);
    expect(await shown(person, spanOf(-2 * 86_400, 0))).toHaveLength(6);
  });

  it("stops a question that hangs on it", async () => {
    const person = await personOf({
      [cgm]: [
        [86_390, 110],
        [86_405, 110],
      ],
    });
    await damage(person, dayAfter(0));
    const { queries } = counted(person);
    expect((await queries.range(anna, spanOf(86_400, 90_000), canonical, calm))._unsafeUnwrapErr().kind).toBe("stop");
    expect((await queries.latest(anna, canonical, calm))._unsafeUnwrapErr().kind).toBe("stop");
    await damage(person, dayAfter(1));
    expect((await queries.latest(anna, canonical, calm))._unsafeUnwrapErr().kind).toBe("stop");
  });
});

it("a store that does not answer is passed on as it says", async () => {
  const person = await personOf({ [cgm]: fiveDays });
  const away = await createReadingQueries(person).range(anna, everything, canonical, abortedCall());
  const { recordsOf } = person.connections;
  const daysAway = createReadingQueries({ ...person, connections: { recordsOf: (userId) => recordsOf(userId, calm) } });
  const range = await daysAway.range(anna, everything, canonical, abortedCall());
  const newest = await daysAway.latest(anna, canonical, abortedCall());
  expect([away, range, newest].map((each) => each._unsafeUnwrapErr().kind)).toEqual(["retry", "retry", "retry"]);
});

it("an empty span shows nothing and asks the store for no day", async () => {
  const { count, queries } = counted(await personOf({ [cgm]: fiveDays }));
  for (const span of [spanOf(300, 300), spanOf(90_000, 0)]) {
    expect([...good(await queries.range(anna, span, canonical, calm)).runs]).toEqual([]);
  }
  expect(count.days).toBe(0);
});
