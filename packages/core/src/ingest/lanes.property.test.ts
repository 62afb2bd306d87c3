import fc from "fast-check";
import { expect, it } from "vitest";
import { createLanes } from "./lanes.ts";

it("one thing at a time happens to each source, in the order asked, whatever fails", async () => {
  const works = fc.array(fc.record({ key: fc.constantFrom("a", "b", "c"), turns: fc.nat(5), fails: fc.boolean() }), { maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(works, async (asked) => {
      const lanes = createLanes();
      const began = new Map<string, number[]>();
      const running = new Map<string, number>();
      const ends = asked.map(({ key, turns, fails }, n) =>
        lanes.run(key, async () => {
          running.set(key, (running.get(key) ?? 0) + 1);
          expect(running.get(key)).toBe(1);
          began.set(key, [...(began.get(key) ?? []), n]);
          for (let i = 0; i < turns; i++) await null;
          running.set(key, 0);
          if (fails) throw new Error(String(n));
          return n;
        }),
      );
      const settled = await Promise.allSettled(ends);
      for (const [n, { fails }] of asked.entries()) expect(settled[n]?.status).toBe(fails ? "rejected" : "fulfilled");
      for (const order of began.values()) expect(order).toEqual(order.toSorted((a, b) => a - b));
      expect([...began.values()].flat()).toHaveLength(asked.length);
    }),
  );
});

it("a source that hangs holds up no other", async () => {
  const lanes = createLanes();
  void lanes.run("hangs", () => new Promise(() => undefined));
  await expect(lanes.run("other", async () => "done")).resolves.toBe("done");
});

it("what happens to several sources at once happens alone to each of them, and nobody waits for each other for ever", async () => {
  const works = fc.array(fc.array(fc.constantFrom("a", "b", "c"), { minLength: 1, maxLength: 4 }), { maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(works, async (asked) => {
      const lanes = createLanes();
      const busy = new Set<string>();
      const ends = asked.map((keys, n) =>
        lanes.runInAll(keys, async () => {
          const own = new Set(keys);
          for (const key of own) {
            expect(busy.has(key)).toBe(false);
            busy.add(key);
          }
          await null;
          for (const key of own) busy.delete(key);
          return n;
        }),
      );
      expect(await Promise.all(ends)).toEqual(asked.map((_, n) => n));
    }),
  );
});
