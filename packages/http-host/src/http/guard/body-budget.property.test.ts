import fc from "fast-check";
import { expect, it } from "vitest";
import { createBodyBudget, type HeldBody } from "./body-budget.ts";
import type { CallerUse } from "./callers.ts";

const OF_CALLER = 16_000;
const OF_ALL = 40_000;

const newUse = (): CallerUse => ({ requests: 0, connections: 0, untakenBytes: 0, bodyBytes: 0, left: 0, filledAtMs: 0 });
const steps = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ caller: fc.nat(5), body: fc.nat(9), bytes: fc.integer({ min: 1, max: 6_000 }) }) },
    fc.record({ caller: fc.nat(5), body: fc.nat(9), bytes: fc.constant(null) }),
  ),
  { maxLength: 200 },
);

it("whoever sends whatever, no more is in hand than may be, whoever takes leaves room, and what was answered is forgotten", () => {
  fc.assert(
    fc.property(steps, (all) => {
      const budget = createBodyBudget({ ofCaller: OF_CALLER, ofAll: OF_ALL });
      const callers = Array.from({ length: 6 }, newUse);
      const open = new Map<string, { readonly held: HeldBody; bytes: number }>();
      for (const { caller, body, bytes } of all) {
        const key = `${caller} ${body}`;
        const begun = open.get(key) ?? { held: budget.hold(callers[caller] as CallerUse), bytes: 0 };
        open.set(key, begun);
        if (bytes === null) {
          begun.held.giveBack();
          open.delete(key);
          expect(begun.held.take(OF_ALL)).toBeNull();
        } else if (begun.held.take(bytes) === null) {
          begun.bytes += bytes;
          const next = budget.hold(newUse());
          expect(next.take(Math.max(0, Math.floor((callers[caller] as CallerUse).bodyBytes / 2) - 256))).toBeNull();
          next.giveBack();
        }
        const inHand = [...open.values()].reduce((sum, each) => sum + each.bytes, 0);
        expect(inHand).toBeLessThan(OF_ALL);
        for (const use of callers) expect(use.bodyBytes).toBeLessThanOrEqual(OF_CALLER);
      }
      for (const { held } of open.values()) held.giveBack();
      for (const use of callers) expect(use.bodyBytes).toBe(0);
    }),
  );
});

it("a body that comes byte by byte costs what it takes, not what it holds", () => {
  const held = createBodyBudget({ ofCaller: OF_CALLER, ofAll: OF_ALL }).hold(newUse());
  let pieces = 0;
  while (held.take(1) === null) pieces++;
  expect(pieces).toBeLessThan(OF_CALLER / 100);
});
