import { setTimeout as sleep } from "node:timers/promises";
import { err } from "neverthrow";
import { describe, it } from "vitest";
import { among, type CaughtBy, expectCaught, expectEveryCaseFails } from "../../test/broken-promises.ts";
import type { Delivery, Verdict, WorkQueue } from "../ports/work-queue.ts";
import { createManualTime, type ManualTime } from "./manual-time.ts";
import { createMemoryQueueShelf, createMemoryWorkQueue, type MemoryQueueShelf } from "./memory-work-queue.ts";
import type { QueueUnderTest } from "./queue/queue-under-test.ts";
import { workQueueContract } from "./queue-contract.ts";

type Making = (time: ManualTime, shelf: MemoryQueueShelf) => WorkQueue;

function underTest(making: Making, patienceMs: number): QueueUnderTest {
  const time = createManualTime();
  const shelf = createMemoryQueueShelf();
  return {
    port: making(time, shelf),
    restarted: async () => making(time, shelf),
    close: async () => undefined,
    nowMs: time.nowMs,
    passTime: async (ms) => {
      time.pass(ms);
      await sleep(0);
    },
    setApart: async () =>
      shelf.setApart.map(({ delivery: { sourceId, id, signedAt, body }, reason }) => ({ sourceId, id, signedAt, reason, body })),
    patience: () => sleep(patienceMs, undefined, { ref: false }),
  };
}

describe("the work queue in memory", () => {
  for (const { id, run } of workQueueContract(async () => underTest(createMemoryWorkQueue, 10_000))) it(id, run);
});

const altered =
  (alter: (queue: WorkQueue, time: ManualTime) => WorkQueue): Making =>
  (time, shelf) =>
    alter(createMemoryWorkQueue(time, shelf), time);

/** Makes of each verdict another. */
const judging = (alter: (verdict: Verdict) => Verdict): Making =>
  altered((queue) => ({ ...queue, consume: (work) => queue.consume(async (delivery, call) => alter(await work(delivery, call))) }));

/** Each breaks one promise of a queue that otherwise keeps them all. */
const faults = {
  "forgets what waits": (time) => createMemoryWorkQueue(time),
  "forgets which ids it knows": (time, shelf) => {
    shelf.knownSinceMs.clear();
    return createMemoryWorkQueue(time, shelf);
  },
  "takes every repeat": altered((queue) => {
    let count = 0;
    return {
      ...queue,
      enqueue: (delivery, call) => queue.enqueue({ ...delivery, id: `${delivery.id}#${count++}` }, call),
    };
  }),
  "tells ids apart without their source": altered((queue) => {
    const seen = new Set<string>();
    return {
      ...queue,
      enqueue: async (delivery, call) => {
        const answer = await queue.enqueue(delivery, call);
        const repeated = seen.has(delivery.id);
        seen.add(delivery.id);
        return answer.map((kind) => (repeated ? "known" : kind));
      },
    };
  }),
  "hands out whatever arrives at once": altered((queue) => lanes(queue, ({ sourceId, id }) => `${sourceId}${id}`)),
  "works on one delivery at a time, the held one included": altered((queue) => lanes(queue, () => "one lane")),
  "gives up a held delivery": altered((queue) => ({
    ...queue,
    consume: (work) =>
      queue.consume(async (delivery, call) => {
        const verdict = await work(delivery, call);
        return verdict.kind === "hold" ? { kind: "done" } : verdict;
      }),
  })),
  "does not wait with a held delivery": altered((queue) => ({
    ...queue,
    consume: (work) =>
      queue.consume(async (delivery, call) => {
        const verdict = await work(delivery, call);
        return verdict.kind === "hold" ? { kind: "hold", waitMs: verdict.waitMs / 4 } : verdict;
      }),
  })),
  "takes nothing between two milliseconds": altered((queue, time) => ({
    ...queue,
    enqueue: async (delivery, call) =>
      Number.isInteger(time.nowMs()) ? queue.enqueue(delivery, call) : err({ kind: "stop", message: "no whole number" }),
  })),
  "does not wait for fractions of a millisecond": judging((verdict) =>
    verdict.kind === "hold" && !Number.isInteger(verdict.waitMs) ? { kind: "hold", waitMs: 0 } : verdict,
  ),
  "throws away what is set apart": altered((queue) => ({
    ...queue,
    consume: (work) =>
      queue.consume(async (delivery, call) => {
        const verdict = await work(delivery, call);
        return verdict.kind === "set_apart" ? { kind: "done" } : verdict;
      }),
  })),
  "keeps a body that is to be deleted": judging((verdict) => (verdict.kind === "set_apart" ? { ...verdict, body: "kept" } : verdict)),
  "deletes a body that is to be kept": judging((verdict) => (verdict.kind === "set_apart" ? { ...verdict, body: "deleted" } : verdict)),
  "forgets why something is set apart": judging((verdict) => (verdict.kind === "set_apart" ? { ...verdict, reason: "" } : verdict)),
  "hands out what is set apart again": altered((queue) => ({
    ...queue,
    consume: (work) =>
      queue.consume(async (delivery, call) => {
        const verdict = await work(delivery, call);
        return verdict.kind === "set_apart" ? { kind: "hold", waitMs: 1 } : verdict;
      }),
  })),
  "stops without waiting": altered((queue) => ({
    ...queue,
    consume: (work) => {
      const consumption = queue.consume(work);
      return {
        stop: async () => {
          void consumption.stop();
        },
      };
    },
  })),
  "does not stop": altered((queue) => ({
    ...queue,
    consume: (work) => {
      queue.consume(work);
      return { stop: async () => undefined };
    },
  })),
  "never finishes stopping": altered((queue) => ({
    ...queue,
    consume: (work) => ({ ...queue.consume(work), stop: () => new Promise(() => undefined) }),
  })),
  "erases nothing": altered((queue) => ({
    ...queue,
    eraseSource: async (source, call) => {
      const unknown = `${source}x` as typeof source;
      return queue.eraseSource(unknown, call);
    },
  })),
  "cuts a body": altered((queue) => ({
    ...queue,
    enqueue: (delivery, call) => queue.enqueue({ ...delivery, body: delivery.body.slice(0, 65_536) }, call),
  })),
  "ignores the signal": altered((queue) => {
    const calm = { signal: new AbortController().signal };
    return { ...queue, enqueue: (delivery) => queue.enqueue(delivery, calm), depth: () => queue.depth(calm) };
  }),
  "keeps what it answered with an error": altered((queue) => ({
    ...queue,
    enqueue: async (delivery, call) => {
      const answer = await queue.enqueue(delivery, { signal: new AbortController().signal });
      return call.signal.aborted ? err({ kind: "retry", message: "" }) : answer;
    },
  })),
} satisfies Readonly<Record<string, Making>>;

/** The case that names each of them. */
const caughtBy: Readonly<Record<keyof typeof faults, CaughtBy>> = {
  "forgets what waits": among("a delivery that was answered outlives the process"),
  "forgets which ids it knows": among("a repeat is known for a week, restarts included"),
  "takes every repeat": among("a repeat changes nothing"),
  "tells ids apart without their source": among("ids are told apart by their source"),
  "hands out whatever arrives at once": among("deliveries of one source come one after another, in the order of arrival"),
  "works on one delivery at a time, the held one included": among("one that is held delays no other source"),
  "gives up a held delivery": among("what is held comes again after the wait, before what arrived later"),
  "does not wait with a held delivery": among("what is held comes again after the wait, before what arrived later"),
  "takes nothing between two milliseconds": among("fractions of a millisecond are time like any other"),
  "does not wait for fractions of a millisecond": among("fractions of a millisecond are time like any other"),
  "throws away what is set apart": among("what is set apart is kept, counted and not handed out again"),
  "keeps a body that is to be deleted": among(
    "what is set apart shows whose it is, when it was signed and why; its body where that is kept, and no byte of one that is deleted",
  ),
  "deletes a body that is to be kept": among(
    "what is set apart shows whose it is, when it was signed and why; its body where that is kept, and no byte of one that is deleted",
  ),
  "forgets why something is set apart": among(
    "what is set apart shows whose it is, when it was signed and why; its body where that is kept, and no byte of one that is deleted",
  ),
  "hands out what is set apart again": among("what is set apart is kept, counted and not handed out again"),
  "stops without waiting": among("stop resolves once the verdict is on record, and hands out nothing more"),
  "does not stop": among("stop resolves once the verdict is on record, and hands out nothing more"),
  "never finishes stopping": among("stopping an idle queue, or stopping twice, resolves"),
  "erases nothing": among("erasing a source takes what waits and what was set apart, and nothing else"),
  "cuts a body": among("a delivery is handed out as it came"),
  "ignores the signal": among("a cancelled call is answered by an error and changes nothing"),
  "keeps what it answered with an error": among("a cancelled call is answered by an error and changes nothing"),
};

describe("the work queue contract", () => {
  for (const [fault, making] of Object.entries(faults)) {
    it(`catches a queue that ${fault}`, async () => {
      await expectCaught(
        workQueueContract(async () => underTest(making, 200)),
        caughtBy[fault as keyof typeof faults],
      );
    });
  }

  it("has no case that nothing fails", async () => {
    await expectEveryCaseFails(Object.values(faults).map((making) => workQueueContract(async () => underTest(making, 200))));
  });
});

/** Hands out by other lanes than sources: the queue below sees each lane as a source. */
function lanes(queue: WorkQueue, laneOf: (delivery: Delivery) => string): WorkQueue {
  const originals = new Map<string, Delivery>();
  return {
    ...queue,
    enqueue: (delivery, call) => {
      const id = `${delivery.sourceId}/${delivery.id}`;
      if (!originals.has(id)) originals.set(id, structuredClone(delivery));
      return queue.enqueue({ ...delivery, id, sourceId: laneOf(delivery) as Delivery["sourceId"] }, call);
    },
    consume: (work) => queue.consume((delivery, call) => work(originals.get(delivery.id) ?? delivery, call)),
  };
}
