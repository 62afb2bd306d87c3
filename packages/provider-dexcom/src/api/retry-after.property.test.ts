import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseRetryAfter } from "./retry-after.ts";

const NOW_MS = Date.UTC(2026, 1, 3, 4, 5, 6);

describe("Retry-After", () => {
  it.each([
    ["30", 30_000],
    [" 30 ", 30_000],
    ["0", 1_000],
    ["86400", 3_600_000],
    ["9".repeat(400), 3_600_000],
    ["Tue, 03 Feb 2026 04:05:51 GMT", 45_000],
    ["Tue, 03 Feb 2026 04:05:00 GMT", 1_000],
    ["Tue, 03 Feb 2036 04:05:00 GMT", 3_600_000],
    ["Tue, 03 Foo 2026 04:05:51 GMT", null],
    ["2026-02-03T04:05:51Z", null],
    ["-5", null],
    ["1.5", null],
    ["soon", null],
    ["", null],
    [null, null],
  ])("of %s means %s ms", (header, waitMs) => {
    expect(parseRetryAfter(header, NOW_MS)).toBe(waitMs);
  });

  it("as an HTTP date within the hour is the time until then, and never less than a second", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 3_600 }), (seconds) => {
        const header = new Date(NOW_MS + seconds * 1000).toUTCString();
        expect(parseRetryAfter(header, NOW_MS)).toBe(Math.max(1_000, seconds * 1000));
      }),
    );
  });

  it("never makes us wait less than a second or more than an hour", () => {
    const header = fc.oneof(
      fc.string(),
      fc.integer().map(String),
      fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
    );
    fc.assert(
      fc.property(header, (text) => {
        const waitMs = parseRetryAfter(text, NOW_MS);
        expect(waitMs === null || (waitMs >= 1_000 && waitMs <= 3_600_000)).toBe(true);
      }),
    );
  });
});
