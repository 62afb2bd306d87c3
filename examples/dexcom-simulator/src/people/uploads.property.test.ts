import fc from "fast-check";
import { expect, it } from "vitest";
import { createUploads } from "./uploads.ts";

const DAY = 86_400;
const moment = fc.integer({ min: 1_600_000_000, max: 1_900_000_000 });

it("publishes nothing before it is measured, and all of it within 20 days", () => {
  fc.assert(
    fc.property(fc.integer(), moment, fc.array(moment, { maxLength: 5 }), (seed, at, told) => {
      const uploads = createUploads(seed);
      for (const upload of told) uploads.add(upload);
      expect(uploads.after(at)).toBeGreaterThanOrEqual(at);
      expect(uploads.after(at) - at).toBeLessThan(20 * DAY);
    }),
  );
});

it("takes the first upload that there is, told or its own", () => {
  fc.assert(
    fc.property(fc.integer(), moment, fc.integer({ min: 0, max: 30 * DAY }), (seed, at, wait) => {
      const own = createUploads(seed).after(at);
      const uploads = createUploads(seed);
      uploads.add(at + wait);
      expect(uploads.after(at)).toBe(Math.min(own, at + wait));
      expect(uploads.after(own)).toBe(own);
    }),
  );
});
