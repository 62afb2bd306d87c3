import type { Instant } from "@bg-ingest/core";
import fc from "fast-check";
import { expect, it } from "vitest";
import { readingsOf } from "../src/readings-of.ts";
import { seriesOf } from "../src/series-of.ts";
import { type WindowShape, windowsOf } from "../src/windows-of.ts";
import { anna, calm, createPolledPerson, minute } from "./support/polled-person.ts";

const SHAPE: WindowShape = { lookBackSeconds: 3_600, stepSeconds: 300, horizonSeconds: 1_800 };
const HOURS = 4;
const TICKS = HOURS * 12;

/** Of each five minutes: what is measured, how late the vendor shows it, and what it becomes afterwards. */
const tick = fc.record({
  mgdl: fc.integer({ min: 40, max: 400 }),
  lateMinutes: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 90 })),
  revised: fc.option(fc.record({ mgdl: fc.integer({ min: 40, max: 400 }), afterMinutes: fc.integer({ min: 1, max: 120 }) })),
});

it("what comes later changes no window of before", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(tick, { minLength: TICKS, maxLength: TICKS }), async (ticks) => {
      const person = await createPolledPerson();
      ticks.forEach(({ mgdl, lateMinutes, revised }, n) => {
        const at = minute(n * 5);
        person.measure({ at, mgdl, shownAt: minute(n * 5 + lateMinutes) });
        if (revised !== null) person.measure({ at, mgdl: revised.mgdl, shownAt: minute(n * 5 + lateMinutes + revised.afterMinutes) });
      });
      const span = { from: minute(0), to: minute(HOURS * 30) };
      await person.passUntil(span.to);
      const atOnce = (await windowsOf(person.store, anna, span, SHAPE, calm))._unsafeUnwrap();
      await person.passUntil(minute(HOURS * 90));
      const afterwards = (await windowsOf(person.store, anna, span, SHAPE, calm))._unsafeUnwrap();
      expect(atOnce.length).toBeGreaterThan(0);
      expect(afterwards.atMs).toEqual(atOnce.atMs);
      expect(afterwards.slots).toEqual(atOnce.slots);
    }),
    { numRuns: 20 },
  );
});

it("a window holds a late reading from when it was received, a revised one as it was, and the target as it is known by now", async () => {
  const person = await createPolledPerson();
  const [late, revised] = [minute(30), minute(45)];
  for (let n = 0; n < 48; n++) if (minute(n * 5) !== late) person.measure({ at: minute(n * 5), mgdl: 100 + n });
  person.measure({ at: late, mgdl: 206, shownAt: minute(62) });
  person.measure({ at: revised, mgdl: 300, shownAt: minute(80) });
  await person.passUntil(minute(240));
  const span = { from: minute(60), to: minute(240) };
  const shape = { ...SHAPE, lookBackSeconds: 4 * 3_600 };
  const { atMs, slots, target } = (await windowsOf(person.store, anna, span, shape, calm))._unsafeUnwrap();
  const known = [...readingsOf((await seriesOf(person.store, anna, { from: minute(0), to: minute(240) }, null, calm))._unsafeUnwrap())].map(
    (each) => each._unsafeUnwrap(),
  );
  const receivedAt = (at: Instant) => known.find((each) => each.at === at)?.receivedAt ?? Number.NaN;
  const inWindows = (at: Instant) => [...atMs].map((ms, row) => [ms / 1_000, slots[48 - (ms / 1_000 - at) / 300]?.[row]] as const);
  for (const [moment, value] of inWindows(late)) expect(value).toBe(moment < receivedAt(late) ? Number.NaN : 206);
  for (const [moment, value] of inWindows(revised)) expect(value).toBe(moment < receivedAt(revised) ? 109 : 300);
  for (const at of [late, revised]) {
    expect(receivedAt(at)).toBeGreaterThan(minute(60));
    expect(receivedAt(at)).toBeLessThan(minute(235));
  }
  // What is measured at the moment itself is not known by then: each window ends with the reading before.
  expect([...(slots.at(-1) ?? [])]).toEqual([...atMs].map((ms) => 99 + (ms / 1_000 - minute(0)) / 300));
  // Half an hour later, and nothing where nothing has been measured.
  expect([...target]).toEqual([...atMs].map((ms) => (ms / 1_000 < minute(210) ? 106 + (ms / 1_000 - minute(0)) / 300 : Number.NaN)));
});

it("a history that was read at connecting was known to nobody before", async () => {
  const person = await createPolledPerson();
  for (let n = -24; n < 1; n++) person.measure({ at: minute(n * 5), mgdl: 100 });
  await person.passUntil(minute(30));
  const before = (await windowsOf(person.store, anna, { from: minute(-60), to: minute(0) }, SHAPE, calm))._unsafeUnwrap();
  const after = (await windowsOf(person.store, anna, { from: minute(5), to: minute(30) }, SHAPE, calm))._unsafeUnwrap();
  expect([before.length, after.length]).toEqual([0, 5]);
});
