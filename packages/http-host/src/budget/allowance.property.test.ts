import type { RateBucket } from "@bg-ingest/core";
import fc from "fast-check";
import { expect, it } from "vitest";
import { allowanceOf, leaseFrom } from "./allowance.ts";

const WINDOW_SECONDS = 10;
/** As far apart as clocks may be in such a window. */
const SKEW_MS = 2_500;

it("no window holds more calls than allowed, though those granted before it are made as late as can be, and by a clock that is behind", () => {
  const limits = fc.record({ calls: fc.integer({ min: 1, max: 300 }), spreadSeconds: fc.nat(30) });
  fc.assert(
    fc.property(limits, ({ calls, spreadSeconds }) => {
      const allowance = allowanceOf({ calls, perSeconds: WINDOW_SECONDS, spreadSeconds });
      let bucket: RateBucket | null = null;
      const takeAll = (nowMs: number): number => {
        const leased = leaseFrom(bucket, allowance, "live", Number.MAX_SAFE_INTEGER, nowMs);
        if (leased.kind === "empty") return 0;
        bucket = leased.bucket;
        return leased.calls;
      };
      // Granted at 0 and made when the window begins; from then on every call is made as soon as it is granted.
      let made = takeAll(0);
      const beginMs = spreadSeconds * 1000;
      for (let ms = 0; ms < beginMs + WINDOW_SECONDS * 1000; ms += 50) made += takeAll(ms + SKEW_MS);
      expect(made).toBeLessThanOrEqual(calls);
    }),
  );
});
