import { ok } from "neverthrow";
import { describe, it } from "vitest";
import { among, type CaughtBy, expectCaught, expectEveryCaseFails, only } from "../../test/broken-promises.ts";
import type { DeliveryIds } from "../ports/delivery-ids.ts";
import { type DeliveryIdsUnderTest, deliveryIdsContract } from "./delivery-ids-contract.ts";
import { createManualTime, type ManualTime } from "./manual-time.ts";
import { createMemoryDeliveryIds } from "./memory-delivery-ids.ts";
import { calm } from "./samples.ts";

type Making = (time: ManualTime, notedAtMs: Map<string, number>) => DeliveryIds;

function underTest(making: Making): DeliveryIdsUnderTest {
  const time = createManualTime();
  const notedAtMs = new Map<string, number>();
  return {
    port: making(time, notedAtMs),
    restarted: async () => making(time, notedAtMs),
    passTime: async (ms) => time.pass(ms),
    close: async () => undefined,
  };
}

describe("delivery ids in memory", () => {
  for (const { id, run } of deliveryIdsContract(async () => underTest(createMemoryDeliveryIds))) it(id, run);
});

const altered =
  (alter: (ids: DeliveryIds) => Partial<DeliveryIds>): Making =>
  (time, notedAtMs) => {
    const ids = createMemoryDeliveryIds(time, notedAtMs);
    return { ...ids, ...alter(ids) };
  };

/** Each breaks one promise of a memory that otherwise keeps them all. */
const faults = {
  "knows nothing": altered(() => ({ isKnown: async () => ok(false) })),
  "knows everything": altered(() => ({ isKnown: async () => ok(true) })),
  "forgets with its process": (time) => createMemoryDeliveryIds(time),
  "never forgets": (_, notedAtMs) => createMemoryDeliveryIds({ nowMs: () => 0 }, notedAtMs),
  "forgets too soon": (time, notedAtMs) => createMemoryDeliveryIds({ nowMs: () => 2 * time.nowMs() }, notedAtMs),
  "counts the week from the first time": (time, notedAtMs) => {
    const ids = createMemoryDeliveryIds(time, notedAtMs);
    return {
      ...ids,
      note: (source, id, call) =>
        notedAtMs.has(`${source}/${id}`) ? ids.isKnown(source, id, call).then(() => ok()) : ids.note(source, id, call),
    };
  },
  "tells ids apart without their source": altered((ids) => {
    const one = "thesource001" as Parameters<DeliveryIds["note"]>[0];
    return { note: (_, id, call) => ids.note(one, id, call), isKnown: (_, id, call) => ids.isKnown(one, id, call) };
  }),
  "cuts ids": altered((ids) => ({
    note: (source, id, call) => ids.note(source, id.slice(0, 255), call),
    isKnown: (source, id, call) => ids.isKnown(source, id.slice(0, 255), call),
  })),
  "erases nothing": altered(() => ({ eraseSource: async () => ok() })),
  "erases everything": (time, notedAtMs) => ({
    ...createMemoryDeliveryIds(time, notedAtMs),
    eraseSource: async () => {
      notedAtMs.clear();
      return ok();
    },
  }),
  "ignores the signal": altered((ids) => ({ isKnown: (source, id) => ids.isKnown(source, id, calm) })),
} satisfies Readonly<Record<string, Making>>;

/** The case that names each of them. */
const caughtBy: Readonly<Record<keyof typeof faults, CaughtBy>> = {
  "knows nothing": among("what was noted is known, and nothing else"),
  "knows everything": among("what was noted is known, and nothing else"),
  "forgets with its process": only("it is known for a week, restarts included, and longer if it is noted again"),
  "never forgets": only("it is known for a week, restarts included, and longer if it is noted again"),
  "forgets too soon": only("it is known for a week, restarts included, and longer if it is noted again"),
  "counts the week from the first time": only("it is known for a week, restarts included, and longer if it is noted again"),
  "tells ids apart without their source": among("what was noted is known, and nothing else"),
  "cuts ids": only("what was noted is known, and nothing else"),
  "erases nothing": among("erasing a source forgets what was noted of it, and nothing else"),
  "erases everything": among("erasing a source forgets what was noted of it, and nothing else"),
  "ignores the signal": only("a cancelled call is answered by an error and changes nothing"),
};

describe("the contract of delivery ids", () => {
  for (const [fault, making] of Object.entries(faults)) {
    it(`catches one that ${fault}`, async () => {
      await expectCaught(
        deliveryIdsContract(async () => underTest(making)),
        caughtBy[fault as keyof typeof faults],
      );
    });
  }

  it("has no case that nothing fails", async () => {
    await expectEveryCaseFails(Object.values(faults).map((making) => deliveryIdsContract(async () => underTest(making))));
  });
});
