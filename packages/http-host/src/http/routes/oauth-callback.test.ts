import type { RateLease } from "@bg-ingest/core";
import { err } from "neverthrow";
import { describe, expect, it } from "vitest";
import { ALLOWING, type ConsentVendor, consentProvider, consentVendor } from "../../../test/consent-provider.ts";
import { diaryProvider } from "../../../test/diary-provider.ts";
import { type Served, type ServedOptions, served } from "../../../test/served.ts";
import { flowCookieIn } from "../consent/flow-cookie.ts";

const HTML = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

function consenting(options: ServedOptions["options"] = {}, more: Pick<ServedOptions, "budget"> = {}) {
  const vendor: ConsentVendor = consentVendor();
  const providers: ServedOptions["providers"] = ({ nowMs }) => [consentProvider(vendor), diaryProvider(nowMs)];
  return { service: served({ providers, options, ...more }), vendor };
}

interface Begun {
  readonly state: string;
  readonly cookie: string;
}

async function begin({ ask }: Served, user = "anna"): Promise<Begun> {
  const answer = await ask("POST", `/api/connections/${user}/${ALLOWING}`);
  expect(answer.statusCode).toBe(200);
  const state = new URL(answer.json().authorization_url).searchParams.get("state") ?? "";
  return { state, cookie: String(answer.headers["set-cookie"]).split(";", 1)[0] as string };
}

function finish({ get }: Served, query: Record<string, string>, headers: Record<string, string> = {}, provider: string = ALLOWING) {
  return get(`/api/oauth/${provider}/callback?${new URLSearchParams(query)}`, headers);
}

async function connectionsOf({ get }: Served, user = "anna"): Promise<readonly { readonly state: string; readonly source: string }[]> {
  const answer = await get(`/api/connections/${user}`);
  return answer.statusCode === 404 ? [] : answer.json().connections;
}

describe("POST /api/connections/:userId/:provider by consent", () => {
  it("answers where to send the browser, until when that is good, and a cookie for that browser alone", async () => {
    const { service } = consenting();
    const answer = await service.ask("POST", `/api/connections/anna/${ALLOWING}`);
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toEqual({
      authorization_url: expect.stringMatching(/^https:\/\/vendor\.example\/authorize\?state=[\w-]{43}&/),
      expires_at: "2025-04-26T14:40:00Z",
    });
    const state = new URL(answer.json().authorization_url).searchParams.get("state") ?? "";
    const [pair = "", ...attributes] = String(answer.headers["set-cookie"]).split("; ");
    expect(attributes).toEqual(["Path=/api/oauth", "Max-Age=600", "HttpOnly", "SameSite=Lax"]);
    expect(flowCookieIn(pair, state)).toEqual({ browserSecret: expect.stringMatching(/^[\w-]{43}$/), userId: "anna" });
    expect(pair).not.toContain(state);
    expect(await connectionsOf(service)).toEqual([]);
  });

  it("sends the cookie over https only where the service is reached so", async () => {
    const { service } = consenting({ publicUrl: "https://bg.example.org" });
    const answer = await service.ask("POST", `/api/connections/anna/${ALLOWING}`);
    expect(String(answer.headers["set-cookie"])).toMatch(/; Secure$/);
  });

  it("takes no fields, and begins nothing where the vendor cannot be asked or asks for no consent", async () => {
    const { service, vendor } = consenting();
    const url = `/api/connections/anna/${ALLOWING}`;
    expect((await service.ask("POST", url, { payload: {} })).statusCode).toBe(200);
    const withFields = await service.ask("POST", url, { payload: { user: "anna" } });
    expect([withFields.statusCode, withFields.json().type]).toEqual([400, "/problems/invalid_body"]);
    vendor.startError = { kind: "stop", message: "No client id is set." };
    const refused = await service.ask("POST", url);
    expect([refused.statusCode, refused.json().type, refused.json().detail]).toEqual([
      502,
      "/problems/provider_failed",
      "No client id is set.",
    ]);
    expect(refused.headers["set-cookie"]).toBeUndefined();
    const byForm = await service.ask("POST", "/api/connections/anna/diary");
    expect([byForm.statusCode, byForm.json().type]).toEqual([400, "/problems/invalid_body"]);
  });
});

describe("GET /api/oauth/:provider/callback", () => {
  it("connects, and shows the webhook's secret once, on a page that keeps its address to itself", async () => {
    const { service } = consenting();
    const { state, cookie } = await begin(service);
    const page = await finish(service, { state, code: "acct-1" }, { cookie, accept: HTML });
    expect(page.statusCode).toBe(200);
    expect(page.headers).toMatchObject({
      "content-type": "text/html; charset=utf-8",
      "cache-control": "no-store",
      "referrer-policy": "no-referrer",
      "content-security-policy": expect.stringContaining("default-src 'none'"),
    });
    expect(String(page.headers["set-cookie"])).toMatch(/^bg_oauth_[0-9a-f]{16}=connected\.anna; Path=\/api\/oauth; Max-Age=600;/);
    expect(page.body).toContain("Connected");
    expect(page.body).toMatch(/whsec_[A-Za-z0-9+/=]{32,}/);
    expect(page.body).toContain('href="/connect/anna"');
    for (const secret of [state, "acct-1"]) expect(page.body).not.toContain(secret);
    expect(await connectionsOf(service)).toHaveLength(1);

    const again = await begin(service);
    const second = await finish(service, { state: again.state, code: "acct-1" }, { cookie: again.cookie, accept: HTML });
    expect(second.statusCode).toBe(200);
    expect(second.body).not.toContain("whsec_");
  });

  it("says on a second look at the same address that it worked, leads to the connections, and exchanges nothing twice", async () => {
    const { service } = consenting();
    const { state, cookie } = await begin(service);
    const first = await finish(service, { state, code: "acct-1" }, { cookie, accept: HTML });
    const kept = String(first.headers["set-cookie"]).split(";", 1)[0] as string;
    const before = await connectionsOf(service);
    for (let look = 0; look < 2; look++) {
      const again = await finish(service, { state, code: "acct-2" }, { cookie: kept, accept: HTML });
      expect(again.statusCode).toBe(400);
      expect(again.headers["set-cookie"]).toBeUndefined();
      expect(again.body).toContain("you have been connected already");
      expect(again.body).toContain('href="/connect/anna"');
    }
    expect(await connectionsOf(service)).toEqual(before);
  });

  it("says to a browser without the cookie that it may have worked, and not who was connected", async () => {
    const { service } = consenting();
    const [anna, ben] = [await begin(service, "anna"), await begin(service, "ben")];
    const done = await finish(service, { state: anna.state, code: "acct-1" }, { cookie: anna.cookie });
    const ofAnna = String(done.headers["set-cookie"]).split(";", 1)[0] as string;
    await finish(service, { state: ben.state, code: "acct-2" }, { cookie: ben.cookie });
    for (const cookie of ["", ofAnna]) {
      const page = await finish(service, { state: ben.state, code: "acct-2" }, { cookie, accept: HTML });
      expect(page.body).toContain("If you have just connected, it worked");
      expect(page.body).toContain('href="/connect"');
      expect(page.body).not.toMatch(/anna|ben\b/);
    }
  });

  it("is good once more in the same browser after the store was away, as the answer says", async () => {
    const { service } = consenting();
    const { state, cookie } = await begin(service);
    const { waiting } = service.stores.authorizations;
    Object.assign(service.stores.authorizations, { waiting: async () => err({ kind: "retry", message: "The disk is busy." }) });
    const away = await finish(service, { state, code: "acct-1" }, { cookie });
    expect([away.statusCode, away.json().type, away.headers["set-cookie"]]).toEqual([503, "/problems/store_away", undefined]);
    Object.assign(service.stores.authorizations, { waiting });
    expect((await finish(service, { state, code: "acct-1" }, { cookie })).statusCode).toBe(200);
  });

  it("tells the second of two tabs that the first one may have done it, and leads to the connections", async () => {
    const { service } = consenting();
    const [one, other] = [await begin(service), await begin(service)];
    const cookie = `${one.cookie}; ${other.cookie}`;
    expect((await finish(service, { state: one.state, code: "acct-1" }, { cookie })).statusCode).toBe(200);
    const page = await finish(service, { state: other.state, code: "acct-1" }, { cookie, accept: HTML });
    expect(page.statusCode).toBe(409);
    expect(page.body).toContain("If you have just connected in another tab, it worked");
    expect(page.body).toContain('href="/connect/anna"');
  });

  it("answers a program in JSON, and a vendor may send along what is its own", async () => {
    const { service } = consenting();
    const { state, cookie } = await begin(service, "a:b@c");
    const answer = await finish(service, { state, code: "acct-1", scope: "offline", iss: "https://vendor.example" }, { cookie });
    expect(answer.json()).toMatchObject({ provider: ALLOWING, webhook: { secret: expect.stringMatching(/^whsec_/) } });
    expect(answer.headers).toMatchObject({ "cache-control": "no-store", "referrer-policy": "no-referrer" });
    expect(await connectionsOf(service, "a:b@c")).toHaveLength(1);
  });

  it("has as many begun at once as there are tabs, each with its own cookie", async () => {
    const { service } = consenting();
    const [anna, ben] = [await begin(service, "anna"), await begin(service, "ben")];
    const cookie = `other=1; ${anna.cookie}; ${ben.cookie}`;
    for (const { state } of [anna, ben])
      expect((await finish(service, { state, code: state.slice(0, 5) }, { cookie })).statusCode).toBe(200);
    expect([await connectionsOf(service, "anna"), await connectionsOf(service, "ben")]).toMatchObject([[{}], [{}]]);
  });

  type Given = ReturnType<typeof consenting> & Begun;
  const refused: readonly (readonly [string, (given: Given, accept: string) => ReturnType<Served["get"]>, number, string])[] = [
    [
      "a state that nobody gave out",
      ({ service, cookie }, accept) => finish(service, { state: "forged", code: "c0de" }, { cookie, accept }),
      400,
      "authorization_unknown",
    ],
    ["no state", ({ service, cookie }, accept) => finish(service, { code: "c0de" }, { cookie, accept }), 400, "authorization_unknown"],
    [
      "a state that was used before",
      async ({ service, state, cookie }, accept) => {
        await finish(service, { state, error: "access_denied" }, { cookie });
        return finish(service, { state, code: "c0de" }, { cookie, accept });
      },
      400,
      "authorization_unknown",
    ],
    [
      "a state that is too old",
      ({ service, state, cookie }, accept) => {
        service.time.pass(600_000);
        return finish(service, { state, code: "c0de" }, { cookie, accept });
      },
      400,
      "authorization_unknown",
    ],
    ["no cookie", ({ service, state }, accept) => finish(service, { state, code: "c0de" }, { accept }), 403, "another_browser"],
    [
      "another browser's cookie",
      async ({ service, state }, accept) => {
        const { cookie } = await begin(service);
        return finish(service, { state, code: "c0de" }, { cookie, accept });
      },
      403,
      "another_browser",
    ],
    [
      "a cookie that was altered",
      ({ service, state, cookie }, accept) =>
        finish(service, { state, code: "c0de" }, { cookie: cookie.replace(/=.{43}/, `=${"x".repeat(43)}`), accept }),
      403,
      "another_browser",
    ],
    [
      "a no",
      ({ service, state, cookie }, accept) => finish(service, { state, error: "access_denied" }, { cookie, accept }),
      403,
      "consent_denied",
    ],
    [
      "a code that the vendor refuses",
      ({ service, vendor, state, cookie }, accept) => {
        vendor.exchangeError = { kind: "reconnect", message: "The code c0de is not good." };
        return finish(service, { state, code: "c0de" }, { cookie, accept });
      },
      422,
      "consent_refused",
    ],
    [
      "a wrong client secret",
      ({ service, vendor, state, cookie }, accept) => {
        vendor.exchangeError = {
          kind: "stop",
          message: "The vendor does not take the client secret; check ALLOWING_CLIENT_SECRET (c0de).",
        };
        return finish(service, { state, code: "c0de" }, { cookie, accept });
      },
      502,
      "provider_failed",
    ],
    [
      "a vendor that is away",
      ({ service, vendor, state, cookie }, accept) => {
        vendor.exchangeError = { kind: "retry", message: "No answer.", retryAfterMs: 7_000 };
        return finish(service, { state, code: "c0de" }, { cookie, accept });
      },
      503,
      "provider_away",
    ],
    [
      "the state of another provider",
      ({ service, state, cookie }, accept) => finish(service, { state, code: "c0de" }, { cookie, accept }, "diary"),
      409,
      "no_consent_page",
    ],
    [
      "a provider that is not here",
      ({ service, state, cookie }, accept) => finish(service, { state, code: "c0de" }, { cookie, accept }, "nobody"),
      404,
      "unknown_provider",
    ],
    [
      "one that is not configured",
      ({ service, state, cookie }, accept) => finish(service, { state, code: "c0de" }, { cookie, accept }, "elsewhere"),
      409,
      "provider_not_configured",
    ],
  ];

  it.each(refused)(
    "answers %s with a clear page or a problem document, and leaves nothing half-connected",
    async (_, act, status, kind) => {
      for (const accept of [HTML, "application/json"]) {
        const { service, vendor } = consenting();
        const begun = await begin(service);
        const answer = await act({ service, vendor, ...begun }, accept);
        expect(answer.statusCode).toBe(status);
        expect(answer.headers).toMatchObject({ "cache-control": "no-store", "referrer-policy": "no-referrer" });
        if (accept === HTML) {
          expect(answer.headers["content-type"]).toBe("text/html; charset=utf-8");
          expect(answer.body).toContain("What to do:");
          expect(answer.body).toContain(kind);
        } else expect(answer.json().type).toBe(`/problems/${kind}`);
        const said = [answer.body, JSON.stringify(service.lines)];
        for (const secret of [begun.state, "c0de", "forged"]) for (const text of said) expect(text).not.toContain(secret);
        expect(await connectionsOf(service)).toEqual([]);
      }
    },
  );

  it("says that the seconds of Retry-After are to be waited for, and then to begin again", async () => {
    const { service, vendor } = consenting();
    const { state, cookie } = await begin(service);
    vendor.exchangeError = { kind: "retry", message: "No answer.", retryAfterMs: 7_000 };
    const answer = await finish(service, { state, code: "c0de" }, { cookie });
    expect([answer.headers["retry-after"], answer.json().what_to_do]).toEqual(["7", expect.stringContaining("Begin to connect again")]);
  });

  it("has the browser ask again by itself while no calls are left, and what was begun still holds", async () => {
    let lease: RateLease = { kind: "wait", waitMs: 11_200 };
    const { service } = consenting({}, { budget: { take: async () => lease } });
    const { state, cookie } = await begin(service);
    const page = await finish(service, { state, code: "acct-1" }, { cookie, accept: HTML });
    expect(page.statusCode).toBe(503);
    expect(page.headers).toMatchObject({ "retry-after": "12", refresh: "12", "cache-control": "no-store" });
    expect(page.headers["set-cookie"]).toBeUndefined();
    expect(page.body).toContain("Wait for 12 seconds: a browser then opens this address again by itself");
    const document = await finish(service, { state, code: "acct-1" }, { cookie });
    expect([document.statusCode, document.json().type, document.headers["retry-after"]]).toEqual([503, "/problems/short_of_calls", "12"]);
    expect(document.headers["refresh"]).toBeUndefined();
    expect(await connectionsOf(service)).toEqual([]);
    lease = { kind: "granted" };
    expect((await finish(service, { state, code: "acct-1" }, { cookie, accept: HTML })).statusCode).toBe(200);
  });

  it("has the person begin again where the wait is too long for a code", async () => {
    const { service } = consenting({}, { budget: { take: async () => ({ kind: "wait", waitMs: 600_000 }) } });
    const { state, cookie } = await begin(service);
    const page = await finish(service, { state, code: "acct-1" }, { cookie, accept: HTML });
    expect([page.statusCode, page.headers["retry-after"], page.headers["refresh"]]).toEqual([503, "600", undefined]);
    expect(String(page.headers["set-cookie"])).toContain("Max-Age=0");
    expect(page.body).toContain("Wait for 600 seconds. Begin to connect again.");
    expect(page.body).toContain('href="/connect/anna"');
  });

  it("refuses another account of the vendor, and leaves the connection as it was", async () => {
    const { service } = consenting();
    const first = await begin(service);
    await finish(service, { state: first.state, code: "acct-1" }, { cookie: first.cookie });
    const before = await connectionsOf(service);
    const second = await begin(service);
    const answer = await finish(service, { state: second.state, code: "acct-2" }, { cookie: second.cookie, accept: HTML });
    expect(answer.statusCode).toBe(409);
    expect(answer.body).toContain("another_account");
    expect(answer.body).toContain('href="/connect/anna"');
    expect(await connectionsOf(service)).toEqual(before);
  });

  it("brings nobody back who was erased meanwhile", async () => {
    const { service } = consenting();
    const first = await begin(service);
    await finish(service, { state: first.state, code: "acct-1" }, { cookie: first.cookie });
    const second = await begin(service);
    expect((await service.ask("DELETE", "/api/bg/anna")).statusCode).toBe(204);
    const answer = await finish(service, { state: second.state, code: "acct-1" }, { cookie: second.cookie });
    expect(["/problems/source_replaced", "/problems/authorization_unknown"]).toContain(answer.json().type);
    expect(await connectionsOf(service)).toEqual([]);
  });

  it("uses nothing up when only the headers are asked for", async () => {
    const { service } = consenting();
    const { state, cookie } = await begin(service);
    const head = await service.ask("HEAD", `/api/oauth/${ALLOWING}/callback?state=${state}&code=acct-1`, { headers: { cookie } });
    expect([head.statusCode, head.headers.allow]).toEqual([405, "GET"]);
    expect((await finish(service, { state, code: "acct-1" }, { cookie })).statusCode).toBe(200);
  });

  it("logs no address: neither the code nor the state stands in any line", async () => {
    const { service } = consenting();
    const { state, cookie } = await begin(service);
    await finish(service, { state, code: "c0de-canary" }, { cookie, accept: HTML });
    expect(service.lines.length).toBeGreaterThan(1);
    for (const secret of [state, "c0de-canary", cookie.split("=")[1] ?? ""]) expect(JSON.stringify(service.lines)).not.toContain(secret);
    expect(service.lines.map(({ fields }) => fields["route"])).toContain("/api/oauth/:provider/callback");
  });

  it("shows what a vendor says as text, whatever it says", async () => {
    const { service, vendor } = consenting();
    const { state, cookie } = await begin(service);
    vendor.exchangeError = { kind: "reconnect", message: '<script src="//evil.example"></script>' };
    const page = await finish(service, { state, code: "c0de" }, { cookie, accept: HTML });
    expect(page.body).toContain("&lt;script src=&quot;//evil.example&quot;&gt;");
    expect(page.body).not.toContain("<script");
  });
});
