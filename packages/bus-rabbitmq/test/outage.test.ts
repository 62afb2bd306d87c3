import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, describe, expect, it } from "vitest";
import { asIfThere, findBroker } from "./broker.ts";
import { outOfOrder, PEOPLE_COUNT, startTellers, type Tellers } from "./tellers.ts";

const broker = await findBroker();
afterAll(() => broker?.end());

const HOUR = 3_600;
const DAY = 24 * HOUR;
/** How long connections break: a minute where `BG_INGEST_STORM_SECONDS=60` says so. */
const FLAP_SECONDS = Number(process.env["BG_INGEST_STORM_SECONDS"] ?? 4);

describe.skipIf(broker === null)("of what is to be told to a broker nothing is lost and little is repeated", { timeout: 600_000 }, () => {
  const { url } = asIfThere(broker);

  /** Everything that waits is told within a minute, in no more than half as many messages again as there are events. */
  async function expectDrained(tellers: Tellers, before: readonly string[]): Promise<void> {
    const backlog = (await tellers.stored()).length - new Set(before).size;
    const seconds = await tellers.drain();
    const all = await tellers.told();
    const there = new Set(all);
    process.stdout.write(`${JSON.stringify({ backlog, messages: all.length - before.length, seconds })}\n`);
    expect((await tellers.stored()).filter((id) => !there.has(id))).toEqual([]);
    expect(all.length - before.length).toBeLessThanOrEqual(1.5 * ((await tellers.stored()).length - new Set(before).size));
    expect(outOfOrder(all)).toEqual([]);
  }

  it("that is away for days, an owner that dies meanwhile included", async () => {
    const tellers = await startTellers(url);
    await tellers.live(2 * HOUR);
    expect(tellers.isWaiting()).toBe(false);
    const before = await tellers.told();
    tellers.proxy.refuse(true);
    tellers.proxy.drop();
    await tellers.live(2 * DAY);
    expect(tellers.isWaiting()).toBe(true);
    expect((await tellers.told()).length).toBe(before.length);
    expect((await tellers.stored()).length - before.length).toBeGreaterThan(90 * PEOPLE_COUNT);
    tellers.die();
    tellers.proxy.refuse(false);
    await expectDrained(tellers, before);
  });

  it("that takes everything and answers nothing, and does so again", async () => {
    const tellers = await startTellers(url);
    await tellers.live(2 * HOUR);
    for (const way of ["both", "answers"] as const) {
      const before = await tellers.told();
      tellers.proxy.swallow(way);
      await tellers.live(4 * HOUR);
      expect(tellers.isWaiting()).toBe(true);
      tellers.proxy.swallow("nothing");
      await expectDrained(tellers, before);
    }
  });

  it("whose connections break every second", async () => {
    const tellers = await startTellers(url);
    await tellers.live(2 * HOUR);
    const before = await tellers.told();
    let isOver = false;
    const flapping = (async () => {
      for (let n = 0; n < FLAP_SECONDS; n++) {
        await sleep(1_000);
        tellers.proxy.drop();
      }
      isOver = true;
    })();
    // As many simulated days as there is room for in the world, spread over the time given.
    for (const begunMs = Date.now(); !isOver; ) {
      await tellers.live(HOUR / 2);
      const lived = (await tellers.stored()).length / PEOPLE_COUNT;
      const isEarly = lived > ((Date.now() - begunMs) / (FLAP_SECONDS * 1_000)) * 200;
      if (isEarly) await sleep(50);
    }
    await flapping;
    expect(tellers.proxy.passed).toBeGreaterThanOrEqual(2);
    await expectDrained(tellers, before);
  });
});
