import type { Instant, RawReading } from "@bg-ingest/core";
import fc from "fast-check";
import { expect, it } from "vitest";
import { call, connectMock, DAY, demoCredentials, HOUR, NOW, pagesOf, spanBefore } from "./mock-setup.ts";

const byTime = (a: RawReading, b: RawReading) => Number(a.time) - Number(b.time);

it("gives in pages what it gives in one", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 6 }),
      fc.boolean(),
      fc.integer({ min: 0, max: 2 * DAY }),
      async (pages, shuffle, seconds) => {
        const window = spanBefore(NOW, seconds);
        const whole = connectMock();
        const cut = connectMock({ pages, shuffle });
        const inOne = (await pagesOf(whole.mock, window, await demoCredentials(whole.mock))).flatMap(
          (page) => page._unsafeUnwrap().readings,
        );
        const inPages = await pagesOf(cut.mock, window, await demoCredentials(cut.mock));
        expect(inPages.length).toBe(pages);
        expect(inPages.map((page) => page._unsafeUnwrap().isLast)).toEqual(
          Array.from({ length: pages }, (_, index) => index === pages - 1),
        );
        const gathered = new Map(inPages.flatMap((page) => page._unsafeUnwrap().readings).map((reading) => [reading.time, reading]));
        expect([...gathered.values()].sort(byTime)).toEqual(inOne);
      },
    ),
    { numRuns: 40 },
  );
});

it("puts readings in no order and some of them in two pages when told to shuffle", async () => {
  const { mock } = connectMock({ pages: 3, shuffle: true });
  const pages = await pagesOf(mock, spanBefore(NOW, DAY), await demoCredentials(mock));
  const readings = pages.map((page) => page._unsafeUnwrap().readings);
  expect(readings.flat().length).toBeGreaterThan(new Set(readings.flat().map(({ time }) => time)).size);
  for (const page of readings) expect(page).not.toEqual([...page].sort(byTime));
});

it("loses no reading between two pages when time passes between them", async () => {
  const { time, mock, world } = connectMock({ pages: 2 });
  const window = { from: (NOW - HOUR) as Instant, to: (NOW + HOUR) as Instant };
  const readings: RawReading[] = [];
  for await (const page of mock.poll.fetchPages({ window, credentials: await demoCredentials(mock) }, call)) {
    readings.push(...page._unsafeUnwrap().readings);
    time.pass(HOUR * 1000);
  }
  const expected = world.records("demo", window);
  expect(readings.map(({ time: at }) => Number(at) / 1000)).toEqual(expected.map(({ at }) => at));
});

it("makes an empty window one or more empty pages", async () => {
  const { mock } = connectMock({ pages: 2 });
  const pages = await pagesOf(mock, spanBefore(NOW, 0), await demoCredentials(mock));
  expect(pages.map((page) => page._unsafeUnwrap().readings)).toEqual([[], []]);
});
