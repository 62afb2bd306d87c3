import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { answer } from "../world/answer.ts";
import { mapVendorAnswer, mapVendorSilence, parseRetryAfter } from "./map-vendor-error.ts";

const NOW_MS = Date.UTC(2026, 1, 3, 4, 5, 6);

describe("an answer that is no success", () => {
  it.each([
    [401, null, "reconnect"],
    [403, null, "reconnect"],
    [400, "invalid_grant", "reconnect"],
    [401, "session_ended", "reconnect"],
    [500, "account_password_invalid", "reconnect"],
    [429, null, "retry"],
    [408, null, "retry"],
    [500, null, "retry"],
    [502, null, "retry"],
    [503, null, "retry"],
    [599, "anything", "retry"],
    [302, null, "stop"],
    [400, null, "stop"],
    [400, "invalid_client", "stop"],
    [404, "not_found", "stop"],
    [410, null, "stop"],
    [422, null, "stop"],
  ])("of status %i saying %s means %s", (status, code, kind) => {
    expect(mapVendorAnswer(answer(status, ""), code, NOW_MS).kind).toBe(kind);
  });

  it.each([429, 500, 503])("of status %i says how long to wait, where the vendor does", (status) => {
    expect(mapVendorAnswer(answer(status, "", { "retry-after": "120" }), null, NOW_MS)).toMatchObject({
      kind: "retry",
      retryAfterMs: 120_000,
    });
    expect(mapVendorAnswer(answer(status, ""), null, NOW_MS)).not.toHaveProperty("retryAfterMs");
  });
});

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
    ["soon", null],
    ["", null],
    [null, null],
  ])("of %s means %s ms", (header, waitMs) => {
    expect(parseRetryAfter(header, NOW_MS)).toBe(waitMs);
  });

  it("never makes us wait less than a second or more than an hour", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.integer().map(String),
          fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
        ),
        (header) => {
          const waitMs = parseRetryAfter(header, NOW_MS);
          expect(waitMs === null || (waitMs >= 1_000 && waitMs <= 3_600_000)).toBe(true);
        },
      ),
    );
  });
});

it.each([
  [new DOMException("aborted", "AbortError"), "in time"],
  [new DOMException("timed out", "TimeoutError"), "in time"],
  [new TypeError("fetch failed"), "reached"],
  ["anything", "reached"],
])("silence because of %s is retried", (cause, words) => {
  expect(mapVendorSilence(cause)).toMatchObject({ kind: "retry", message: expect.stringContaining(words), cause });
});
