import { describe, expect, it } from "vitest";
import { type DIARY, diaryProvider } from "../../../test/diary-provider.ts";
import { rawAt, served } from "../../../test/served.ts";

const problemOf = (answer: { json(): { type: string } }): string => answer.json().type;

describe("GET /api/bg/:userId/latest", () => {
  it("answers with the reading of the greatest instant, and with nothing else", async () => {
    const { get, connect, tell } = served();
    await connect("anna");
    await tell("anna", [rawAt(-300, 110), rawAt(-600, 220)]);
    const answer = await get("/api/bg/anna/latest");
    expect(answer.statusCode).toBe(200);
    expect(answer.body).toBe('{"timestamp":"2025-04-26T14:25:00Z","glucose_mg_dl":110}');
    expect(answer.headers["content-type"]).toBe("application/json; charset=utf-8");
    expect(answer.headers["cache-control"]).toBe("no-store");
  });

  it("knows nobody who was never connected", async () => {
    const answer = await served().get("/api/bg/nobody/latest");
    expect(answer.statusCode).toBe(404);
    expect(problemOf(answer)).toBe("/problems/unknown_user");
  });

  it("says that there is no reading yet", async () => {
    const { get, connect } = served();
    await connect("anna");
    const answer = await get("/api/bg/anna/latest");
    expect(answer.statusCode).toBe(404);
    expect(problemOf(answer)).toBe("/problems/no_readings");
  });

  it("speaks mmol/L with one decimal", async () => {
    const { get, connect, tell } = served();
    await connect("anna");
    await tell("anna", [rawAt(-300, 6, { unit: "mmol/L" })]);
    expect((await get("/api/bg/anna/latest?unit=mmol%2FL")).body).toBe('{"timestamp":"2025-04-26T14:25:00Z","glucose_mmol_l":6.0}');
  });

  it("tells in full what the range tells in full, byte for byte", async () => {
    const { get, connect, tell } = served();
    const { record } = await connect("anna");
    const flagged = {
      rangeFlag: { side: "above", bound: 400 },
      trend: "rising_fast",
      trendRate: 2.5,
      utcOffsetMinutes: 120,
      device: 'G"7',
    } as const;
    await tell("anna", [rawAt(-300, 401, flagged)]);
    for (const unit of ["mg/dL", "mmol/L"]) {
      const latest = await get(`/api/bg/anna/latest?detail=full&unit=${unit}`);
      const range = await get(`/api/bg/anna?from=2025-04-26T14:00:00Z&detail=full&unit=${unit}`);
      expect(`[${latest.body}]`).toBe(range.body);
    }
    expect((await get("/api/bg/anna/latest?detail=full")).json()).toEqual({
      timestamp: "2025-04-26T14:25:00Z",
      glucose_mg_dl: 401,
      trend: "rising_fast",
      trend_rate_mg_dl_min: 2.5,
      range_flag: "above",
      range_bound_mg_dl: 400,
      source: record.sourceId,
      device: 'G"7',
      utc_offset_minutes: 120,
      received_at: "2025-04-26T14:30:00Z",
      revision: 0,
    });
  });

  it("shows what was known at a moment", async () => {
    const { get, connect, tell, time } = served();
    await connect("anna");
    await tell("anna", [rawAt(-300, 110)]);
    time.pass(600_000);
    await tell("anna", [rawAt(-300, 112)]);
    expect((await get("/api/bg/anna/latest?as_of=2025-04-26T14:35:00Z&detail=full")).json()).toMatchObject({
      glucose_mg_dl: 110,
      revision: 0,
    });
    expect((await get("/api/bg/anna/latest?detail=full")).json()).toMatchObject({ glucose_mg_dl: 112, revision: 1 });
  });

  it("says that nothing had been received by a moment, though it was measured before", async () => {
    const { get, connect, tell } = served();
    await connect("anna");
    await tell("anna", [rawAt(-300, 110)]);
    const answer = await get("/api/bg/anna/latest?as_of=2025-04-26T14:29:00Z");
    expect(answer.statusCode).toBe(404);
    expect(problemOf(answer)).toBe("/problems/no_readings");
    expect(answer.json().detail).toMatch(/had been received by 2025-04-26T14:29:00Z: `as_of` means when this service received/);
  });

  it("shows one source, or none that is not the person's", async () => {
    const other = "pump" as typeof DIARY;
    const { get, connect, tell } = served({ providers: ({ nowMs }) => [diaryProvider(nowMs), diaryProvider(nowMs, other)] });
    const { record } = await connect("anna");
    await connect("anna", other);
    await tell("anna", [rawAt(-600, 100)]);
    await tell("anna", [rawAt(-300, 200)], other);
    expect((await get(`/api/bg/anna/latest?source=${record.sourceId}`)).json()).toMatchObject({ glucose_mg_dl: 100 });
    const unknown = await get("/api/bg/anna/latest?source=aaaaaaaaaaaaa");
    expect(unknown.statusCode).toBe(404);
    expect(problemOf(unknown)).toBe("/problems/unknown_source");
  });

  it("saves the body while nothing is new", async () => {
    const { get, ask, connect, tell } = served();
    await connect("anna");
    await tell("anna", [rawAt(-300, 110)]);
    for (const query of ["", "?detail=full", "?unit=mmol/L"]) {
      const first = await get(`/api/bg/anna/latest${query}`);
      const tag = String(first.headers.etag);
      expect(tag).toMatch(/^"[!#-~]+"$/);
      const again = await get(`/api/bg/anna/latest${query}`, { "if-none-match": tag });
      expect(again.statusCode).toBe(304);
      expect(again.body).toBe("");
      expect(again.headers.etag).toBe(tag);
      // A cache would take a length or a type that is told here for those of the body that it holds.
      expect([again.headers["content-length"], again.headers["content-type"]]).toEqual([undefined, undefined]);
    }
    const plain = String((await get("/api/bg/anna/latest")).headers.etag);
    expect((await get("/api/bg/anna/latest?unit=mmol/L", { "if-none-match": plain })).statusCode).toBe(200);
    const head = await ask("HEAD", "/api/bg/anna/latest");
    expect([head.statusCode, head.body, head.headers.etag]).toEqual([200, "", plain]);
    expect(Number(head.headers["content-length"])).toBeGreaterThan(0);
    await tell("anna", [rawAt(-60, 111)]);
    expect((await get("/api/bg/anna/latest", { "if-none-match": plain })).statusCode).toBe(200);
  });

  it("takes user ids of every kind that is allowed, and no other", async () => {
    const { get, connect, tell } = served();
    const ids = ["a", "a.b", ".a..b.", "anna@example.org", "urn:x:1", "~-_.:@", "A".repeat(128)];
    for (const id of ids) {
      await connect(id);
      await tell(id, [rawAt(-300, 110)]);
      expect((await get(`/api/bg/${id}/latest`)).statusCode).toBe(200);
      expect((await get(`/api/bg/${encodeURIComponent(id)}/latest`)).statusCode).toBe(200);
    }
    const refused = ["A".repeat(129), "A".repeat(5_000), "a%2Fb", "a%20b", "%C3%A9", "a%00", "a;b", "%zz", "a%"];
    for (const id of refused) {
      const answer = await get(`/api/bg/${id}/latest`);
      expect([id.slice(0, 20), answer.statusCode, problemOf(answer)]).toEqual([id.slice(0, 20), 400, "/problems/invalid_path"]);
    }
  });

  it("refuses what it does not serve", async () => {
    const { get, connect, tell } = served();
    await connect("anna");
    await tell("anna", [rawAt(-300, 110)]);
    expect((await get("/api/bg/anna/latest", { accept: "text/csv" })).statusCode).toBe(406);
    const wrong = await get("/api/bg/anna/latest?unit=mmol&detail=full&detail=full&colour=red");
    expect(wrong.statusCode).toBe(400);
    expect(wrong.json().errors).toEqual([
      { parameter: "unit", message: "It should be one of mg/dL, mmol/L." },
      { parameter: "detail", message: "It is given more than once." },
      { parameter: "colour", message: "There is no such parameter here; there are: unit, detail, view, source, as_of." },
    ]);
    for (const query of ["as_of=yesterday", "as_of=2025-04-26T14:30:00", "source=x", "view=none", "__proto__=1", "constructor=1"]) {
      expect([query, (await get(`/api/bg/anna/latest?${query}`)).statusCode]).toEqual([query, 400]);
    }
  });
});
