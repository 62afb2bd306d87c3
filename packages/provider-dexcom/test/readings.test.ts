import type { Instant, ProviderError, ProviderPage, Span } from "@bg-ingest/core";
import type { Result } from "neverthrow";
import { describe, expect, it } from "vitest";
import { provider } from "../src/index.ts";
import { ACCESS_TOKEN, call, connectDexcom, credentials, EGV, EU, envelope, HOUR, html, json, NOW, spanBefore } from "./dexcom-setup.ts";

type Connected = ReturnType<typeof connectDexcom>["dexcom"];

async function pagesOf(dexcom: Connected, window: Span, signal = call.signal): Promise<readonly Result<ProviderPage, ProviderError>[]> {
  const pages: Result<ProviderPage, ProviderError>[] = [];
  for await (const page of dexcom.poll.fetchPages({ window, credentials }, { signal })) pages.push(page);
  return pages;
}

async function failureOf(answer: Response | Error): Promise<ProviderError> {
  const pages = await pagesOf(connectDexcom([answer]).dexcom, spanBefore(NOW, HOUR));
  expect(pages.length).toBe(1);
  return (pages[0] as (typeof pages)[0])._unsafeUnwrapErr();
}

describe("a window", () => {
  it("is one request, in UTC and without a zone, and one page", async () => {
    const { dexcom, sent } = connectDexcom([json(envelope([{ ...EGV, value: 120 }, EGV, "garbage"]))]);
    const pages = await pagesOf(dexcom, spanBefore(NOW, HOUR));
    expect(sent.map(({ method, url }) => `${method} ${url.origin}${url.pathname}`)).toEqual([`GET ${EU}/v3/users/self/egvs`]);
    expect(Object.fromEntries(sent[0]?.url.searchParams ?? [])).toEqual({
      startDate: "2026-02-03T03:05:05",
      endDate: "2026-02-03T04:05:06",
    });
    expect(sent[0]?.headers.get("authorization")).toBe(`Bearer ${ACCESS_TOKEN}`);
    expect(pages.map((page) => page._unsafeUnwrap())).toMatchObject([
      { readings: [{ value: 120 }, { value: 101 }], rejected: [{ record: "garbage" }], accountId: "user-1", isLast: true },
    ]);
  });

  it("begins a second early and has its end rounded up, so that nothing is cut off where it touches another, whatever its ends count for", async () => {
    const { dexcom, sent } = connectDexcom([json(envelope([]))]);
    await pagesOf(dexcom, { from: (NOW + 0.25) as Instant, to: (NOW + 9.25) as Instant });
    expect(sent[0]?.url.search).toBe("?startDate=2026-02-03T04%3A05%3A05&endDate=2026-02-03T04%3A05%3A16");
  });

  it("as long as the provider declares stays within the 30 days that Dexcom takes", async () => {
    const { dexcom, sent } = connectDexcom([json(envelope([]))]);
    await pagesOf(dexcom, spanBefore(NOW, provider.traits.maxWindowSeconds));
    const [from, to] = ["startDate", "endDate"].map((name) => Date.parse(`${sent[0]?.url.searchParams.get(name)}Z`));
    expect(Number(to) - Number(from)).toBeLessThan(30 * 86_400_000);
  });

  it("goes where the grant came from, whatever the settings say by now", async () => {
    const { dexcom, sent } = connectDexcom([json(envelope([]))], { apiBaseUrl: "us" });
    await pagesOf(dexcom, spanBefore(NOW, HOUR));
    expect(sent[0]?.url.origin).toBe(EU);
  });

  it("without data is an empty page", async () => {
    const pages = await pagesOf(connectDexcom([json(envelope([]))]).dexcom, spanBefore(NOW, HOUR));
    expect(pages.map((page) => page._unsafeUnwrap())).toMatchObject([{ readings: [], rejected: [] }]);
  });

  it("is the same for a backfill", async () => {
    const { dexcom, sent } = connectDexcom([json(envelope([EGV]))]);
    for await (const page of dexcom.backfill.fetchPages({ window: spanBefore(NOW, HOUR), credentials }, call)) {
      expect(page._unsafeUnwrap().readings.length).toBe(1);
    }
    expect(sent[0]?.url.pathname).toBe("/v3/users/self/egvs");
  });

  it.each([
    ["401", "reconnect", () => json({ fault: "canary" }, 401)],
    ["403", "retry", () => html(403)],
    ["429", "retry", () => html(429, { "retry-after": "30" })],
    ["500", "retry", () => html(500)],
    ["302", "retry", () => new Response(null, { status: 302, headers: { location: "https://elsewhere.example" } })],
    ["400", "stop", () => json({ errors: ["no"] }, 400)],
    ["an unreadable page", "stop", () => html(200)],
    ["a page cut off", "stop", () => new Response('{"records":[{"systemTime":"2025', { status: 200 })],
    ["no connection", "retry", () => new TypeError("fetch failed")],
  ])("that is answered with %s means %s", async (_, kind, answer) => {
    expect((await failureOf(answer())).kind).toBe(kind);
  });

  it("whose answer breaks off is retried", async () => {
    const broken = new ReadableStream({ start: (controller) => controller.error(new TypeError("terminated")) });
    expect((await failureOf(new Response(broken))).kind).toBe("retry");
  });

  it("that is called off is retried, without asking", async () => {
    const pages = await pagesOf(connectDexcom([json(envelope([EGV]))]).dexcom, spanBefore(NOW, HOUR), AbortSignal.abort());
    expect(pages.map((page) => page._unsafeUnwrapErr().kind)).toEqual(["retry"]);
  });

  it("follows no redirect, which might take a token elsewhere", async () => {
    const { dexcom, sent } = connectDexcom([json(envelope([]))]);
    await pagesOf(dexcom, spanBefore(NOW, HOUR));
    expect(sent.map(({ redirect }) => redirect)).toEqual(["manual"]);
  });
});

describe("what an account has", () => {
  const moment = (systemTime: string) => ({ systemTime, displayTime: systemTime });
  const rangeOf = (egvs: unknown, rest: object = {}) =>
    connectDexcom([
      json({ recordType: "dataRange", recordVersion: "3.0", userId: "user-1", calibrations: null, egvs, events: null, ...rest }),
    ]);

  it("reaches from its first EGV to just after its last", async () => {
    const { dexcom, sent } = rangeOf({ start: moment("2019-05-06T07:08:09"), end: moment("2025-01-30T23:49:55.123Z") });
    expect((await dexcom.backfill.availableSpan(credentials, call))._unsafeUnwrap()).toEqual({
      from: Date.UTC(2019, 4, 6, 7, 8, 9) / 1000,
      to: Date.UTC(2025, 0, 30, 23, 49, 56) / 1000,
    });
    expect(sent.map(({ url }) => url.href)).toEqual([`${EU}/v3/users/self/dataRange`]);
  });

  it.each([
    ["null", null],
    ["absent", undefined],
    ["without ends", { start: null, end: null }],
    ["empty", {}],
  ])("is nothing where its EGVs are %s", async (_, egvs) => {
    expect((await rangeOf(egvs).dexcom.backfill.availableSpan(credentials, call))._unsafeUnwrap()).toBeNull();
  });

  it.each([
    ["has no end", moment("2025-01-30T23:49:55Z"), null, "2025-01-30T23:49:55Z", "now"],
    ["has an end that nobody can read", moment("2025-01-30T23:49:55Z"), moment("later"), "2025-01-30T23:49:55Z", "now"],
    ["has no beginning", null, moment("2025-01-30T23:49:55Z"), "1970-01-01T00:00:00Z", "2025-01-30T23:49:55Z"],
    [
      "has a beginning that nobody can read",
      moment("soon"),
      moment("2025-01-30T23:49:55Z"),
      "1970-01-01T00:00:00Z",
      "2025-01-30T23:49:55Z",
    ],
    [
      "ends before it begins",
      moment("2025-01-30T23:49:55Z"),
      moment("2024-01-30T23:49:55Z"),
      "2024-01-30T23:49:55Z",
      "2025-01-30T23:49:55Z",
    ],
  ])("that %s reaches as far as it could: nothing that is there goes unasked", async (_, start, end, from, to) => {
    const { dexcom, time } = rangeOf({ start, end });
    const seconds = (text: string) => Math.floor((text === "now" ? time.nowMs() : Date.parse(text)) / 1000);
    expect((await dexcom.backfill.availableSpan(credentials, call))._unsafeUnwrap()).toEqual({ from: seconds(from), to: seconds(to) + 1 });
  });

  it.each([
    ["has times that nobody can read", json({ egvs: { start: moment("soon"), end: moment("later") } })],
    ["is some other JSON", json({ status: "ok" })],
    ["is a page for people", html(200)],
  ])("that %s stops, and is not taken for nothing", async (_, answer) => {
    const { dexcom } = connectDexcom([answer]);
    expect((await dexcom.backfill.availableSpan(credentials, call))._unsafeUnwrapErr().kind).toBe("stop");
  });
});
