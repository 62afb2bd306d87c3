import fc from "fast-check";
import { expect, it } from "vitest";
import type { OpenFrom } from "../../ports/source-record.ts";
import { type Day, dayOf, type Instant, SECONDS_PER_DAY } from "../../reading/instant.ts";
import { COMMIT_WITHIN_SECONDS, lowered, needsLowering, raiseTarget, yesterday } from "./open-from.ts";

const NOON = 20_201 * SECONDS_PER_DAY + 43_200;

/** What a store knows of a source: days and how far each was published, and the record over which both sides compare and set. */
interface Shelf {
  openFrom: OpenFrom;
  version: number;
  readonly days: Map<Day, { written: number; published: number }>;
}

/** One that writes days in steps that anything may come between; it dies when it feels like it. */
interface Writer {
  openFrom: OpenFrom;
  version: number;
  /** The day it is about to write, and until when. */
  pending: { readonly day: Day; readonly until: number } | null;
  toPublish: Day[];
}

type Step =
  | { readonly kind: "check" | "put" | "publish" | "die" | "read"; readonly writer: number; readonly back: number }
  | { readonly kind: "raise"; readonly writer: number; readonly back: number }
  | { readonly kind: "pass"; readonly writer: number; readonly back: number };

const SECONDS = [1, 20, 61, 700, 1_801, 3_601, 13 * 3_600, 86_400];
const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom("check", "check", "put", "put", "publish", "die", "read", "raise", "raise", "pass", "pass"),
  writer: fc.nat(1),
  back: fc.nat(7),
});

it("however writers, raisers, deaths and midnights meet, openFrom is never above a day that is not published", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 86_399 }), fc.array(step, { maxLength: 120, size: "max" }), (start, steps) => {
      let now = NOON + start;
      const shelf: Shelf = { openFrom: { day: yesterday(now as Instant), loweredAt: null }, version: 1, days: new Map() };
      const newWriter = (): Writer => ({ openFrom: shelf.openFrom, version: shelf.version, pending: null, toPublish: [] });
      const writers = [newWriter(), newWriter()];
      const newest = () => now as Instant;
      for (const { kind, writer: n, back } of steps) {
        const writer = writers[n] as Writer;
        if (kind === "pass") now += SECONDS[back] ?? 1;
        if (kind === "die") writers[n] = newWriter();
        if (kind === "read") Object.assign(writer, { openFrom: shelf.openFrom, version: shelf.version });
        if (kind === "check") check(shelf, writer, (dayOf(now as Instant) - back) as Day, now);
        if (kind === "put") put(shelf, writer, now);
        if (kind === "publish") publish(shelf, writer);
        if (kind === "raise") raise(shelf, newest(), now);
        for (const [day, { written, published }] of shelf.days)
          if (day < shelf.openFrom.day) expect([day, published]).toEqual([day, written]);
      }
    }),
    { numRuns: 2_000 },
  );
});

function check(shelf: Shelf, writer: Writer, day: Day, now: number): void {
  const at = now as Instant;
  if (needsLowering(writer.openFrom, day, at, at)) {
    if (writer.version !== shelf.version) {
      Object.assign(writer, { openFrom: shelf.openFrom, version: shelf.version, pending: null });
      return;
    }
    shelf.openFrom = lowered(writer.openFrom, day, at);
    shelf.version++;
    Object.assign(writer, { openFrom: shelf.openFrom, version: shelf.version });
  }
  writer.pending = { day, until: now + COMMIT_WITHIN_SECONDS };
}

function put(shelf: Shelf, writer: Writer, now: number): void {
  const { pending } = writer;
  writer.pending = null;
  if (pending === null || now > pending.until) return;
  const { written = 0, published = 0 } = shelf.days.get(pending.day) ?? {};
  shelf.days.set(pending.day, { written: written + 1, published });
  writer.toPublish.push(pending.day);
}

function publish(shelf: Shelf, writer: Writer): void {
  for (const day of writer.toPublish.splice(0)) {
    const { written = 0 } = shelf.days.get(day) ?? {};
    shelf.days.set(day, { written, published: written });
  }
}

/** Reads the days under the record's version, publishes what is open, and raises. */
function raise(shelf: Shelf, newest: Instant, now: number): void {
  const target = raiseTarget(shelf.openFrom, newest, now as Instant);
  if (target === null) return;
  for (const [day, { written }] of shelf.days) {
    if (day >= shelf.openFrom.day && day < target) shelf.days.set(day, { written, published: written });
  }
  shelf.openFrom = { day: target, loweredAt: null };
  shelf.version++;
}

it("today and yesterday are written without a write of the record, an older day once in half an hour", () => {
  fc.assert(
    fc.property(fc.integer({ min: NOON, max: NOON + 400 * SECONDS_PER_DAY }), fc.nat(60), fc.nat(4_000), (second, back, later) => {
      const now = second as Instant;
      const openFrom = { day: yesterday(now), loweredAt: null };
      const day = (dayOf(now) - back) as Day;
      expect(needsLowering(openFrom, day, now, now)).toBe(back > 1);
      const open = lowered(openFrom, day, now);
      expect(open.day).toBeLessThanOrEqual(day);
      const then = (now + later) as Instant;
      if (back > 2) expect(needsLowering(open, day, then, then)).toBe(later > 1_800);
    }),
  );
});

it("rises to yesterday at most and to the day before the newest reading, not in the first ten minutes, not within an hour of being lowered", () => {
  const day = fc.integer({ min: 20_100, max: 20_300 }).map((each) => each as Day);
  const second = fc.integer({ min: 20_190 * SECONDS_PER_DAY, max: 20_210 * SECONDS_PER_DAY }).map((at) => at as Instant);
  fc.assert(
    fc.property(day, fc.option(second, { nil: null }), fc.option(second, { nil: null }), second, (from, loweredAt, newest, now) => {
      const target = raiseTarget({ day: from, loweredAt }, newest, now);
      const highest = newest === null ? from : Math.min(yesterday(now), dayOf(newest) - 1);
      const isTime = now % SECONDS_PER_DAY >= 600 && (loweredAt === null || now - loweredAt >= 3_600);
      expect(target).toBe(isTime && highest > from ? highest : null);
    }),
  );
});

it("a clock that is ahead by a month closes no day that is still to come, and one that fell back opens what another closed", () => {
  const now = NOON as Instant;
  const ahead = (NOON + 30 * SECONDS_PER_DAY) as Instant;
  const openFrom = { day: (yesterday(now) - 3) as Day, loweredAt: null };
  expect(raiseTarget(openFrom, now, ahead)).toBe(yesterday(now));
  const raised = { day: yesterday(now), loweredAt: null };
  const back = (NOON - 3 * SECONDS_PER_DAY) as Instant;
  expect(needsLowering(raised, yesterday(back), back, back)).toBe(true);
  expect(needsLowering({ ...raised, day: yesterday(back) }, yesterday(back), back, now)).toBe(true);
});
