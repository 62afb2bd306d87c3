import type { ConnectError, ConnectionOverview, Instant, ProviderError, RateLease, StoreError } from "@bg-ingest/core";
import { err } from "neverthrow";
import { describe, expect, it } from "vitest";
import { type DiaryVendor, diaryProvider } from "../../../test/diary-provider.ts";
import { recordedLog } from "../../../test/log-lines.ts";
import { rawAt, type Served, served } from "../../../test/served.ts";
import { USUAL_LIMITS } from "../http-deps.ts";

const FORM = { name: "anna", password: "open sesame" };

const typeOf = (answer: { statusCode: number; json(): { type: string } }) => [answer.statusCode, answer.json().type];

async function connectOver({ ask }: Served, user = "anna", payload: object = FORM) {
  return ask("POST", `/api/connections/${user}/diary`, { payload });
}

describe("POST /api/connections/:userId/:provider", () => {
  it("connects, and shows the webhook's secret once", async () => {
    const service = served();
    const first = await connectOver(service);
    expect(first.statusCode).toBe(201);
    expect(first.json()).toMatchObject({ provider: "diary", webhook: { secret: expect.stringMatching(/^whsec_/) } });
    expect(first.json().webhook.url).toBe("http://localhost/api/bg/anna/webhook/diary");
    const again = await connectOver(service);
    expect(again.json()).toMatchObject({ source: first.json().source, webhook: { secret: null } });
  });

  it("gives out the address under which others reach the service", async () => {
    const service = served({ options: { publicUrl: "https://bg.example.org" } });
    expect((await connectOver(service, "a:b@c")).json().webhook.url).toBe("https://bg.example.org/api/bg/a%3Ab%40c/webhook/diary");
  });

  it("refuses a form that is not the provider's, and changes nothing", async () => {
    const service = served();
    const refusals: (readonly [payload: string | object, status: number])[] = [
      [{}, 400],
      [{ name: "anna" }, 400],
      [{ ...FORM, more: "x" }, 400],
      [{ name: 1, password: {} }, 400],
      [[], 400],
      ['{"name":"anna","password":"x"', 400],
      ['{"name":"anna","password":"x","__proto__":{"isAdmin":true}}', 400],
      ['{"name":"anna","password":"x","constructor":{"prototype":{}}}', 400],
      ["", 400],
      [JSON.stringify({ ...FORM, name: "x".repeat(20_000) }), 413],
    ];
    for (const [payload, status] of refusals) {
      const answer = await service.ask("POST", "/api/connections/anna/diary", { payload, headers: { "content-type": "application/json" } });
      expect([payload, answer.statusCode]).toEqual([payload, status]);
      expect(answer.headers["content-type"]).toContain("application/problem+json");
    }
    const form = await service.ask("POST", "/api/connections/anna/diary", {
      payload: "name=anna&password=x",
      headers: { "content-type": "application/x-www-form-urlencoded" },
    });
    expect(typeOf(form)).toEqual([415, "/problems/unsupported_media_type"]);
    const text = await service.ask("POST", "/api/connections/anna/diary", {
      payload: JSON.stringify(FORM),
      headers: { "content-type": "text/plain" },
    });
    expect(typeOf(text)).toEqual([415, "/problems/unsupported_media_type"]);
    expect(typeOf(await service.ask("POST", "/api/connections/anna/diary"))).toEqual([400, "/problems/invalid_body"]);
    expect((await service.get("/api/connections/anna")).statusCode).toBe(404);
  });

  it("says what is wrong with a form, all of it, and nothing of what was typed", async () => {
    const service = served();
    const wrong = async (payload: string) => {
      const answer = await service.ask("POST", "/api/connections/anna/diary", { payload, headers: { "content-type": "application/json" } });
      expect(answer.json().type).toBe("/problems/invalid_body");
      expect(answer.body).not.toContain("4711");
      return [answer.json().detail, answer.json().fields];
    };
    expect(await wrong('{"username":"4711"}')).toEqual([
      "Missing: name, password. Not asked for: username.",
      ["name", "password", "username"],
    ]);
    expect(await wrong('{"name":"4711" "password":"4711"}')).toEqual([
      "The body is not JSON: line 1, column 16 is not as JSON has it.",
      undefined,
    ]);
    expect(await wrong('{"name":"4711"')).toEqual([expect.stringMatching(/^The body is not JSON: /), undefined]);
    expect(await wrong("{name:4711} in JSON at position 4711")).toEqual([expect.stringMatching(/^The body is not JSON/), undefined]);
    expect(await wrong('{"name":"4711","__proto__":{"x":1}}')).toEqual([
      "The body is JSON, but holds a key that is not allowed: __proto__.",
      ["__proto__"],
    ]);
  });

  it("says what the provider said, without what the person typed in secret", async () => {
    const vendor: DiaryVendor = { loginError: null };
    const service = served({ providers: ({ nowMs }) => [diaryProvider(nowMs, undefined, vendor)] });
    const answerTo = async (error: ProviderError) => {
      vendor.loginError = error;
      const answer = await connectOver(service);
      expect(answer.body).not.toContain("open sesame");
      return [...typeOf(answer), answer.json().detail, answer.headers["retry-after"]];
    };
    const message = "The password open sesame does not fit.";
    expect(await answerTo({ kind: "reconnect", message })).toEqual([
      422,
      "/problems/login_refused",
      "The password … does not fit.",
      undefined,
    ]);
    expect(await answerTo({ kind: "retry", message: "Busy.", retryAfterMs: 60_000 })).toEqual([
      503,
      "/problems/provider_away",
      "Busy.",
      "60",
    ]);
    expect((await answerTo({ kind: "stop", message })).slice(0, 2)).toEqual([502, "/problems/provider_failed"]);
    expect(JSON.stringify(service.lines)).not.toContain("open sesame");
  });

  it("has the provider waited for as long as connecting may take, though another answer is given up sooner", async () => {
    const signals: AbortSignal[] = [];
    const service = served({
      options: { limits: { ...USUAL_LIMITS, answerSeconds: 0.001, connectSeconds: 600 } },
      replace: ({ connections }) => ({
        connections: {
          ...connections,
          connect(user, provider, fields, call) {
            signals.push(call.signal);
            return connections.connect(user, provider, fields, call);
          },
          overview(user, now, call) {
            signals.push(call.signal);
            return connections.overview(user, now, call);
          },
        },
      }),
    });
    expect((await connectOver(service)).statusCode).toBe(201);
    await service.get("/api/connections/anna");
    await expect.poll(() => signals.map(({ aborted }) => aborted), { timeout: 20_000 }).toEqual([false, true]);
  });

  it("says in how long to try again while no calls are left, and asks the provider nothing", async () => {
    let lease: RateLease = { kind: "wait", waitMs: 11_200 };
    const service = served({ budget: { take: async (_, purpose) => (purpose === "connect" ? lease : { kind: "granted" }) } });
    const refused = await connectOver(service);
    expect([...typeOf(refused), refused.headers["retry-after"]]).toEqual([503, "/problems/short_of_calls", "12"]);
    expect(refused.json().what_to_do).toBe("Wait for 12 seconds, and try again.");
    expect((await service.get("/api/connections/anna")).statusCode).toBe(404);
    lease = { kind: "granted" };
    expect((await connectOver(service)).statusCode).toBe(201);
  });

  it("refuses another account, an unknown provider, one that waits for its settings and one that could not be loaded", async () => {
    const service = served();
    await connectOver(service);
    expect(typeOf(await connectOver(service, "anna", { ...FORM, name: "berta" }))).toEqual([409, "/problems/another_account"]);
    expect(typeOf(await service.ask("POST", "/api/connections/anna/nobody", { payload: FORM }))).toEqual([
      404,
      "/problems/unknown_provider",
    ]);
    const waiting = await service.ask("POST", "/api/connections/anna/elsewhere", { payload: FORM });
    expect(waiting.json()).toMatchObject({ type: "/problems/provider_not_configured", missing_settings: ["ELSEWHERE_CLIENT_ID"] });
    expect(typeOf(await service.ask("POST", "/api/connections/anna/broken", { payload: FORM }))).toEqual([
      503,
      "/problems/provider_not_loaded",
    ]);
  });

  it("is done by no page of another origin", async () => {
    const service = served();
    const asked = (headers: Record<string, string>) => service.ask("POST", "/api/connections/anna/diary", { payload: FORM, headers });
    for (const headers of [{ origin: "https://evil.example" }, { origin: "null" }, { "sec-fetch-site": "cross-site" }] as Record<
      string,
      string
    >[]) {
      expect(typeOf(await asked(headers))).toEqual([403, "/problems/cross_origin_refused"]);
    }
    expect((await asked({ host: "localhost:5001", origin: "http://localhost:5001", "sec-fetch-site": "same-origin" })).statusCode).toBe(
      201,
    );
  });
});

describe("GET /api/connections/:userId", () => {
  it("tells how each connection is, and no glucose", async () => {
    const service = served();
    await connectOver(service);
    await service.tell("anna", [rawAt(-300, 347), rawAt(-240, 1), rawAt(1_200, 347)]);
    const answer = await service.get("/api/connections/anna");
    const [connection] = answer.json().connections;
    expect(answer.json().connections).toEqual([
      {
        provider: "diary",
        display_name: "Diary",
        source: expect.stringMatching(/^[0-9a-f]{13}$/),
        state: "healthy",
        message: null,
        since: "2025-04-26T14:30:00Z",
        connected_at: "2025-04-26T14:30:00Z",
        last_success_at: "2025-04-26T14:30:00Z",
        last_error: null,
        next_attempt_at: "2025-04-26T14:35:00Z",
        newest_reading_at: "2025-04-26T14:25:00Z",
        age_seconds: 300,
        lag_seconds: 300,
        backfill: null,
        gaps: [],
        set_aside: 2,
        takes_deliveries: true,
        push: null,
      },
    ]);
    expect(JSON.stringify({ ...connection, source: null })).not.toContain("347");
  });

  it("knows nobody who was never connected", async () => {
    expect(typeOf(await served().get("/api/connections/nobody"))).toEqual([404, "/problems/unknown_user"]);
  });

  it("shows what went wrong, how far the history is, and what could not be read", async () => {
    const service = served();
    await connectOver(service);
    const at = (second: number) => (1_745_677_800 + second) as Instant;
    const change = (overview: ConnectionOverview): ConnectionOverview => ({
      ...overview,
      state: "failing",
      message: "The vendor is down.",
      record: {
        ...overview.record,
        health: { kind: "failing", since: at(-60), attempts: 3, message: "The vendor is down.", nextAttemptAt: at(30) },
        backfill: { startedAt: at(-90), finishedAt: null, notBefore: null, span: { from: at(-4_000), to: at(0), doneFrom: at(-1_000) } },
        gaps: [{ from: at(-900), to: at(-600), reason: "Garbage.", recordedAt: at(-60) }],
        push: { kind: "off", since: at(-60), attempts: 2, message: "The vendor is away.", nextAttemptAt: at(200) },
      },
    });
    const { overview } = service.deps.connections;
    const shown = served({
      replace: (deps) => ({
        connections: {
          ...deps.connections,
          nextAttemptAt: () => null,
          overview: async (...asked) => (await overview(...asked)).map((all) => all.map(change)),
        },
      }),
    });
    const [connection] = (await shown.get("/api/connections/anna")).json().connections;
    expect(connection).toMatchObject({
      state: "failing",
      since: "2025-04-26T14:30:00Z",
      last_error: { message: "The vendor is down.", since: "2025-04-26T14:29:00Z", attempts: 3 },
      next_attempt_at: "2025-04-26T14:30:30Z",
      backfill: { from: "2025-04-26T13:23:20Z", done_from: "2025-04-26T14:13:20Z", progress: 0.25 },
      gaps: [{ from: "2025-04-26T14:15:00Z", to: "2025-04-26T14:20:00Z", reason: "Garbage.", recorded_at: "2025-04-26T14:29:00Z" }],
      push: {
        state: "off",
        since: "2025-04-26T14:29:00Z",
        message: "The vendor is away.",
        attempts: 2,
        next_attempt_at: "2025-04-26T14:33:20Z",
      },
    });
  });
});

describe("what can be done with a connection", () => {
  it("polls now, disconnects so that the readings stay, and connects again", async () => {
    const service = served();
    await connectOver(service);
    await service.tell("anna", [rawAt(-300, 110)]);
    const poll = await service.ask("POST", "/api/connections/anna/diary/poll");
    expect([poll.statusCode, poll.body]).toEqual([202, '{"status":"wanted"}']);
    const gone = await service.ask("DELETE", "/api/connections/anna/diary");
    expect([gone.statusCode, gone.body]).toEqual([204, ""]);
    expect((await service.get("/api/connections/anna")).json().connections[0]).toMatchObject({
      state: "disconnected",
      next_attempt_at: null,
    });
    expect(typeOf(await service.ask("POST", "/api/connections/anna/diary/poll"))).toEqual([409, "/problems/not_polled"]);
    expect((await service.get("/api/bg/anna/latest")).statusCode).toBe(200);
    expect((await connectOver(service)).statusCode).toBe(201);
    expect((await service.get("/api/connections/anna")).json().connections[0]).toMatchObject({ state: "healthy" });
  });

  it("does nothing for those who are not connected", async () => {
    const service = served();
    for (const [method, path] of [
      ["POST", "/api/connections/anna/diary/poll"],
      ["DELETE", "/api/connections/anna/diary"],
      ["GET", "/api/connections/anna/diary/set-aside"],
    ] as const) {
      expect(typeOf(await service.ask(method, path))).toEqual([404, "/problems/unknown_connection"]);
    }
    expect(typeOf(await service.ask("DELETE", "/api/bg/anna"))).toEqual([404, "/problems/unknown_user"]);
  });

  it("erases a person, of whom nothing is seen any more", async () => {
    const service = served();
    await connectOver(service);
    await service.tell("anna", [rawAt(-300, 110)]);
    expect((await service.ask("DELETE", "/api/bg/anna")).statusCode).toBe(204);
    for (const path of ["/api/bg/anna/latest", "/api/bg/anna?from=2025-04-26T00:00:00Z", "/api/connections/anna"]) {
      expect(typeOf(await service.get(path))).toEqual([404, "/problems/unknown_user"]);
    }
    expect((await service.ask("DELETE", "/api/bg/anna")).statusCode).toBe(404);
  });

  it("pages through the records set aside, newest first", async () => {
    const service = served();
    await connectOver(service);
    for (const second of [1, 2, 3, 4, 5]) {
      service.time.pass(1_000);
      await service.tell("anna", [rawAt(-300 * second, second)]);
    }
    const values: number[] = [];
    let after = "";
    do {
      const page = (await service.get(`/api/connections/anna/diary/set-aside?limit=2${after}`)).json();
      values.push(...page.records.map(({ record }: { record: string }) => JSON.parse(record).value));
      expect(page.records[0]).toMatchObject({ reason: "glucose_out_of_range", detail: "The value lies outside 20 to 1,000 mg/dL." });
      after = page.next === null ? "" : `&after=${encodeURIComponent(page.next)}`;
    } while (after !== "");
    expect(values).toEqual([5, 4, 3, 2, 1]);
    for (const limit of ["0", "501", "x", "1e2", "-1", ""]) {
      expect(typeOf(await service.get(`/api/connections/anna/diary/set-aside?limit=${limit}`))).toEqual([400, "/problems/invalid_query"]);
    }
    expect(typeOf(await service.get("/api/connections/anna/diary/set-aside?after=nonsense"))).toEqual([400, "/problems/invalid_cursor"]);
  });

  it("says that the store is away, or that something is broken", async () => {
    const away: StoreError = { kind: "retry", message: "disk 7" };
    const broken: StoreError = { kind: "stop", message: "disk 7" };
    for (const [cause, status] of [
      [away, 503],
      [broken, 500],
    ] as const) {
      const fails = async () => err<never, StoreError>(cause);
      const service = served({
        replace: ({ connections, queries }) => ({
          connections: {
            ...connections,
            overview: fails,
            disconnect: fails,
            pollNow: fails,
            setAside: fails,
            erase: fails,
            connect: async () => err<never, ConnectError>({ kind: "store", error: cause }),
          },
          queries: { ...queries, latest: fails, range: fails },
        }),
      });
      const answers = [
        await service.get("/api/connections/anna"),
        await service.ask("DELETE", "/api/connections/anna/diary"),
        await service.ask("POST", "/api/connections/anna/diary/poll"),
        await service.get("/api/connections/anna/diary/set-aside"),
        await service.ask("DELETE", "/api/bg/anna"),
        await connectOver(service),
        await service.get("/api/bg/anna/latest"),
        await service.get("/api/bg/anna?from=2025-04-26T00:00:00Z"),
      ];
      for (const answer of answers) {
        expect(answer.statusCode).toBe(status);
        expect(answer.headers["retry-after"]).toBe(status === 503 ? "5" : undefined);
        expect(answer.body).not.toContain("disk 7");
        const line = service.lines.find(({ fields }) => fields["request_id"] === answer.json().request_id);
        expect(line).toMatchObject({ level: status === 503 ? "warn" : "error", fields: { reason: "disk 7" } });
      }
    }
  });
});

describe("where the log says more than the caller is told", () => {
  it("is found in the lines as they are written by the id that the caller was told, in JSON and on a page", async () => {
    const log = recordedLog();
    const fails = async () => err<never, StoreError>({ kind: "stop", message: "disk 7" });
    const service = served({
      replace: ({ connections }) => ({ logger: log.logger, connections: { ...connections, overview: fails } }),
    });
    const document = (await service.get("/api/connections/anna")).json();
    const page = await service.get("/connect/anna", { accept: "text/html" });
    const [, told] = /says more under ([\w-]+)/.exec(page.body) ?? [];
    const lines = log.lines.map((line) => JSON.parse(line));
    for (const id of [document.request_id, told]) {
      expect(id).toMatch(/./);
      expect(lines.filter((line) => line.request_id === id)).toEqual([expect.objectContaining({ level: "error", reason: "disk 7" })]);
    }
  });
});

describe("GET /api/providers", () => {
  it("lists the providers with what connecting needs, and those that wait for settings", async () => {
    const body = (await served().get("/api/providers")).json();
    expect(body.providers[0]).toMatchObject({
      name: "diary",
      capabilities: ["login", "poll", "webhook"],
      traits: { cadence_seconds: 300, rate_limit: null },
      connect: {
        oauth: false,
        login_fields: [
          { name: "name", secret: false },
          { name: "password", secret: true },
        ],
      },
    });
    expect(body.not_configured).toEqual([{ name: "elsewhere", display_name: "Elsewhere", missing_settings: ["ELSEWHERE_CLIENT_ID"] }]);
  });
});
