import { describe, expect, it } from "vitest";
import { anna, calm, createIngestBench, measured, must } from "../../../test/ingest-bench.ts";
import type { PageCount } from "../../ports/page-count.ts";
import type { Instant } from "../../reading/instant.ts";

const HOUR = 3_600;

/** A bench that keeps what was counted. */
function counting() {
  const counts: PageCount[] = [];
  const bench = createIngestBench({ change: () => ({ countPage: (page) => void counts.push(page) }) });
  const sum = (of: (page: PageCount) => number) => counts.splice(0).reduce((total, page) => total + of(page), 0);
  return { bench, counts, sum };
}

const addedIn = ({ added }: PageCount) => Object.values(added).reduce((sum, each) => sum + each, 0);

describe("what is counted of a page", () => {
  it("is each reading once as new, and as known however often it comes again", async () => {
    const { bench, counts, sum } = counting();
    const instants = measured(bench, bench.now() - 6 * HOUR, bench.now());
    const { record } = await bench.connected();
    await bench.run(record, 2 * HOUR);
    const more = bench.world.account(anna).truth.asOf(bench.now(), { from: 0 as Instant, to: bench.now() }).length;
    expect(counts.every(({ provider }) => provider === bench.world.loaded.name)).toBe(true);
    expect(counts.some(({ isBackfill }) => isBackfill)).toBe(true);
    expect(counts.some(({ known }) => known > 0)).toBe(true);
    expect(sum(addedIn)).toBe(more);
    expect(more).toBeGreaterThanOrEqual(instants.length);

    await must(bench.ingest.wantPoll(record, calm));
    await bench.run(record, 1);
    expect(counts.length).toBeGreaterThan(0);
    expect(counts.map(addedIn).every((added) => added === 0)).toBe(true);
    expect(sum(({ known }) => known)).toBeGreaterThan(0);
  });

  it("tells how late the newest one came, where it is newer than all before, and of nothing else", async () => {
    const { bench, counts } = counting();
    measured(bench, bench.now() - 6 * HOUR, bench.now());
    const { record } = await bench.connected();
    await bench.run(record, HOUR);
    const delays = counts.splice(0).flatMap(({ delaySeconds }) => (delaySeconds === null ? [] : [delaySeconds]));
    expect(delays.length).toBeGreaterThan(0);
    const newest = measured(bench, bench.now(), (bench.now() + 300) as Instant).at(-1) as Instant;
    bench.pass(900);
    const askedAt = bench.now();
    await must(bench.ingest.wantPoll(record, calm));
    await bench.run(record, 1);
    expect(counts.map(({ delaySeconds }) => delaySeconds).filter((delay) => delay !== null)).toEqual([askedAt - newest]);
  });
});

describe("the sources that are known", () => {
  it("are those that were tended and live, with their newest reading", async () => {
    const { bench } = counting();
    const instants = measured(bench, bench.now() - HOUR, bench.now());
    expect([...bench.ingest.known()]).toEqual([]);
    const { record } = await bench.connected();
    await bench.run(record, 600);
    const [known] = [...bench.ingest.known()];
    expect(known?.record.sourceId).toBe(record.sourceId);
    expect(known?.newest).toBeGreaterThanOrEqual(instants.at(-1) as Instant);
    expect(bench.ingest.waiting()).toEqual({ days: 0, states: 0 });
    await must(bench.ingest.erase(anna, calm));
    expect([...bench.ingest.known()]).toEqual([]);
  });
});
