import fc from "fast-check";
import { expect, it } from "vitest";
import type { ProviderError } from "../ports/cgm-provider.ts";
import type { SourceId } from "../reading/identifiers.ts";
import { createRenewalDoubts } from "./renewal-doubts.ts";

const HOUR_MS = 3_600_000;
const source = { sourceId: "source000001" as SourceId };

const refused: ProviderError = { kind: "retry", message: "no", isRefusal: true };
const others: readonly ProviderError[] = [
  { kind: "retry", message: "busy" },
  { kind: "stop", message: "confused" },
  { kind: "reconnect", message: "dead" },
];

const answer = fc.record({
  error: fc.oneof({ weight: 12, arbitrary: fc.constant(refused) }, fc.constantFrom(...others)),
  afterMs: fc.integer({ min: 0, max: 3 * HOUR_MS }),
});

it("credentials are given up after a day of refusals, each wait between two of them counted up to an hour, each beside something else against it", () => {
  fc.assert(
    fc.property(fc.array(answer, { maxLength: 120, size: "max" }), fc.integer({ min: 0, max: 119 }), (answers, renewedAt) => {
      let nowMs = 0;
      let refusedMs = 0;
      let before: ProviderError | null = null;
      const doubts = createRenewalDoubts({ monotonicMs: () => nowMs });
      answers.forEach(({ error, afterMs }, at) => {
        nowMs += afterMs;
        if (at === renewedAt) [refusedMs, before] = [0, null];
        const countedMs = Math.min(afterMs, HOUR_MS);
        if (before !== null)
          refusedMs = error === refused && before === refused ? refusedMs + countedMs : Math.max(0, refusedMs - countedMs);
        before = error;
        const sealed = new Uint8Array([at < renewedAt ? 1 : 2]);
        expect(doubts.isSettled(source, sealed, error)).toBe(error === refused && refusedMs >= 24 * HOUR_MS);
      });
    }),
  );
});

it("what is forgotten counts anew, and sources do not count for each other", () => {
  let nowMs = 0;
  const doubts = createRenewalDoubts({ monotonicMs: () => nowMs });
  const sealed = new Uint8Array([1]);
  const ask = (sourceId: string) => doubts.isSettled({ sourceId: sourceId as SourceId }, sealed, refused);
  for (nowMs = 0; nowMs < 24 * HOUR_MS; nowMs += HOUR_MS) expect([ask("one"), ask("two")]).toEqual([false, false]);
  doubts.forget("two" as SourceId);
  expect([ask("one"), ask("two"), ask("three")]).toEqual([true, false, false]);
});
