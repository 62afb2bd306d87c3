import fc from "fast-check";
import { expect, it } from "vitest";
import { createDueHeap } from "./due-heap.ts";

const step = fc.oneof(
  fc.record({
    kind: fc.constant("put" as const),
    key: fc.integer({ min: 0, max: 20 }).map(String),
    atMs: fc.integer({ min: 0, max: 100 }),
  }),
  fc.record({ kind: fc.constant("remove" as const), key: fc.integer({ min: 0, max: 20 }).map(String) }),
  fc.record({ kind: fc.constant("take" as const), nowMs: fc.integer({ min: 0, max: 110 }) }),
);

it("gives out what is due, the earliest first, each key once", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const heap = createDueHeap<string>();
      const model = new Map<string, number>();
      for (const each of steps) {
        if (each.kind === "put") {
          heap.put(each.key, each.atMs, each.key);
          model.set(each.key, each.atMs);
        } else if (each.kind === "remove") {
          heap.remove(each.key);
          model.delete(each.key);
        } else {
          const earliest = model.size === 0 ? undefined : Math.min(...model.values());
          const taken = heap.takeDue(each.nowMs);
          if (earliest === undefined || earliest > each.nowMs) expect(taken).toBeUndefined();
          else {
            expect(taken && model.get(taken)).toBe(earliest);
            model.delete(taken as string);
          }
        }
        expect(heap.size).toBe(model.size);
        expect(heap.nextAtMs()).toBe(model.size === 0 ? undefined : Math.min(...model.values()));
      }
    }),
  );
});
