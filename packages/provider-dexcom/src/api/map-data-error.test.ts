import { describe, expect, it } from "vitest";
import { ACCESS_TOKEN, NOW } from "../../test/dexcom-setup.ts";
import { mapDataAnswer, mapSilence } from "./map-data-error.ts";

const mapped = (status: number, body = "", headers: Record<string, string> = {}) =>
  mapDataAnswer(new Response(null, { status, headers }), body, ACCESS_TOKEN, NOW * 1000);

describe("an answer to a request for data that is no success", () => {
  it.each([
    [401, "reconnect"],
    [403, "retry"],
    [408, "retry"],
    [425, "retry"],
    [429, "retry"],
    [500, "retry"],
    [502, "retry"],
    [503, "retry"],
    [504, "retry"],
    [599, "retry"],
    [301, "retry"],
    [302, "retry"],
    [304, "retry"],
    [307, "retry"],
    [404, "retry"],
    [405, "retry"],
    [410, "retry"],
    [400, "stop"],
    [406, "stop"],
    [413, "stop"],
    [414, "stop"],
    [416, "stop"],
    [422, "stop"],
  ])("of status %i means %s", (status, kind) => {
    expect(mapped(status).kind).toBe(kind);
  });

  it.each([429, 500, 503, 408])("of status %i says how long to wait, where Dexcom does", (status) => {
    expect(mapped(status, "", { "retry-after": "120" })).toMatchObject({ kind: "retry", retryAfterMs: 120_000 });
    expect(mapped(status, "", { "retry-after": "Tue, 03 Feb 2026 04:05:51 GMT" })).toMatchObject({ retryAfterMs: 45_000 });
    expect(mapped(status)).not.toHaveProperty("retryAfterMs");
  });

  it("quotes, of a request that was not taken, what Dexcom says", () => {
    const body = '{"errors":["The date range must be at most 30 days."]}';
    expect(mapped(400, body).message).toContain("The date range must be at most 30 days.");
  });

  it("quotes no token, and never more than a line holds", () => {
    for (const status of [400, 401, 403, 404, 422, 500]) {
      const { message } = mapped(status, `Bearer ${ACCESS_TOKEN} is not ${ACCESS_TOKEN}; ${"why ".repeat(1_000)}`);
      expect(message).not.toContain(ACCESS_TOKEN);
      expect(message.length).toBeLessThanOrEqual(300);
    }
  });
});

it.each([
  [new DOMException("aborted", "AbortError"), "in time"],
  [new DOMException("timed out", "TimeoutError"), "in time"],
  [new TypeError("fetch failed"), "reached"],
  ["anything", "reached"],
])("silence because of %s is retried", (cause, words) => {
  expect(mapSilence(cause)).toMatchObject({ kind: "retry", message: expect.stringContaining(words), cause });
});
