import { createManualTime } from "@bg-ingest/core/testing";
import fc from "fast-check";
import { expect, it } from "vitest";
import { createCallers } from "./callers.ts";

const PER_SECOND = 4;
const BURST = 5 * PER_SECOND;
const pauses = fc.array(fc.nat(3_000), { minLength: 1, maxLength: 120 });

it("in no span of time a caller is granted more than a burst and what the time brings, and who waits as told is granted one", () => {
  fc.assert(
    fc.property(pauses, (all) => {
      const time = createManualTime();
      const callers = createCallers(PER_SECOND, time);
      const use = callers.of("10.0.0.1");
      const granted: number[] = [];
      for (const ms of all) {
        time.pass(ms);
        const waitMs = callers.takeOf(use);
        if (waitMs === null) {
          granted.push(time.monotonicMs());
          continue;
        }
        expect(waitMs).toBeLessThanOrEqual(1_000 / PER_SECOND);
        time.pass(Math.ceil(waitMs) + 1);
        expect(callers.takeOf(use)).toBeNull();
        granted.push(time.monotonicMs());
      }
      for (const [i, from] of granted.entries()) {
        for (const [count, at] of granted.slice(i).entries())
          expect(count + 1).toBeLessThanOrEqual(BURST + ((at - from) / 1_000) * PER_SECOND + 1);
      }
    }),
  );
});

it("callers take nothing of each other's, and without a limit nobody waits", () => {
  const time = createManualTime();
  const callers = createCallers(PER_SECOND, time);
  const [one, other] = [callers.of("10.0.0.1"), callers.of("10.0.0.2")];
  for (let n = 0; n < BURST; n++) expect(callers.takeOf(one)).toBeNull();
  expect([callers.takeOf(one), callers.takeOf(other)]).toEqual([expect.any(Number), null]);
  const free = createCallers(null, time);
  for (let n = 0; n < 1_000; n++) expect(free.takeOf(free.of("10.0.0.1"))).toBeNull();
});

it("a caller is forgotten once it uses nothing and its rate is whole again, and not before", () => {
  const time = createManualTime();
  const callers = createCallers(PER_SECOND, time);
  const use = callers.of("10.0.0.1");
  use.connections = 1;
  callers.takeOf(callers.of("10.0.0.2"));
  for (let n = 0; n < 10_000; n++) callers.of(`10.1.${n >> 8}.${n & 255}`);
  time.pass(60_000);
  expect(callers.of("10.0.0.1")).toBe(use);
  callers.of("10.0.0.3");
  expect(callers.size()).toBe(2);
});
