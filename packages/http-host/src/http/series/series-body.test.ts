import { once } from "node:events";
import type { Readable } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import type { Day, Series, SeriesRun, StoreError } from "@bg-ingest/core";
import { err, ok } from "neverthrow";
import { expect, it } from "vitest";
import { entityTagOf } from "../negotiation/entity-tag.ts";
import type { Representation } from "./representation.ts";
import { seriesBodyOf } from "./series-body.ts";
import { writeSeries } from "./write-series.ts";

const FULL: Representation = { mediaType: "application/json", detail: "full", unit: "mg/dL" };
const MINUTES = 1_440;

/** So many days of a 1-minute sensor. `opened` counts the runs whose details somebody wanted. */
function worn(days: number, opened: { count: number } = { count: 0 }): readonly SeriesRun[] {
  const places = Int32Array.from({ length: MINUTES }, (_, i) => i);
  const timeline = {
    length: MINUTES,
    second: places.map((place) => place * 60),
    mgdl: new Int16Array(MINUTES).fill(100),
    bound: new Int16Array(MINUTES),
    unit: new Uint8Array(MINUTES),
    device: new Uint8Array(MINUTES),
    devices: [null],
  };
  const details = {
    trend: new Uint8Array(MINUTES),
    trendWord: new Uint8Array(MINUTES),
    trendWords: [null],
    rate: new Int16Array(MINUTES),
    utcOffset: new Int16Array(MINUTES),
  };
  return Array.from({ length: days }, (_, i) => ({
    source: { sourceId: "sourceone", provider: "mock" } as SeriesRun["source"],
    day: (20_000 + i) as Day,
    timeline: { ...timeline },
    versions: places,
    details() {
      opened.count++;
      return details;
    },
    commits: () => [],
  }));
}

const seriesOf = (runs: readonly SeriesRun[]): Series => ({ fingerprint: "", runs: runs.map((run) => ok(run)) });

async function bodyOf(runs: readonly SeriesRun[]) {
  return (await seriesBodyOf(seriesOf(runs), FULL))._unsafeUnwrap();
}

/** Counts the turns of the event loop for as long as `work` takes. */
async function turnsDuring(work: (turns: () => number) => Promise<void>): Promise<void> {
  let turns = 0;
  let isOver = false;
  const count = (): void => {
    turns++;
    if (!isOver) setImmediate(count);
  };
  count();
  await work(() => turns);
  isOver = true;
}

it("comes in pieces, and others have their turn between two of them", async () => {
  const runs = worn(30);
  const { content, tag } = await bodyOf(runs);
  const pieces: Buffer[] = [];
  const turnsAt: number[] = [];
  await turnsDuring(async (turns) => {
    for await (const piece of content() as Readable) {
      pieces.push(piece as Buffer);
      turnsAt.push(turns());
    }
  });
  expect(pieces.length).toBeGreaterThan(8);
  for (const [n, at] of turnsAt.slice(1).entries()) expect(at).toBeGreaterThan(turnsAt[n] as number);
  const whole = Buffer.concat(pieces);
  expect(whole.equals(writeSeries(runs, FULL))).toBe(true);
  expect(await tag()).toBe(entityTagOf(whole));
});

it("gives others their turn while very much is decoded, too", async () => {
  const runs = worn(120);
  await turnsDuring(async (turns) => {
    const before = turns();
    expect((await seriesBodyOf(seriesOf(runs), FULL)).isOk()).toBe(true);
    expect(turns() - before).toBeGreaterThanOrEqual(5);
  });
});

it("writes no more than a piece ahead of a client that takes its time", async () => {
  const opened = { count: 0 };
  const stream = (await bodyOf(worn(60, opened))).content() as Readable;
  await once(stream, "readable");
  expect(stream.read()).not.toBe(null);
  for (let n = 0; n < 50; n++) await turn();
  expect(opened.count).toBeLessThan(15);
  stream.destroy();
});

it("is one buffer where there is little, with the same tag", async () => {
  const runs = worn(2);
  const { content, tag } = await bodyOf(runs);
  expect(Buffer.isBuffer(content())).toBe(true);
  expect(await tag()).toBe(entityTagOf(writeSeries(runs, FULL)));
});

it("is none if anything of it cannot be read", async () => {
  const broken: StoreError = { kind: "stop", message: "damaged" };
  const series: Series = { fingerprint: "", runs: [...worn(30).map((run) => ok(run)), err(broken)] };
  expect((await seriesBodyOf(series, FULL))._unsafeUnwrapErr()).toEqual(broken);
});
