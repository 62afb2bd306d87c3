import { ok } from "neverthrow";
import { describe, expect, it } from "vitest";
import { anna, calm, createIngestBench, type IngestBench, measured, must, settled } from "../../../test/ingest-bench.ts";
import type { SourceRecord } from "../../ports/source-record.ts";
import { dayOf, type Instant } from "../../reading/instant.ts";
import { worldBody } from "../../testing/world/world-webhook.ts";

const HOUR = 3_600;
const DAY = 86_400;

async function deliver(bench: IngestBench, source: SourceRecord, instants: readonly Instant[], id = "one") {
  const shown = instants.flatMap((at) => bench.world.account(anna).truth.asOf(bench.now(), { from: at, to: (at + 1) as Instant }));
  const { sourceId, userId, provider } = source;
  return bench.ingest.work({ id, userId, sourceId, provider, signedAt: bench.now(), body: worldBody(anna, shown) }, calm);
}

describe("writes", () => {
  it("a poll that brings nothing new costs no write", async () => {
    const bench = createIngestBench();
    const source = await settled(bench);
    const before = { ...bench.written, days: bench.written.days.length, records: bench.written.records.length };
    await bench.run(source, 2 * HOUR);
    expect(bench.world.asked.length).toBeGreaterThan(20);
    expect({ ...bench.written, days: bench.written.days.length, records: bench.written.records.length }).toEqual(before);
  });

  it("looking far back for late data and finding none costs no write either", async () => {
    const bench = createIngestBench({ traits: { rePull: [{ everySeconds: HOUR, lookBackSeconds: 10 * DAY }] }, backfillSeconds: 10 * DAY });
    const source = await settled(bench, 9 * DAY);
    const before = [bench.written.days.length, bench.written.records.length];
    const asked = bench.world.asked.length;
    await bench.run(source, 2 * HOUR);
    expect(bench.world.asked.slice(asked).some(({ from, to }) => to - from > 9 * DAY)).toBe(true);
    expect([bench.written.days.length, bench.written.records.length]).toEqual(before);
  });

  it("a poll that brings something costs one write of each day it touches", async () => {
    const bench = createIngestBench({ startMs: Date.UTC(2025, 3, 23, 20, 59, 0) });
    const source = await settled(bench);
    bench.pass(65 * 60);
    const missed = measured(bench, bench.now() - 65 * 60, bench.now());
    const before = [bench.written.days.length, bench.written.records.length];
    await must(bench.ingest.wantPoll(source, calm));
    await bench.run(source, 1);
    const days = bench.written.days.slice(before[0]).map(({ day }) => day);
    expect(days).toEqual([dayOf(missed[0] as Instant), dayOf(missed.at(-1) as Instant)]);
    expect(new Set(days).size).toBe(2);
    expect(bench.written.records.length).toBe(before[1]);
  });

  it("a refused record that comes again with every poll is offered to the store once", async () => {
    const bench = createIngestBench();
    bench.world.account(anna).garble((bench.now() - 60) as Instant);
    const source = await settled(bench);
    bench.world.account(anna).garble((bench.now() - 60) as Instant);
    await bench.run(source, 900);
    const before = bench.written.aside;
    await bench.run(source, 600);
    expect(bench.written.aside).toBe(before);
    expect((await bench.connections.countSetAside(source, calm))._unsafeUnwrap()).toBe(2);
  });
});

describe("what is asked for", () => {
  it("a page that never came is asked for again, though a newer one was stored", async () => {
    const bench = createIngestBench({ paging: { recordsPerPage: 12, order: "newest_first" } });
    const source = await settled(bench);
    bench.pass(5 * HOUR);
    const missed = measured(bench, bench.now() - 5 * HOUR, bench.now());
    bench.world.account(anna).troubles.push("cut_off", "cut_off");
    await bench.run(source, HOUR);
    const view = await bench.view();
    expect(missed.filter((at) => !view.has(at))).toEqual([]);
  });

  it("nor is it forgotten when the process dies between the pages", async () => {
    const crash = new Error("died");
    let pages = Infinity;
    const bench = createIngestBench({
      paging: { recordsPerPage: 12, order: "newest_first" },
      change: () => ({
        checkpoint: (name) => {
          if (name === "poll.after_fetch" && --pages === 0) throw crash;
        },
      }),
    });
    const source = await settled(bench);
    bench.pass(5 * HOUR);
    const missed = measured(bench, bench.now() - 5 * HOUR, bench.now());
    pages = 2;
    await expect(bench.run(source, HOUR)).rejects.toBe(crash);
    expect((await bench.view()).has(missed.at(-1) as Instant)).toBe(true);
    await bench.run(source, HOUR, bench.another());
    const view = await bench.view();
    expect(missed.filter((at) => !view.has(at))).toEqual([]);
  });

  it("nor when the hole began before the days that a new owner reads anyway", async () => {
    const crash = new Error("died");
    let pages = Infinity;
    const bench = createIngestBench({
      paging: { recordsPerPage: 300, order: "newest_first" },
      change: () => ({
        checkpoint: (name) => {
          if (name === "poll.after_fetch" && --pages === 0) throw crash;
        },
      }),
    });
    const source = await settled(bench);
    bench.pass(5 * DAY);
    const missed = measured(bench, bench.now() - 5 * DAY, bench.now());
    pages = 2;
    await expect(bench.run(source, HOUR)).rejects.toBe(crash);
    await bench.run(source, HOUR, bench.another());
    const view = await bench.view();
    expect(missed.filter((at) => !view.has(at))).toEqual([]);
  });

  it("a delivery from further ahead hides no hole: what lies between is asked for", async () => {
    const bench = createIngestBench();
    const source = await settled(bench);
    bench.pass(5 * HOUR);
    const missed = measured(bench, bench.now() - 5 * HOUR, bench.now());
    expect(await deliver(bench, source, missed.slice(-1))).toEqual({ kind: "done" });
    await bench.run(source, 1);
    const view = await bench.view();
    expect(missed.filter((at) => !view.has(at))).toEqual([]);
  });

  it("nor does it hide one from whoever takes the source over", async () => {
    const bench = createIngestBench();
    const source = await settled(bench);
    bench.pass(5 * HOUR);
    const missed = measured(bench, bench.now() - 5 * HOUR, bench.now());
    await deliver(bench, source, missed.slice(-1));
    await bench.run(source, HOUR, bench.another());
    const view = await bench.view();
    expect(missed.filter((at) => !view.has(at))).toEqual([]);
  });

  it("a poll in pieces goes on where it failed", async () => {
    const bench = createIngestBench({ traits: { maxWindowSeconds: 6 * HOUR } });
    const source = await settled(bench);
    bench.pass(DAY);
    measured(bench, bench.now() - DAY, bench.now());
    const asked = bench.world.asked.length;
    bench.world.account(anna).troubles.push("none", "none", "away");
    await bench.run(source, 600);
    const windows = bench.world.asked.slice(asked);
    const failed = windows.find((window, i) => (windows[i + 1]?.from ?? Infinity) <= window.from);
    expect(failed).toBeDefined();
    expect(windows.slice(windows.indexOf(failed as never) + 1).every(({ from }) => from > (windows[0]?.from ?? 0) + 6 * HOUR)).toBe(true);
  });

  it("an upload that comes hours late, behind nothing newer, is found by the next poll", async () => {
    const bench = createIngestBench();
    const source = await settled(bench);
    await bench.run(source, 5 * HOUR);
    const late = measured(bench, bench.now() - 5 * HOUR, bench.now());
    await bench.run(source, 301);
    const view = await bench.view();
    expect(late.filter((at) => !view.has(at))).toEqual([]);
  });

  it("a source without any reading is asked from where it was connected on, however long the provider was away", async () => {
    const bench = createIngestBench({ capabilities: ["login", "poll"] });
    const { record } = await bench.connected();
    bench.world.account(anna).troubles.push(...new Array<"away">(400).fill("away"));
    const from = bench.now();
    bench.pass(3 * DAY);
    measured(bench, from, bench.now());
    await bench.run(record, HOUR);
    bench.world.account(anna).troubles.length = 0;
    await bench.run(record, HOUR);
    expect((await bench.view()).has(from)).toBe(true);
  });
});

describe("when it is asked", () => {
  it("at its slots, whoever owns it: a takeover asks nothing again", async () => {
    const bench = createIngestBench();
    const source = await settled(bench);
    const asked = bench.world.asked.length;
    for (let n = 0; n < 48; n++) {
      // Something new in every interval, so that the next owner sees in the store that the slot was served.
      measured(bench, bench.now(), bench.now());
      await bench.run(source, 75, bench.another());
    }
    expect(bench.world.asked.length - asked).toBeGreaterThanOrEqual(12);
    expect(bench.world.asked.length - asked).toBeLessThanOrEqual(13);
  });

  it("a slot that a delivery has come after is served without asking", async () => {
    const bench = createIngestBench();
    const source = await settled(bench);
    const asked = bench.world.asked.length;
    for (let n = 0; n < 12; n++) {
      bench.pass(300);
      const at = measured(bench, bench.now() - 1, bench.now(), 10);
      await deliver(bench, source, at, `delivery ${n}`);
      await bench.run(source, 1);
    }
    expect(bench.world.asked.length - asked).toBeLessThanOrEqual(1);
  });

  it("deliveries that come all the time put off no looking for late data", async () => {
    const bench = createIngestBench({ traits: { rePull: [{ everySeconds: HOUR, lookBackSeconds: 6 * HOUR }] } });
    const source = await settled(bench);
    const late = bench.now() - 2 * HOUR - 77;
    for (let n = 0; n < 30; n++) {
      bench.pass(300);
      if (n === 5) measured(bench, late, late);
      await deliver(bench, source, measured(bench, bench.now() - 1, bench.now(), 10), `delivery ${n}`);
      await bench.run(source, 1);
    }
    expect((await bench.view()).has(late as Instant)).toBe(true);
  });

  it("history being read puts off no live poll", async () => {
    const bench: IngestBench = createIngestBench({
      traits: { maxWindowSeconds: DAY },
      backfillSeconds: 60 * DAY,
      // Every answer takes a while, so that history is often under way when a slot comes.
      change: () => ({
        checkpoint: (name) => {
          if (name === "poll.after_fetch") bench.pass(100);
        },
      }),
    });
    measured(bench, bench.now() - 60 * DAY, bench.now(), 900);
    const { record } = await bench.connected();
    const before = bench.now();
    await bench.run(record, HOUR);
    const live = bench.world.asked.filter(({ to }) => to > before);
    expect(bench.world.asked.length).toBeGreaterThan(30);
    expect(live.length).toBeGreaterThanOrEqual(11);
    expect(live.length).toBeLessThanOrEqual(15);
  });

  it.each([
    ["an hour", -HOUR],
    ["a year", -365 * DAY],
  ])("a clock that falls back by %s stops no polling", async (_, seconds) => {
    const bench = createIngestBench();
    const source = await settled(bench);
    bench.jump(seconds);
    const asked = bench.world.asked.length;
    await bench.run(source, HOUR);
    expect(bench.world.asked.length - asked).toBeGreaterThanOrEqual(11);
    const another = bench.another();
    const again = bench.world.asked.length;
    await bench.run(source, HOUR, another);
    expect(bench.world.asked.length - again).toBeGreaterThanOrEqual(11);
  });

  it("a backoff begun before the clock fell back is no longer than it was", async () => {
    const bench = createIngestBench();
    const source = await settled(bench);
    bench.world.account(anna).troubles.push("away");
    await bench.run(source, 301);
    bench.jump(-30 * DAY);
    const asked = bench.world.asked.length;
    await bench.run(source, HOUR);
    expect(bench.world.asked.length - asked).toBeGreaterThanOrEqual(10);
  });

  it("somebody who asks for a poll gets one without waiting for the slot, but not before the provider's wait is over", async () => {
    const bench = createIngestBench({ pollIntervalSeconds: HOUR });
    const source = await settled(bench);
    const asked = bench.world.asked.length;
    expect((await bench.ingest.wantPoll(source, calm))._unsafeUnwrap()).toBe("wanted");
    await bench.run(source, 1);
    expect(bench.world.asked.length).toBe(asked + 1);
    bench.pass(61);
    bench.world.account(anna).troubles.push("rate_limited");
    await must(bench.ingest.wantPoll(source, calm));
    await bench.run(source, 1);
    await must(bench.ingest.wantPoll(source, calm));
    await bench.run(source, 25);
    expect(bench.world.asked.length).toBe(asked + 2);
    await bench.run(source, 60);
    expect(bench.world.asked.length).toBe(asked + 3);
  });

  it.each([
    ["where the source is tended", false],
    ["where it is tended as a favour and forgotten after each poll", true],
  ])("whoever asks again and again gets one a minute %s, and another at once only if that was not good", async (_, isForgotten) => {
    const bench = createIngestBench({ pollIntervalSeconds: HOUR });
    const source = await settled(bench);
    bench.pass(61);
    const asked = bench.world.asked.length;
    for (let second = 0; second < 10 * 60; second++) {
      const told = (await bench.ingest.wantPoll(source, calm))._unsafeUnwrap();
      expect(told).toBe(second % 60 === 0 ? "wanted" : "recent");
      if (bench.ingest.isPollOwed(source.sourceId)) await bench.ingest.tend(source, "live", calm);
      if (isForgotten) bench.ingest.forget(source.sourceId);
      bench.pass(1);
    }
    expect(bench.world.asked.length - asked).toBe(10);
    bench.pass(61);
    bench.world.account(anna).troubles.push("away");
    const failing = bench.world.asked.length;
    await must(bench.ingest.wantPoll(source, calm));
    await bench.run(source, 20);
    expect(bench.world.asked.length - failing).toBe(2);
  });

  it("who asks for one while another is under way gets one that sees what came meanwhile", async () => {
    let meanwhile: () => void = () => undefined;
    const bench: IngestBench = createIngestBench({
      change: () => ({ checkpoint: (name) => void (name === "poll.after_fetch" && meanwhile()) }),
    });
    const source = await settled(bench);
    await bench.run(source, 301);
    bench.pass(200);
    const answers: PromiseLike<unknown>[] = [];
    let shown: readonly Instant[] = [];
    meanwhile = () => {
      meanwhile = () => undefined;
      shown = measured(bench, bench.now(), bench.now());
      answers.push(bench.ingest.wantPoll(source, calm));
    };
    await must(bench.ingest.wantPoll(source, calm));
    await bench.ingest.tend(source, "live", calm);
    expect(await Promise.all(answers)).toEqual([ok("wanted")]);
    await bench.run(source, 1);
    expect([...(await bench.view()).keys()]).toEqual(expect.arrayContaining([...shown]));
    expect(shown).toHaveLength(1);
    expect(bench.ingest.isPollOwed(source.sourceId)).toBe(false);
  });
});
