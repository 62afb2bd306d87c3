import { setTimeout as sleep } from "node:timers/promises";
import type { BgEvent, Call } from "@bg-ingest/core";
import { busContract } from "@bg-ingest/core/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createInProcessBus } from "./in-process-bus.ts";

const calm: Call = { signal: new AbortController().signal };

const eventOf = (id: string) => ({ id }) as BgEvent;

/** Trouble is a listener that throws; what another one hears is what was told. */
function underTest() {
  const bus = createInProcessBus();
  const heard: BgEvent[] = [];
  bus.subscribe((event) => void heard.push(event));
  let stop = (): void => undefined;
  return {
    port: bus,
    heard: async () => heard,
    hinder: async () => {
      stop = bus.subscribe(() => {
        throw new Error("a listener's bug");
      });
    },
    mend: async () => stop(),
    patience: () => sleep(10_000, undefined, { ref: false }),
    close: async () => undefined,
  };
}

describe("the bus of one process keeps the promises of an event bus", () => {
  for (const { id, run } of busContract(async () => underTest())) it(id, run);
});

const batches = fc.uniqueArray(fc.string(), { minLength: 1, maxLength: 20 });

it("tells every listener every event in order before it answers", async () => {
  await fc.assert(
    fc.asyncProperty(batches, async (ids) => {
      const bus = createInProcessBus();
      const heard: string[][] = [[], []];
      for (const each of heard) bus.subscribe(({ id }) => void each.push(id));
      expect((await bus.publish(ids.map(eventOf), calm)).isOk()).toBe(true);
      expect(heard).toEqual([ids, ids]);
    }),
  );
});

it("asks for the whole batch again while a listener throws, and keeps nobody else from hearing it", async () => {
  await fc.assert(
    fc.asyncProperty(batches, fc.nat(), fc.boolean(), async (ids, at, isFirst) => {
      const bus = createInProcessBus();
      const faulty: string[] = [];
      const sound: string[] = [];
      let isBroken = true;
      const throwing = ({ id }: BgEvent) => {
        if (isBroken && id === ids[at % ids.length]) throw new Error("glucose was 287");
        faulty.push(id);
      };
      const listeners = [throwing, ({ id }: BgEvent) => void sound.push(id)];
      for (const listener of isFirst ? listeners : listeners.toReversed()) bus.subscribe(listener);

      const failed = await bus.publish(ids.map(eventOf), calm);
      expect(failed._unsafeUnwrapErr()).toMatchObject({ kind: "retry", cause: expect.any(Error) });
      expect(failed._unsafeUnwrapErr().message).not.toContain("287");
      expect(faulty).toEqual(ids.slice(0, at % ids.length));
      expect(sound).toEqual(ids);

      isBroken = false;
      expect((await bus.publish(ids.map(eventOf), calm)).isOk()).toBe(true);
      expect(faulty.slice(at % ids.length)).toEqual(ids);
    }),
  );
});

it("tells nothing to those who stopped listening", async () => {
  const bus = createInProcessBus();
  const heard: string[] = [];
  const stop = bus.subscribe(({ id }) => void heard.push(id));
  (await bus.publish([eventOf("a")], calm))._unsafeUnwrap();
  stop();
  (await bus.publish([eventOf("b")], calm))._unsafeUnwrap();
  expect(heard).toEqual(["a"]);
});
