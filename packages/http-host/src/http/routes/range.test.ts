import type { StoreError } from "@bg-ingest/core";
import { err } from "neverthrow";
import { describe, expect, it } from "vitest";
import { type DIARY, diaryProvider } from "../../../test/diary-provider.ts";
import { parseCsv } from "../../../test/naive-series.ts";
import { rawAt, type Served, served } from "../../../test/served.ts";
import { type HttpOptions, USUAL_LIMITS } from "../http-deps.ts";

async function anna(): Promise<Served> {
  const service = served();
  await service.connect("anna");
  await service.tell("anna", [rawAt(-900, 100), rawAt(-600, 110), rawAt(-300, 120)]);
  return service;
}

const times = (answer: { json(): readonly { timestamp: string }[] }): readonly string[] =>
  answer.json().map(({ timestamp }) => timestamp.slice(11, 16));

describe("GET /api/bg/:userId", () => {
  it("answers ascending, from inclusive, to exclusive", async () => {
    const { get } = await anna();
    const answer = await get("/api/bg/anna?from=2025-04-26T14:15:00Z&to=2025-04-26T14:25:00Z");
    expect(answer.statusCode).toBe(200);
    expect(answer.body).toBe(
      '[{"timestamp":"2025-04-26T14:15:00Z","glucose_mg_dl":100},{"timestamp":"2025-04-26T14:20:00Z","glucose_mg_dl":110}]',
    );
  });

  it("goes up to now if no end is given", async () => {
    const { get, tell } = await anna();
    await tell("anna", [rawAt(300, 130)]);
    expect(times(await get("/api/bg/anna?from=2025-04-26T14:00:00Z"))).toEqual(["14:15", "14:20", "14:25"]);
  });

  it("is empty for a known person without readings there, in every form", async () => {
    const { get } = await anna();
    const url = "/api/bg/anna?from=2025-04-25T00:00:00Z&to=2025-04-25T00:00:00Z";
    expect((await get(url)).body).toBe("[]");
    expect((await get(url, { accept: "application/x-ndjson" })).body).toBe("");
    expect((await get(url, { accept: "text/csv" })).body).toBe("timestamp,glucose_mg_dl\r\n");
  });

  it("honours offsets, whether their + is written %2B, + or as a space", async () => {
    const { get } = await anna();
    for (const plus of ["%2B", "+", "%20"]) {
      const url = `/api/bg/anna?from=2025-04-26T16:20:00${plus}02:00&to=2025-04-26T09:25:00-05:00`;
      expect(times(await get(url))).toEqual(["14:20"]);
    }
  });

  it("writes JSON, NDJSON or CSV, as the client likes best", async () => {
    const { get } = await anna();
    const url = "/api/bg/anna?from=2025-04-26T14:20:00Z&detail=full";
    const json = (await get(url)).json();
    const lines = await get(url, { accept: "application/json;q=0.5, application/x-ndjson" });
    expect(lines.headers["content-type"]).toBe("application/x-ndjson; charset=utf-8");
    expect(
      lines.body
        .split("\n")
        .slice(0, -1)
        .map((line) => JSON.parse(line)),
    ).toEqual(json);
    const csv = await get(url, { accept: "text/*" });
    expect(csv.headers["content-type"]).toBe("text/csv; charset=utf-8; header=present");
    expect(parseCsv(csv.body).map(({ timestamp, glucose_mg_dl }) => `${timestamp} ${glucose_mg_dl}`)).toEqual([
      "2025-04-26T14:20:00Z 110",
      "2025-04-26T14:25:00Z 120",
    ]);
    expect(csv.headers["vary"]).toBe("Accept");
    const refused = await get(url, { accept: "application/xml, text/csv;q=0" });
    expect([refused.statusCode, refused.json().type]).toEqual([406, "/problems/not_acceptable"]);
  });

  it("refuses a range that is none, and says of one too long how long it may be", async () => {
    const { get } = await anna();
    const type = async (query: string) => {
      const answer = await get(`/api/bg/anna?${query}`);
      return [answer.statusCode, answer.json().type];
    };
    expect(await type("")).toEqual([400, "/problems/invalid_query"]);
    expect(await type("to=2025-04-26T00:00:00Z")).toEqual([400, "/problems/invalid_query"]);
    expect(await type("from=2025-04-26")).toEqual([400, "/problems/invalid_query"]);
    expect(await type("from=2025-04-26T00:00:00")).toEqual([400, "/problems/invalid_query"]);
    expect(await type("from=2025-04-26T00:00:01Z&to=2025-04-26T00:00:00Z")).toEqual([400, "/problems/invalid_range"]);
    expect(await type("from=2025-04-26T14:30:01Z")).toEqual([400, "/problems/invalid_range"]);
    expect(await type("from=2024-04-25T14:30:00Z")).toEqual([200, undefined]);
    expect(await type("from=2024-04-25T14:29:59Z")).toEqual([400, "/problems/invalid_range"]);
    const long = await get("/api/bg/anna?from=2024-04-25T14:29:59Z");
    expect(long.json()).toMatchObject({ detail: "The span is 367 days long; one answer covers at most 366.", limit_days: 366 });
    expect(long.json().what_to_do).toMatch(/smaller steps, of 366 days at most/);
    const backwards = await get("/api/bg/anna?from=2025-04-26T00:00:01Z&to=2025-04-26T00:00:00Z");
    expect(backwards.json().what_to_do).toBe("Put `from` before `to`.");
  });

  it("says of a start that is missing what it should be, and of a form asked for in the query where to ask", async () => {
    const { get } = await anna();
    const missing = (await get("/api/bg/anna?format=csv")).json();
    expect(missing.errors).toEqual([
      { parameter: "from", message: expect.stringMatching(/^It is missing\. It should be a time .* such as 2025-04-26T14:30:00Z/) },
      { parameter: "format", message: expect.stringMatching(/The header Accept chooses the form: application\/json, .*text\/csv\.$/) },
    ]);
    expect((await get("/api/bg/anna?from=2025-04-26T14:00:00Z&unit=mmol")).body).not.toContain("%2B");
  });

  it("says of a date alone what to add", async () => {
    const { get } = await anna();
    expect((await get("/api/bg/anna?from=2025-04-26")).json().detail).toBe(
      "from: A date alone is not enough: add T00:00:00Z, as in 2025-04-26T00:00:00Z.",
    );
  });

  it("shows every source only in view=all", async () => {
    const pump = "pump" as typeof DIARY;
    const { get, connect, tell, time } = served({ providers: ({ nowMs }) => [diaryProvider(nowMs), diaryProvider(nowMs, pump)] });
    await connect("anna");
    time.pass(1_000);
    await connect("anna", pump);
    await tell("anna", [rawAt(-900, 100), rawAt(-600, 100)]);
    await tell("anna", [rawAt(-890, 200), rawAt(-590, 200)], pump);
    const values = async (query: string) =>
      (await get(`/api/bg/anna?from=2025-04-26T14:00:00Z${query}`)).json().map((each: { glucose_mg_dl: number }) => each.glucose_mg_dl);
    expect(await values("")).toEqual([100, 100]);
    expect(await values("&view=all")).toEqual([100, 200, 100, 200]);
  });

  it("has a tag that stands for the days and the way of writing", async () => {
    const { get, tell } = await anna();
    const url = "/api/bg/anna?from=2025-04-26T14:00:00Z&to=2025-04-26T15:00:00Z";
    const tags = new Set<string>();
    for (const query of ["", "&unit=mmol/L", "&detail=full", "&view=all"]) {
      for (const accept of ["application/json", "application/x-ndjson", "text/csv"]) {
        const first = await get(url + query, { accept });
        const tag = String(first.headers.etag);
        tags.add(tag);
        expect((await get(url + query, { accept, "if-none-match": `"other", W/${tag}` })).statusCode).toBe(304);
      }
    }
    expect(tags.size).toBe(12);
    const [before] = tags;
    await tell("anna", [rawAt(-60, 130)]);
    expect((await get(url, { "if-none-match": String(before) })).statusCode).toBe(200);
  });

  it("saves the body up to now while nothing is new, though the end moves on", async () => {
    const { get, tell, time } = await anna();
    const url = "/api/bg/anna?from=2025-04-26T14:00:00Z";
    const tag = String((await get(url)).headers.etag);
    time.pass(60_000);
    expect((await get(url, { "if-none-match": tag })).statusCode).toBe(304);
    await tell("anna", [rawAt(30, 130)]);
    expect((await get(url, { "if-none-match": tag })).statusCode).toBe(200);
  });

  it("answers whole or not at all: a day that cannot be read is an error, and nothing is sent before it", async () => {
    const unreadable: StoreError = { kind: "stop", message: "disk 7" };
    const service = served({
      replace: ({ queries }) => ({
        queries: {
          ...queries,
          range: async (...asked) => (await queries.range(...asked)).map((found) => ({ ...found, runs: [...found.runs, err(unreadable)] })),
        },
      }),
    });
    await service.connect("anna");
    await service.tell("anna", [rawAt(-300, 110)]);
    const answer = await service.get("/api/bg/anna?from=2025-04-26T14:00:00Z");
    expect([answer.statusCode, answer.json().type]).toEqual([500, "/problems/internal"]);
    expect(answer.body).not.toMatch(/disk 7|110/);
  });

  describe("of very many readings", () => {
    const MINUTES = 10_080;
    const WEEK = "from=2025-04-19T14:30:00Z&to=2025-04-26T14:30:00Z";
    const days = Array.from({ length: 7 }, (_, i) => `from=2025-04-${19 + i}T14:30:00Z&to=2025-04-${20 + i}T14:30:00Z`);

    async function worn(options: Partial<HttpOptions> = {}): Promise<Served> {
      const service = served({ options });
      await service.connect("anna");
      await service.tell(
        "anna",
        Array.from({ length: MINUTES }, (_, i) => rawAt(60 * (i - MINUTES), 70 + (i % 200), { device: "patch, upper arm" })),
      );
      return service;
    }

    it("says what its days say one by one, in every form", async () => {
      const { get } = await worn();
      for (const [accept, between] of [
        ["application/json", [/^\[|\]$/g, ","]],
        ["application/x-ndjson", [/^$/g, ""]],
        ["text/csv", [/^timestamp.*\r\n/g, ""]],
      ] as const) {
        const [around, comma] = between;
        const inner = async (query: string) => (await get(`/api/bg/anna?${query}&detail=full`, { accept })).body.replace(around, "");
        const parts: string[] = [];
        for (const day of days) parts.push(await inner(day));
        const whole = await inner(WEEK);
        expect(whole.match(/2025-04-\d\dT\d\d:\d\d:00Z"?[,}]"?glucose|^2025|\n2025/g)?.length).toBe(MINUTES);
        expect(whole).toBe(parts.join(comma));
      }
    });

    it("has a strong tag, the same whether the end is given or now, and saves the body of a client that holds it", async () => {
      const { get, ask, time } = await worn();
      const open = "/api/bg/anna?from=2025-04-19T14:30:00Z&detail=full";
      const first = await get(open);
      expect(first.json()).toHaveLength(MINUTES);
      time.pass(2_000);
      const held = await get(open, { "if-none-match": String(first.headers.etag) });
      expect([held.statusCode, held.body, held.headers.etag]).toEqual([304, "", first.headers.etag]);
      const closed = await get(`/api/bg/anna?${WEEK}&detail=full`);
      expect(closed.body).toBe(first.body);
      expect((await get(`/api/bg/anna?${WEEK}&detail=full`, { "if-none-match": String(closed.headers.etag) })).statusCode).toBe(304);
      const head = await ask("HEAD", `/api/bg/anna?${WEEK}&detail=full`);
      expect([head.statusCode, head.body, head.headers.etag]).toEqual([200, "", closed.headers.etag]);
    });

    it("leaves nothing behind when the client goes away in the middle", async () => {
      const { app } = await worn({ limits: { ...USUAL_LIMITS, requestsInFlight: 1 } });
      const url = await app.listen({ host: "127.0.0.1", port: 0 });
      for (let n = 0; n < 5; n++) {
        const going = new AbortController();
        const answer = await fetch(`${url}/api/bg/anna?${WEEK}&detail=full`, { signal: going.signal });
        expect(answer.status).toBe(200);
        going.abort();
      }
      await expect.poll(async () => (await fetch(`${url}/api/bg/anna/latest`)).status).toBe(200);
      await app.close();
    });
  });

  it("gives nobody another person's readings", async () => {
    const { get, connect } = await anna();
    await connect("berta");
    const url = "?from=2025-04-26T00:00:00Z&view=all";
    expect((await get(`/api/bg/berta${url}`)).json()).toEqual([]);
    const answer = await get(`/api/bg/carla${url}`);
    expect([answer.statusCode, answer.json().type]).toEqual([404, "/problems/unknown_user"]);
  });
});
