import { setTimeout as sleep } from "node:timers/promises";
import { err, ok } from "neverthrow";
import { describe, expect, it } from "vitest";
import { brokenPromises } from "../../test/broken-promises.ts";
import type { BgEvent } from "../event/event.ts";
import type { EventBus } from "../ports/event-bus.ts";
import { type BusUnderTest, busContract } from "./bus-contract.ts";
import { type BusMode, createMemoryEventBus, type MemoryEventBus } from "./memory-event-bus.ts";

type Making = (bus: MemoryEventBus) => EventBus;

function underTest(making: Making, trouble: BusMode = "away"): BusUnderTest {
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
    patience: () => sleep(200, undefined, { ref: false }),
    close: async () => undefined,
  };
}

describe.each(["away", "halfway", "mute"] as const)("the bus in memory, in trouble as %s", (trouble) => {
  for (const { id, run } of busContract(async () => underTest((bus) => bus, trouble))) it(id, run);
});

const altered =
  (alter: (events: readonly BgEvent[]) => readonly BgEvent[]): Making =>
  (bus) => ({ publish: (events, call) => bus.publish(alter(events), call) });

/** Each breaks one promise of a bus that otherwise keeps them all. */
const faults: Readonly<Record<string, Making>> = {
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
};

describe("the bus contract", () => {
  for (const [fault, making] of Object.entries(faults)) {
    it(`catches a bus that ${fault}`, async () => {
      expect(await brokenPromises(busContract(async () => underTest(making)))).not.toEqual([]);
    });
  }
});
