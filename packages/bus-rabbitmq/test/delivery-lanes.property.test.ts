import { setTimeout as sleep } from "node:timers/promises";
import type { Delivery, Verdict } from "@bg-ingest/core";
import { createManualTime } from "@bg-ingest/core/testing";
import fc from "fast-check";
import { expect, it } from "vitest";
import { createDeliveryLanes } from "../src/delivery-lanes.ts";
import { createRecentVerdicts } from "../src/recent-verdicts.ts";
import { deliveryOf, sourceOf } from "./samples.ts";

const HOLD_MS = 1_000;
const LANE_BYTES = 10_000;

/** A queue that hands out everything anew, in order, when a stretch of its consumption has ended; some acknowledgements get lost with that. */
function createWorld(parallel: number) {
  const time = createManualTime();
  const standing: Delivery[] = [];
  const working = new Map<Delivery, (verdict: Verdict) => void>();
  const handedOut: Delivery[] = [];
  const done = new Set<string>();
  const faults: string[] = [];
  let unheard: Delivery[] = [];
  let stretch = {};
  const postponed: Delivery[] = [];
  const lanes = createDeliveryLanes({
    work: (delivery) => {
      if ([...working.keys()].some(({ sourceId }) => sourceId === delivery.sourceId)) faults.push(`two of ${delivery.sourceId} at once`);
      if (done.has(nameOf(delivery))) faults.push(`${nameOf(delivery)} again after it was done`);
      if (working.size >= parallel) faults.push("too many at once");
      handedOut.push(delivery);
      return new Promise((resolve) => working.set(delivery, resolve));
    },
    setApart: async () => true,
    postpone: async (delivery) => {
      postponed.push(delivery);
      return true;
    },
    onBug: () => faults.push("a bug"),
    recent: createRecentVerdicts(),
    time,
    signal: new AbortController().signal,
    parallel,
    mostBytesInLane: LANE_BYTES,
  });
  const bring = (delivery: Delivery, from: object): void =>
    lanes.arrive({
      delivery,
      from,
      settle: () => {
        if (from !== stretch) return;
        standing.splice(standing.indexOf(delivery), 1);
        unheard.push(delivery);
      },
    });
  return {
    lanes,
    standing,
    working,
    handedOut,
    faults,
    postponed,
    pass: () => time.pass(HOLD_MS),
    send(delivery: Delivery) {
      standing.push(delivery);
      bring(delivery, stretch);
    },
    judge(pick: number, verdict: Verdict) {
      const [delivery, resolve] = [...working][pick % Math.max(1, working.size)] ?? [];
      if (delivery === undefined || resolve === undefined) return;
      working.delete(delivery);
      if (verdict.kind !== "hold") done.add(nameOf(delivery));
      resolve(verdict);
    },
    heard: () => {
      unheard = [];
    },
    breakOff() {
      lanes.lose(stretch);
      stretch = {};
      standing.unshift(...unheard.toSorted((a, b) => Number(a.id) - Number(b.id)));
      standing.sort((a, b) => Number(a.id) - Number(b.id));
      unheard = [];
      for (const delivery of [...standing]) bring(delivery, stretch);
    },
  };
}

const nameOf = ({ sourceId, id }: Delivery): string => `${sourceId}/${id}`;

const steps = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind: fc.constant("send" as const), source: fc.nat(4) }) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant("done" as const), pick: fc.nat(9) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("set_apart" as const), pick: fc.nat(9) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("hold" as const), pick: fc.nat(9) }) },
    { weight: 1, arbitrary: fc.constant({ kind: "pass" as const }) },
    { weight: 1, arbitrary: fc.constant({ kind: "heard" as const }) },
    { weight: 2, arbitrary: fc.constant({ kind: "break" as const }) },
    { weight: 3, arbitrary: fc.constant({ kind: "turn" as const }) },
  ),
  { maxLength: 80 },
);

it("each source is served in order, one at a time, and nothing that was done again, however often the connection breaks", async () => {
  await fc.assert(
    fc.asyncProperty(steps, fc.integer({ min: 1, max: 4 }), async (all, parallel) => {
      const world = createWorld(parallel);
      let count = 0;
      for (const step of all) {
        switch (step.kind) {
          case "send":
            world.send(deliveryOf(String(count++), step.source));
            break;
          case "done":
            world.judge(step.pick, { kind: "done" });
            break;
          case "set_apart":
            world.judge(step.pick, { kind: "set_apart", reason: "odd", body: "kept" });
            break;
          case "hold":
            world.judge(step.pick, { kind: "hold", waitMs: HOLD_MS });
            break;
          case "pass":
            world.pass();
            break;
          case "heard":
            world.heard();
            break;
          case "break":
            world.breakOff();
            break;
          case "turn":
            await sleep(0);
        }
      }
      for (let turn = 0; (world.standing.length > 0 || world.working.size > 0) && turn < 400; turn++) {
        world.judge(0, { kind: "done" });
        world.pass();
        await sleep(0);
      }
      expect(world.faults).toEqual([]);
      expect(world.standing).toEqual([]);
      expect(world.lanes.size()).toBe(0);
      for (const events of Map.groupBy(world.handedOut, ({ sourceId }) => sourceId).values()) {
        const firsts = [...new Set(events.map(({ id }) => Number(id)))];
        expect(firsts).toEqual(firsts.toSorted((a, b) => a - b));
      }
    }),
  );
});

it("a held source keeps a hundred in hand and postpones what is beyond; one that is worked on postpones nothing", async () => {
  const world = createWorld(4);
  for (let n = 0; n < 150; n++) world.send(deliveryOf(String(n), 1));
  await sleep(0);
  expect(world.postponed).toEqual([]);
  world.judge(0, { kind: "hold", waitMs: HOLD_MS });
  await sleep(1);
  expect(world.postponed.map(({ id }) => Number(id))).toEqual(Array.from({ length: 50 }, (_, n) => 100 + n));
  world.send(deliveryOf("150", 1));
  world.send(deliveryOf("0", 2));
  await sleep(1);
  expect([world.postponed.length, world.lanes.size()]).toEqual([51, 101]);
  world.lanes.drop(sourceOf(1));
  expect(world.lanes.size()).toBe(1);
});

it("a held source keeps no more bytes in hand than its share, or one delivery that is larger, and postpones what is beyond", async () => {
  const sizes = fc.array(fc.integer({ min: 0, max: 2 * LANE_BYTES }), { minLength: 1, maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(sizes, sizes, async (before, after) => {
      const world = createWorld(4);
      const send = (bytes: number, n: number) => world.send({ ...deliveryOf(String(n), 1), body: new Uint8Array(bytes) });
      before.forEach(send);
      await sleep(0);
      world.judge(0, { kind: "hold", waitMs: HOLD_MS });
      await sleep(0);
      after.forEach((bytes, n) => void send(bytes, before.length + n));
      await sleep(1);
      const kept = world.standing.filter((delivery) => !world.postponed.includes(delivery));
      expect(kept).toHaveLength(world.lanes.size());
      expect(kept.length).toBeGreaterThan(0);
      const bytes = kept.reduce((sum, { body }) => sum + body.byteLength, 0);
      expect(kept.length === 1 || bytes <= LANE_BYTES, `${kept.length} of ${bytes} bytes`).toBe(true);
    }),
  );
});
