import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { good, MIDNIGHT, personOf, readingAt, type StoredPerson, type StoryReading, storyEnd } from "../../test/stored-person.ts";
import { SECONDS_PER_DAY, type Span } from "../reading/instant.ts";
import { anna, calm, instantAt, providerOf, sourceOf } from "../testing/samples.ts";
import { createReadingQueries } from "./reading-queries.ts";
import type { Selection } from "./series.ts";
import { sourcedReading } from "./sourced-reading.ts";

const cgm = sourceOf("source00cgm");
const pump = sourceOf("source0pump");

const second = fc.integer({ min: -3 * SECONDS_PER_DAY, max: 3 * SECONDS_PER_DAY });
const close = fc.integer({ min: -500, max: 500 });
const told = fc.tuple(fc.oneof(second, close), fc.constantFrom(100, 101)) as fc.Arbitrary<StoryReading>;
const story = fc.uniqueArray(told, { minLength: 1, maxLength: 8, selector: ([at]) => at });
const stories = fc.record({ [cgm]: story, [pump]: story });
const span: fc.Arbitrary<Span> = fc
  .tuple(fc.oneof(second, close), fc.oneof(second, close))
  .map(([a, b]) => ({ from: instantAt(MIDNIGHT + Math.min(a, b)), to: instantAt(MIDNIGHT + Math.max(a, b) + 1) }));
const selection: fc.Arbitrary<Selection> = fc.record({
  view: fc.constantFrom("canonical", "all"),
  sourceId: fc.constantFrom(null, null, cgm, pump),
  asOf: fc.constantFrom(null, null, instantAt(storyEnd + 30)),
});

/** Two of a kind that are the same but for one thing, or altogether. */
function similar<T extends object>(kind: fc.Arbitrary<T>): fc.Arbitrary<readonly [T, T]> {
  return fc.tuple(kind, kind, fc.nat(4)).map(([a, b, which]) => {
    const name = Object.keys(a)[which] as keyof T | undefined;
    return [a, name === undefined ? a : { ...a, [name]: b[name] }];
  });
}

async function ask(person: StoredPerson, asked: Span, selected: Selection) {
  const { fingerprint, runs } = good(await createReadingQueries(person).range(anna, asked, selected, calm));
  const readings = Array.from(runs, good).flatMap((run) => Array.from(run.versions, (version) => sourcedReading(run, version)));
  return { fingerprint, readings };
}

describe("the fingerprint of a series", () => {
  it("is the same for the same days, whoever stored them and whenever", async () => {
    await fc.assert(
      fc.asyncProperty(stories, span, selection, async (drawn, asked, selected) => {
        const others = { [pump]: drawn[pump] ?? [], [cgm]: drawn[cgm] ?? [] };
        expect(await ask(await personOf(drawn), asked, selected)).toEqual(await ask(await personOf(others), asked, selected));
      }),
    );
  });

  it("differs wherever what is shown differs, and wherever a day of the span has changed", async () => {
    await fc.assert(
      fc.asyncProperty(stories, span, selection, fc.oneof(second, close), async (drawn, asked, selected, at) => {
        const person = await personOf(drawn);
        const before = await ask(person, asked, selected);
        await person.tell(cgm, [readingAt(MIDNIGHT + at, 102)], instantAt(storyEnd + 60));
        const after = await ask(person, asked, selected);
        const isSeen = selected.sourceId !== pump;
        const isInSpan = asked.from <= MIDNIGHT + at && MIDNIGHT + at < asked.to;
        if (isSeen && isInSpan && selected.asOf === null) expect(after.readings).not.toEqual(before.readings);
        if (isSeen && isInSpan) expect(after.fingerprint).not.toBe(before.fingerprint);
        if (after.fingerprint === before.fingerprint) expect(after.readings).toEqual(before.readings);
      }),
    );
  });

  it("is untouched by days and sources that cannot matter", async () => {
    await fc.assert(
      fc.asyncProperty(stories, span, selection, async (drawn, asked, selected) => {
        const person = await personOf(drawn);
        const before = await ask(person, asked, selected);
        await person.tell(
          cgm,
          [-6, 6].map((day) => readingAt(MIDNIGHT + day * SECONDS_PER_DAY, 102)),
          instantAt(storyEnd + 60),
        );
        await person.connect({ provider: providerOf("another"), sourceId: sourceOf("source00new") });
        if (selected.sourceId === pump) await person.tell(cgm, [readingAt(asked.from, 103)], instantAt(storyEnd + 60));
        expect(await ask(person, asked, selected)).toEqual(before);
      }),
    );
  });

  it("differs for another span and another selection", async () => {
    await fc.assert(
      fc.asyncProperty(stories, similar(span), similar(selection), async (drawn, [spanA, spanB], [selectionA, selectionB]) => {
        const person = await personOf(drawn);
        const a = await ask(person, spanA, selectionA);
        const b = await ask(person, spanB, selectionB);
        const isSame = JSON.stringify([spanA, selectionA]) === JSON.stringify([spanB, selectionB]);
        expect(a.fingerprint === b.fingerprint).toBe(isSame);
      }),
    );
  });

  it("differs when the order of sources does", async () => {
    const person = await personOf({ [cgm]: [[0, 100]], [pump]: [[60, 150]] });
    const asked = { from: instantAt(MIDNIGHT), to: instantAt(MIDNIGHT + 600) };
    const selected: Selection = { view: "canonical", sourceId: null, asOf: null };
    const before = await ask(person, asked, selected);
    await person.connect({ provider: providerOf(`of-${pump}`), sourceId: pump, rank: 1 });
    const after = await ask(person, asked, selected);
    expect(after.readings).not.toEqual(before.readings);
    expect(after.fingerprint).not.toBe(before.fingerprint);
  });
});
