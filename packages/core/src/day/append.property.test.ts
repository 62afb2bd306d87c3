import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readingsOf } from "../../test/arbitrary-days.ts";
import { closeContent, fullContent, pageOf, type Telling, telling, toldOf } from "../../test/arbitrary-readings.ts";
import { PlainDay } from "../../test/plain-day.ts";
import { type Content, compareContents, isSameContent } from "../reading/content.ts";
import { type Day, type Instant, startOf } from "../reading/instant.ts";
import type { Reading } from "../reading/reading.ts";
import { append, type DayPage, withPublished } from "./append.ts";
import { decodeDay, encodeDay } from "./codec/day-codec.ts";
import { currentVersions, knownBy } from "./current.ts";
import { type DayLog, emptyDay, startOfCommit, versionOf } from "./day-log.ts";

const day = 20_204 as Day;
const instant = (second: number): Instant => (startOf(day) + second) as Instant;
/** Few instants, so that pages meet. */
const second = fc.constantFrom(0, 9, 300, 600, 86_399);
const time = fc.integer({ min: 0, max: 8 }).map(instant);

/** How a page came: by poll, backfill or webhook, soon or late. */
const coming = fc.record({
  askedAt: time,
  receivedAt: time,
  isBackfill: fc.boolean(),
  newestBefore: fc.option(second.map(instant), { nil: null }),
});
type Coming = typeof coming extends fc.Arbitrary<infer T> ? T : never;

const page: fc.Arbitrary<DayPage> = fc.tuple(pageOf(day, second, closeContent, 5), coming).map(([readings, how]) => ({ readings, ...how }));

function currentOf(log: DayLog, known?: number): readonly Reading[] {
  const readings = readingsOf(log);
  return [...currentVersions(log.columns, known)].map((index) => readings[index] as Reading);
}

const appended = (pages: readonly DayPage[], log = emptyDay(day)): DayLog => pages.reduce(append, log);

describe("a day log", () => {
  it("holds what a plain map would hold, page after page", () => {
    fc.assert(
      fc.property(fc.array(page, { maxLength: 14 }), fc.boolean(), (pages, isStored) => {
        const plain = new PlainDay();
        let log = emptyDay(day);
        for (const each of pages) {
          const added = plain.add(each);
          const before = log;
          log = append(before, each);
          if (added.length === 0) expect(log).toBe(before);
          expect(currentOf(log)).toEqual(plain.current());
          expect(readingsOf(log).slice(0, before.columns.length)).toEqual(readingsOf(before));
          expect(log.commits.slice(0, before.commits.length)).toEqual(before.commits);
          expect(addedTo(before, log)).toEqual(inOrder(added));
          if (isStored) log = decodeDay(encodeDay(log), day)._unsafeUnwrap();
        }
        for (const { at } of plain.current()) {
          expect(readingsOf(log).filter((reading) => reading.at === at)).toEqual(plain.versionsOf(at));
        }
      }),
    );
  });

  it("leaves the log that it was given as it was", () => {
    fc.assert(
      fc.property(fc.array(page), page, (pages, last) => {
        const log = appended(pages);
        const copy = structuredClone(log);
        append(log, last);
        expect(log).toEqual(copy);
      }),
    );
  });

  it("takes a page twice as once, at once and later", () => {
    fc.assert(
      fc.property(fc.array(page), page, fc.array(page), (before, twice, between) => {
        const once = append(appended(before), twice);
        expect(append(once, { ...twice, receivedAt: instant(80_000) })).toBe(once);
        const later = appended(
          between.map((each) => ({ ...each, askedAt: instant(9) })),
          once,
        );
        const replayed = append(later, twice);
        const view = new Map(currentOf(replayed).map((reading) => [reading.at, reading]));
        for (const reading of currentOf(later)) expect(view.get(reading.at)).toMatchObject(toldBy(reading));
      }),
    );
  });

  it("makes commits whose ends rise, whose time of receipt never falls and each of which brings something", () => {
    fc.assert(
      fc.property(fc.array(page), (pages) => {
        const log = appended(pages);
        expect(log.commits.at(-1)?.end ?? 0).toBe(log.columns.length);
        log.commits.forEach((commit, index) => {
          expect(commit.end).toBeGreaterThan(startOfCommit(log, index + 1));
          expect(commit.receivedAt).toBeGreaterThanOrEqual(log.commits[index - 1]?.receivedAt ?? 0);
        });
      }),
    );
  });

  it("knows at every instant what was current then", () => {
    fc.assert(
      fc.property(fc.array(page), (pages) => {
        let log = emptyDay(day);
        const stages: { readonly at: Instant; readonly view: readonly Reading[] }[] = [];
        for (const each of pages) {
          const before = log;
          log = append(before, each);
          if (log !== before) stages.push({ at: Math.max(each.receivedAt, stages.at(-1)?.at ?? 0) as Instant, view: currentOf(log) });
        }
        for (let at = instant(-1); at <= instant(9); at++) {
          const view = stages.findLast((stage) => stage.at <= at)?.view ?? [];
          expect(currentOf(log, knownBy(log.commits, at))).toEqual(view);
        }
      }),
    );
  });
});

/** Pages that tell parts of one truth: any instants, any attributes, by any way, however often. */
const agreeingPages = fc
  .tuple(
    pageOf(day, second, fullContent, 5),
    fc.array(fc.record({ how: coming, seen: fc.infiniteStream(fc.option(telling)) }), { maxLength: 8 }),
  )
  .map(([truth, answers]) => answers.map(({ how, seen }) => partOf(truth, how, seen)));

function partOf(truth: readonly Reading[], how: Coming, seen: Iterator<Telling | null>): DayPage {
  const readings = truth.flatMap((reading) => {
    const tells = seen.next().value as Telling | null;
    return tells === null ? [] : [toldOf(reading, tells)];
  });
  return { readings, ...how };
}

describe("pages that agree", () => {
  const shuffled = agreeingPages.chain((pages) =>
    fc.tuple(fc.constant(pages), fc.array(fc.nat(), { minLength: pages.length, maxLength: pages.length }), fc.array(fc.nat(7))),
  );

  it("give the same view in any order and repetition, split into any pieces", () => {
    fc.assert(
      fc.property(shuffled, fc.nat(5), ([pages, order, again], cut) => {
        const other = pages.toSorted((a, b) => (order[pages.indexOf(a)] as number) - (order[pages.indexOf(b)] as number));
        const pieces = other.flatMap((each): DayPage[] => [
          { ...each, readings: each.readings.slice(cut) },
          { ...each, readings: each.readings.slice(0, cut) },
        ]);
        const repeated = [...pieces, ...again.flatMap((index) => pages[index] ?? [])];
        expect(currentOf(appended(repeated))).toEqual(currentOf(appended(pages)));
      }),
    );
  });

  it("give a view that tells all that any of them told", () => {
    fc.assert(
      fc.property(agreeingPages, (pages) => {
        const view = new Map(currentOf(appended(pages)).map((reading) => [reading.at, reading]));
        const told = pages.flatMap((each) => each.readings);
        expect(new Set(view.keys())).toEqual(new Set(told.map(({ at }) => at)));
        for (const reading of told) expect(view.get(reading.at)).toMatchObject(toldBy(reading));
      }),
    );
  });
});

describe("pages that disagree", () => {
  const stale = fc.tuple(fc.array(page), page).map(([pages, last]) => ({
    pages: pages.map((each) => ({ ...each, askedAt: instant(10) })),
    last: { ...last, askedAt: instant(9) },
  }));

  it("leave what stands as it is, if they were asked earlier: they only fill in", () => {
    fc.assert(
      fc.property(stale, ({ pages, last }) => {
        const log = appended(pages);
        const after = new Map(currentOf(append(log, last)).map((reading) => [reading.at, reading]));
        for (const reading of currentOf(log)) expect(after.get(reading.at)).toMatchObject(toldBy(reading));
      }),
    );
  });

  it("stand as they are after one full poll, but for what it did not tell", () => {
    fc.assert(
      fc.property(fc.array(page), pageOf(day, second, closeContent, 5), (pages, readings) => {
        const poll: DayPage = { readings, askedAt: instant(9), receivedAt: instant(10), isBackfill: false, newestBefore: null };
        const view = new Map(currentOf(append(appended(pages), poll)).map((reading) => [reading.at, reading]));
        for (const reading of readings) expect(view.get(reading.at)).toMatchObject(toldBy(reading));
      }),
    );
  });

  const answer = (at: number, content: Content, askedAt: Instant): DayPage => {
    const readings = [{ at: instant(at), ...content }];
    return { readings, askedAt, receivedAt: instant(20), isBackfill: false, newestBefore: null };
  };

  /** Answers that tell everything, each of an instant asked at another time; a provider may come back to what it said before. */
  const disagreeing = fc
    .tuple(
      fc.array(fullContent, { minLength: 1, maxLength: 3 }),
      fc.uniqueArray(fc.record({ second, said: fc.nat(2), askedAt: time }), {
        selector: (each) => `${each.second} ${each.askedAt}`,
        maxLength: 20,
      }),
    )
    .map(([contents, answers]) =>
      answers.map((each) => answer(each.second, contents[each.said % contents.length] as Content, each.askedAt)),
    );

  /** By instant, what was asked last of these. */
  const lastAsked = (pages: readonly DayPage[]) =>
    [...Map.groupBy(pages, (each) => each.readings[0]?.at as Instant).values()]
      .map((each) => each.toSorted((a, b) => a.askedAt - b.askedAt).at(-1)?.readings[0] as Reading)
      .toSorted((a, b) => a.at - b.at);

  it("end with the content that was asked last of those that were not what stood when they came, in any order", () => {
    fc.assert(
      fc.property(disagreeing, (pages) => {
        let log = emptyDay(day);
        const differing = pages.filter((each) => {
          const [told] = each.readings;
          const stood = currentOf(log).find(({ at }) => at === told?.at);
          log = append(log, each);
          return stood === undefined || told === undefined || !isSameContent(stood, told);
        });
        expect(currentOf(log)).toEqual(lastAsked(differing));
      }),
    );
  });

  it("end with the content that was asked last, in any order, where no provider comes back to what it said before", () => {
    const different = disagreeing.map((pages) =>
      pages.filter(
        ({ readings: [told] }, index) =>
          !pages
            .slice(0, index)
            .some(({ readings: [other] }) => other?.at === told?.at && isSameContent(other as Reading, told as Reading)),
      ),
    );
    fc.assert(fc.property(different, (pages) => void expect(currentOf(appended(pages))).toEqual(lastAsked(pages))));
  });

  it("end with the content that was asked last, whatever it is, if they come in the order in which they were asked", () => {
    fc.assert(
      fc.property(disagreeing, (pages) => {
        const inOrder = pages.toSorted((a, b) => a.askedAt - b.askedAt);
        expect(currentOf(appended(inOrder))).toEqual(lastAsked(pages));
      }),
    );
  });

  it("are overturned by an answer from before a confirmation that left no trace, and set right by the next one", () => {
    fc.assert(
      fc.property(second, fullContent, fullContent, (at, first, between) => {
        fc.pre(!isSameContent(first, between));
        const pages = [answer(at, first, instant(1)), answer(at, first, instant(3)), answer(at, between, instant(2))];
        const log = appended(pages);
        expect(currentOf(log)).toEqual(pages[2]?.readings);
        expect(currentOf(append(log, answer(at, first, instant(4))))).toEqual(pages[0]?.readings);
      }),
    );
  });

  it("end with the later content in the fixed order, if two were asked in the same second", () => {
    fc.assert(
      fc.property(second, closeContent, closeContent, coming, (at, one, two, how) => {
        const pages = [one, two].map((content): DayPage => ({ ...how, readings: [{ at: instant(at), ...content }] }));
        const view = currentOf(appended(pages));
        expect(currentOf(appended(pages.toReversed()))).toEqual(view);
        expect(view[0]).toMatchObject(toldBy({ at: instant(at), ...(compareContents(one, two) > 0 ? one : two) }));
      }),
    );
  });
});

describe("what is remembered as published", () => {
  it("never falls and is never ahead of the log", () => {
    fc.assert(
      fc.property(fc.array(page), fc.array(fc.oneof(fc.nat(12), fc.maxSafeNat())), (pages, told) => {
        let log = appended(pages);
        for (const published of told) {
          const before = log;
          log = withPublished(before, published);
          expect(log.published).toBe(Math.max(before.published, Math.min(published, versionOf(log))));
          if (log.published === before.published) expect(log).toBe(before);
        }
      }),
    );
  });

  it("is kept by an append", () => {
    fc.assert(
      fc.property(fc.array(page), page, fc.nat(12), (pages, last, published) => {
        const log = withPublished(appended(pages), published);
        expect(append(log, last).published).toBe(log.published);
      }),
    );
  });
});

/** What `after` holds and `before` did not, with how it came. */
function addedTo(before: DayLog, after: DayLog): unknown {
  const readings = readingsOf(after);
  return after.commits.slice(versionOf(before)).flatMap((commit, index) => {
    const start = startOfCommit(after, versionOf(before) + index + 1);
    return readings.slice(start, commit.end).map((reading) => ({ arrival: commit.arrival, reading }));
  });
}

const ORDER = ["revision", "backfill", "late", "live"];

/** Corrections before news, and each kind by instant. */
function inOrder(added: ReturnType<PlainDay["add"]>): unknown {
  return added.toSorted((a, b) => ORDER.indexOf(a.arrival) - ORDER.indexOf(b.arrival) || a.reading.at - b.reading.at);
}

/** What a reading tells: its known attributes and those that are never unknown. */
function toldBy(reading: Reading): Partial<Reading> {
  const knowsTrend = reading.trend !== "unknown" || reading.trendWord !== null;
  const told = Object.entries(reading).filter(([name, value]) => {
    if (name === "trend" || name === "trendWord") return knowsTrend;
    return value !== null || name === "rangeFlag";
  });
  return Object.fromEntries(told);
}
