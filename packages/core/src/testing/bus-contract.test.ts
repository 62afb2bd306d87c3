import { setTimeout as sleep } from "node:timers/promises";
import { err, ok } from "neverthrow";
import { describe, it } from "vitest";
import { among, type CaughtBy, expectCaught, expectEveryCaseFails } from "../../test/broken-promises.ts";
import type { BgEvent } from "../event/event.ts";
import type { EventBus } from "../ports/event-bus.ts";
import { type BusUnderTest, busContract } from "./bus-contract.ts";
import { type BusMode, createMemoryEventBus, type MemoryEventBus } from "./memory-event-bus.ts";

type Making = (bus: MemoryEventBus) => EventBus;

function underTest(making: Making, patienceMs: number, trouble: BusMode = "away"): BusUnderTest {
  const bus = createMemoryEventBus();
  return {
    port: making(bus),
    heard: async () => {
      await sleep(0);
      return bus.taken;
    },
    hinder: async () => {
      bus.mode = trouble;
    },
    mend: async () => {
      bus.mode = "there";
    },
    patience: () => sleep(patienceMs, undefined, { ref: false }),
    close: async () => undefined,
  };
}

describe.each(["away", "halfway", "mute"] as const)("the bus in memory, in trouble as %s", (trouble) => {
  for (const { id, run } of busContract(async () => underTest((bus) => bus, 10_000, trouble))) it(id, run);
});

const altered =
  (alter: (events: readonly BgEvent[]) => readonly BgEvent[]): Making =>
  (bus) => ({ publish: (events, call) => bus.publish(alter(events), call) });

/** Each breaks one promise of a bus that otherwise keeps them all. */
const faults = {
  "publishes nothing": () => ({ publish: async () => ok(undefined) }),
  "drops the last event of a batch": altered((events) => (events.length > 1 ? events.slice(0, -1) : events)),
  "drops what is large": altered((events) => events.filter((event) => JSON.stringify(event).length < 65_536)),
  "takes events of one type only": altered((events) => events.filter(({ type }) => type === "bg.readings.recorded.v1")),
  "turns a batch round": altered((events) => events.toReversed()),
  "lets a later event overtake": altered((events) => [...events.slice(8), ...events.slice(0, 8)]),
  "keeps the order of the whole by id alone": altered((events) => events.toSorted((a, b) => (a.id < b.id ? -1 : 1))),
  "publishes an event twice": altered((events) => events.flatMap((event) => [event, event])),
  "forgets what stands in an event": altered((events) => events.map((event) => ({ ...event, time: "2026-01-01T00:00:00Z" }))),
  "publishes an id only once": (bus) => {
    const known = new Set<string>();
    return {
      publish: (events, call) => {
        const fresh = events.filter(({ id }) => !known.has(id));
        for (const { id } of events) known.add(id);
        return bus.publish(fresh, call);
      },
    };
  },
  "takes a failed event for published": (bus) => {
    const tried = new Set<string>();
    return {
      publish: async (events, call) => {
        const left = events.filter(({ id }) => !tried.has(id) || events.length === 1);
        for (const { id } of left) tried.add(id);
        return bus.publish(left, call);
      },
    };
  },
  "answers before it has them": (bus) => ({
    publish: async (events, call) => {
      if (call.signal.aborted) return bus.publish(events, call);
      setTimeout(() => void bus.publish(events, call), 20);
      return ok(undefined);
    },
  }),
  "swallows its errors": (bus) => ({
    publish: async (events, call) => {
      const answer = await bus.publish(events, call);
      return call.signal.aborted ? answer : ok(undefined);
    },
  }),
  "keeps what failed for later, and sends it after what came since": (bus) => {
    const kept: BgEvent[] = [];
    return {
      publish: async (events, call) => {
        const answer = await bus.publish([...events.toReversed(), ...kept], call);
        if (answer.isErr()) kept.push(...events);
        else kept.length = 0;
        return answer;
      },
    };
  },
  "never recovers": (bus) => {
    let failed = false;
    return {
      publish: async (events, call) => {
        if (failed) return err({ kind: "retry", message: "gone" });
        const answer = await bus.publish(events, call);
        failed = answer.isErr();
        return answer;
      },
    };
  },
  "rejects instead of answering": (bus) => ({
    publish: async (events, call) => {
      const answer = await bus.publish(events, call);
      if (answer.isErr()) throw new Error("away");
      return answer;
    },
  }),
  "never answers while it is in trouble": (bus) => ({
    publish: async (events, call) => {
      const answer = await bus.publish(events, call);
      return answer.isErr() && !call.signal.aborted ? new Promise(() => undefined) : answer;
    },
  }),
  "says nothing of what happened": (bus) => ({
    publish: async (events, call) => (await bus.publish(events, call)).mapErr(() => ({ kind: "retry", message: "" })),
  }),
  "ignores the signal": (bus) => ({ publish: (events) => bus.publish(events, { signal: new AbortController().signal }) }),
  "publishes what it answered with an error": (bus) => ({
    publish: async (events, call) => {
      const answer = await bus.publish(events, { signal: new AbortController().signal });
      return call.signal.aborted ? err({ kind: "retry", message: "cancelled" }) : answer;
    },
  }),
  "takes nothing for a mistake": (bus) => ({
    publish: async (events, call) => (events.length === 0 ? err({ kind: "stop", message: "a mistake" }) : bus.publish(events, call)),
  }),
} satisfies Readonly<Record<string, Making>>;

/** The case that names each of them. */
const caughtBy: Readonly<Record<keyof typeof faults, CaughtBy>> = {
  "publishes nothing": among("when it answers, every event of the batch is there"),
  "drops the last event of a batch": among("when it answers, every event of the batch is there"),
  "drops what is large": among("an event is heard as it was published"),
  "takes events of one type only": among("an event is heard as it was published"),
  "turns a batch round": among("events of one subject come in the order given, however many"),
  "lets a later event overtake": among("events of one subject come in the order given, however many"),
  "keeps the order of the whole by id alone": among("events of one subject come in the order given, however many"),
  "publishes an event twice": among("when it answers, every event of the batch is there"),
  "forgets what stands in an event": among("an event is heard as it was published"),
  "publishes an id only once": among("what is published again is heard again"),
  "takes a failed event for published": among("a bus that cannot take events answers an error, and takes all of them when it is mended"),
  "answers before it has them": among("when it answers, every event of the batch is there"),
  "swallows its errors": among("a bus that cannot take events answers an error, and takes all of them when it is mended"),
  "keeps what failed for later, and sends it after what came since": among(
    "a later event never comes for the first time before an earlier one of its subject that failed",
  ),
  "never recovers": among("a bus that cannot take events answers an error, and takes all of them when it is mended"),
  "rejects instead of answering": among("a bus that cannot take events answers an error, and takes all of them when it is mended"),
  "never answers while it is in trouble": among("a bus that cannot take events answers an error, and takes all of them when it is mended"),
  "says nothing of what happened": among("a bus that cannot take events answers an error, and takes all of them when it is mended"),
  "ignores the signal": among("a cancelled call is answered by an error, and nothing goes out"),
  "publishes what it answered with an error": among("a cancelled call is answered by an error, and nothing goes out"),
  "takes nothing for a mistake": among("a batch of nothing is published"),
};

describe("the bus contract", () => {
  for (const [fault, making] of Object.entries(faults)) {
    it(`catches a bus that ${fault}`, async () => {
      await expectCaught(
        busContract(async () => underTest(making, 200)),
        caughtBy[fault as keyof typeof faults],
      );
    });
  }

  it("has no case that nothing fails", async () => {
    await expectEveryCaseFails(Object.values(faults).map((making) => busContract(async () => underTest(making, 200))));
  });
});
