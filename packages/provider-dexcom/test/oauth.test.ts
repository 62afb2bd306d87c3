import type { ProviderError } from "@bg-ingest/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { provider } from "../src/index.ts";
import {
  ACCESS_TOKEN,
  call,
  connectDexcom,
  credentials,
  EU,
  html,
  json,
  NOW,
  REDIRECT_URI,
  REFRESH_TOKEN,
  SECRET,
  type Settings,
} from "./dexcom-setup.ts";

const CODE = "canary-code-3c4d";
const STATE = "state-1";
const token = { access_token: "at-2-canary", refresh_token: "rt-2-canary", token_type: "Bearer", expires_in: 7200 };
const dataRange = { recordType: "dataRange", recordVersion: "3.0", userId: "user-1", egvs: null };
const callback = (query: Record<string, string>) => new URL(`${REDIRECT_URI}?${new URLSearchParams(query)}`);
const consented = { callbackUrl: callback({ code: CODE, state: STATE }), state: STATE, codeVerifier: null };

/** Whatever goes wrong, no message holds what must stay between us and Dexcom. */
function expectNoSecret(error: ProviderError) {
  const { cause: _, ...told } = error;
  for (const secret of [SECRET, CODE, ACCESS_TOKEN, REFRESH_TOKEN, "canary"]) expect(JSON.stringify(told)).not.toContain(secret);
  expect(error.message.length).toBeLessThanOrEqual(300);
}

async function exchangeError(answers: Parameters<typeof connectDexcom>[0], settings: Settings = {}) {
  const error = (await connectDexcom(answers, settings).dexcom.oauth.exchangeCode(consented, call))._unsafeUnwrapErr();
  expectNoSecret(error);
  return error;
}

async function refreshError(answers: Parameters<typeof connectDexcom>[0], settings: Settings = {}) {
  const error = (await connectDexcom(answers, settings).dexcom.oauth.refresh(credentials, call))._unsafeUnwrapErr();
  expectNoSecret(error);
  return error;
}

describe("the authorisation URL", () => {
  it("asks for what Dexcom documents, and no more", () => {
    const { dexcom } = connectDexcom();
    const url = dexcom.oauth.authorizationUrl({ state: STATE, codeChallenge: null })._unsafeUnwrap();
    expect(`${url.origin}${url.pathname}`).toBe(`${EU}/v3/oauth2/login`);
    expect(Object.fromEntries(url.searchParams)).toEqual({
      client_id: "client-1",
      redirect_uri: REDIRECT_URI,
      response_type: "code",
      scope: "offline_access",
      state: STATE,
    });
    expect(dexcom.oauth.pkce).toBe(false);
  });

  it.each([
    [{ apiBaseUrl: "us", oauthVersion: "v2" }, "https://api.dexcom.com/v2/oauth2/login"],
    [{ apiBaseUrl: "http://localhost:7070/dexcom/" }, "http://localhost:7070/dexcom/v3/oauth2/login"],
  ] as const)("with %j is at %s", (settings, expected) => {
    const url = connectDexcom([], settings).dexcom.oauth.authorizationUrl({ state: STATE, codeChallenge: null })._unsafeUnwrap();
    expect(`${url.origin}${url.pathname}`).toBe(expected);
  });
});

it("names the redirect URI letter by letter, when asking for a code and when exchanging it", async () => {
  const redirectUri = "HTTPS://BG.example:443/a/../callback";
  const { dexcom, sent } = connectDexcom([json(token), json(dataRange)], { redirectUri });
  const url = dexcom.oauth.authorizationUrl({ state: STATE, codeChallenge: null })._unsafeUnwrap();
  expect(url.searchParams.get("redirect_uri")).toBe(redirectUri);
  expect((await dexcom.oauth.exchangeCode(consented, call)).isOk()).toBe(true);
  expect(sent[0]?.form.get("redirect_uri")).toBe(redirectUri);
});

describe("a code", () => {
  it("becomes a grant, with the account that it is of", async () => {
    const { dexcom, sent } = connectDexcom([json(token), json(dataRange)]);
    const grant = (await dexcom.oauth.exchangeCode(consented, call))._unsafeUnwrap();
    expect(grant).toEqual({
      credentials: { value: { baseUrl: EU, accessToken: "at-2-canary", refreshToken: "rt-2-canary" }, expiresAt: NOW + 7200 },
      accountId: "user-1",
    });
    expect(sent.map(({ method, url }) => `${method} ${url.href}`)).toEqual([
      `POST ${EU}/v3/oauth2/token`,
      `GET ${EU}/v3/users/self/dataRange`,
    ]);
    expect(Object.fromEntries(sent[0]?.form ?? [])).toEqual({
      grant_type: "authorization_code",
      code: CODE,
      redirect_uri: REDIRECT_URI,
      client_id: "client-1",
      client_secret: SECRET,
    });
    expect(sent[0]?.headers.get("authorization")).toBeNull();
    expect(sent.map(({ redirect }) => redirect)).toEqual(["manual", "manual"]);
    expect(sent[1]?.headers.get("authorization")).toBe("Bearer at-2-canary");
  });

  it("may be exchanged on this machine without encryption, and under the other version", async () => {
    const { dexcom, sent } = connectDexcom([json(token), json(dataRange)], { apiBaseUrl: "http://127.0.0.1:7070", oauthVersion: "v2" });
    expect((await dexcom.oauth.exchangeCode(consented, call)).isOk()).toBe(true);
    expect(sent[0]?.url.href).toBe("http://127.0.0.1:7070/v2/oauth2/token");
  });

  it.each([
    [
      "more than we know",
      { ...token, refresh_expires_in: 1, "not-before-policy": 0, session_state: "x", scope: 7, id_token: "no.jwt" },
      NOW + 7200,
    ],
    ["a life as a text", { ...token, expires_in: "7200" }, NOW + 7200],
    ["no life", { ...token, expires_in: undefined }, null],
    ["an odd life", { ...token, expires_in: "long" }, null],
    ["no type", { ...token, token_type: undefined }, NOW + 7200],
  ])("is exchanged although the answer says %s", async (_, answer, expiresAt) => {
    const { dexcom } = connectDexcom([json(answer), json(dataRange)]);
    const { credentials } = (await dexcom.oauth.exchangeCode(consented, call))._unsafeUnwrap();
    expect(credentials).toMatchObject({ value: { accessToken: "at-2-canary", refreshToken: "rt-2-canary" }, expiresAt });
  });

  it("is exchanged with no more calls than are declared, whatever Dexcom answers", async () => {
    const answers = fc.array(
      fc.oneof(
        { weight: 3, arbitrary: fc.constantFrom(token, dataRange, {}, { error: "invalid_grant" }).map((body) => () => json(body)) },
        fc.constantFrom(400, 401, 429, 500, 503).map((status) => () => new Response("{}", { status })),
        fc.constant(() => new Response("garbage")),
      ),
      { minLength: 10, maxLength: 10 },
    );
    await fc.assert(
      fc.asyncProperty(answers, async (given) => {
        const { dexcom, sent } = connectDexcom([() => json(token), ...given]);
        const granted = await dexcom.oauth.exchangeCode(consented, call);
        expect(sent.length, JSON.stringify(granted)).toBeLessThanOrEqual(provider.traits.rateLimit?.callsPerConnect ?? 0);
      }),
    );
  });

  it("counts a token's life from the sending on", async () => {
    const { dexcom, time } = connectDexcom([
      () => {
        time.pass(20_000);
        return json(token);
      },
      json(dataRange),
    ]);
    expect((await dexcom.oauth.exchangeCode(consented, call))._unsafeUnwrap().credentials.expiresAt).toBe(NOW + 7200);
  });

  it.each([
    ["another state", { code: CODE, state: "state-2" }],
    ["no state", { code: CODE }],
    ["no code", { state: STATE }],
    ["an empty code", { code: "", state: STATE }],
    ["a token in place of a code", { token: "x", state: STATE }],
    ["a denial of another attempt", { error: "access_denied", state: "state-2" }],
  ])("that comes with %s asks nobody anything", async (_, query) => {
    const { dexcom, sent } = connectDexcom();
    const answer = await dexcom.oauth.exchangeCode({ ...consented, callbackUrl: callback(query) }, call);
    expect(answer._unsafeUnwrapErr()).toMatchObject({ kind: "reconnect", message: expect.stringContaining("Begin connecting again") });
    expectNoSecret(answer._unsafeUnwrapErr());
    expect(sent).toEqual([]);
  });

  it("that comes twice in one address asks nobody anything", async () => {
    const { dexcom, sent } = connectDexcom();
    const callbackUrl = new URL(`${REDIRECT_URI}?code=${CODE}&code=other&state=${STATE}`);
    const answers = [
      await dexcom.oauth.exchangeCode({ ...consented, callbackUrl }, call),
      await dexcom.oauth.exchangeCode({ ...consented, callbackUrl: new URL(`${REDIRECT_URI}?code=x&state=${STATE}&state=y`) }, call),
    ];
    for (const answer of answers) expect(answer._unsafeUnwrapErr().kind).toBe("reconnect");
    expect(sent).toEqual([]);
  });

  it("is exchanged whatever issuer the address names: Dexcom names none to compare with", async () => {
    const { dexcom } = connectDexcom([json(token), json(dataRange)]);
    const callbackUrl = callback({ code: CODE, state: STATE, iss: "https://keycloak.example", session_state: "x" });
    expect((await dexcom.oauth.exchangeCode({ ...consented, callbackUrl }, call)).isOk()).toBe(true);
  });

  it.each([
    ["access_denied", "reconnect", /was not allowed to share/],
    ["server_error", "retry", /trouble of its own/],
    ["temporarily_unavailable", "retry", /in a while/],
    ["unauthorized_client", "stop", /DEXCOM_CLIENT_ID/],
    ["invalid_request", "stop", /DEXCOM_REDIRECT_URI/],
    ["invalid_scope", "stop", /DEXCOM_API_BASE_URL/],
    ["canary-something-else", "reconnect", /ended without access/],
  ])("that did not come because of %s means %s", async (word, kind, words) => {
    const { dexcom, sent } = connectDexcom();
    const callbackUrl = callback({ error: word, error_description: "canary", state: STATE });
    const error = (await dexcom.oauth.exchangeCode({ ...consented, callbackUrl }, call))._unsafeUnwrapErr();
    expect(error).toMatchObject({ kind, message: expect.stringMatching(words) });
    expectNoSecret(error);
    expect(sent).toEqual([]);
  });

  it("is given up on if Dexcom does not say whose the data are, even when asked twice", async () => {
    expect(await exchangeError([json(token), html(503), html(503)])).toMatchObject({
      kind: "retry",
      message: expect.stringMatching(/whose/),
    });
    const { dexcom } = connectDexcom([json(token), html(503), json(dataRange)]);
    expect((await dexcom.oauth.exchangeCode(consented, call))._unsafeUnwrap().accountId).toBe("user-1");
  });

  it.each([
    ["to slow down", () => html(429, { "retry-after": "30" }), { kind: "retry", retryAfterMs: 30_000 }],
    ["no", () => html(401), { kind: "reconnect" }],
  ])("is given up on at once if Dexcom says %s when asked whose the data are", async (_, answer, expected) => {
    expect(await exchangeError([json(token), answer(), json(dataRange)])).toMatchObject(expected);
  });

  it("is exchanged although the answer names no account", async () => {
    const { dexcom } = connectDexcom([json(token), json({ ...dataRange, userId: null })]);
    expect((await dexcom.oauth.exchangeCode(consented, call))._unsafeUnwrap().accountId).toBeNull();
  });
});

/** What the token endpoint may answer, and what that means for a code and for a refresh token. */
const refusals: readonly (readonly [string, "retry" | "reconnect" | "stop", () => Response | Error])[] = [
  ["400 invalid_grant", "reconnect", () => json({ error: "invalid_grant", error_description: "canary" }, 400)],
  ["401 invalid_grant", "reconnect", () => json({ error: "invalid_grant" }, 401)],
  ["401 invalid_client", "stop", () => json({ error: "invalid_client" }, 401)],
  ["400 invalid_client", "stop", () => json({ error: "invalid_client" }, 400)],
  ["400 unauthorized_client", "stop", () => json({ error: "unauthorized_client" }, 400)],
  ["400 invalid_request", "retry", () => json({ error: "invalid_request" }, 400)],
  ["400 unsupported_grant_type", "retry", () => json({ error: "unsupported_grant_type" }, 400)],
  ["400 and an unknown word", "retry", () => json({ error: "canary_word" }, 400)],
  ["400 and an error that is no word", "retry", () => json({ error: { code: "invalid_grant" } }, 400)],
  ["400 and a list of errors", "retry", () => json({ errors: ["invalid_grant"] }, 400)],
  ["400 and text", "retry", () => new Response("invalid_grant canary", { status: 400 })],
  ["400 and nothing", "retry", () => new Response(null, { status: 400 })],
  ["401 and a page", "retry", () => html(401)],
  ["403 and a page", "retry", () => html(403)],
  ["302", "retry", () => new Response(null, { status: 302, headers: { location: "https://elsewhere.example" } })],
  ["404", "retry", () => html(404)],
  ["500", "retry", () => html(500)],
  ["500 invalid_grant, of a server in trouble", "retry", () => json({ error: "invalid_grant" }, 500)],
  ["503", "retry", () => html(503)],
  ["429 invalid_grant", "retry", () => json({ error: "invalid_grant" }, 429)],
  ["200 and a page", "retry", () => html(200)],
  ["200 and an error", "retry", () => json({ error: "invalid_grant" })],
  ["200 without an access token", "retry", () => json({ refresh_token: "canary" })],
  ["200 and an access token that is a number", "retry", () => json({ ...token, access_token: 7 })],
  ["200 cut off", "retry", () => new Response('{"access_token":"canary', { status: 200 })],
  ["no connection", "retry", () => new TypeError("fetch failed")],
  ["no answer in time", "retry", () => new DOMException("timed out", "TimeoutError")],
];

describe("the token endpoint", () => {
  it.each(refusals)("that answers a code with %s means %s", async (_, kind, answer) => {
    expect((await exchangeError([answer()])).kind).toBe(kind);
  });

  it.each(refusals)("that answers a refresh with %s means %s", async (_, kind, answer) => {
    expect((await refreshError([answer()])).kind).toBe(kind);
  });

  it("says how long to wait, where it does", async () => {
    expect(await refreshError([html(503, { "retry-after": "90" })])).toMatchObject({ kind: "retry", retryAfterMs: 90_000 });
  });

  it("that fails in the middle of its answer leaves the outcome unknown", async () => {
    const broken = new ReadableStream({ start: (controller) => controller.error(new TypeError("terminated")) });
    expect((await refreshError([new Response(broken)])).kind).toBe("retry");
  });

  it("that does not know the application names the settings to check", async () => {
    const unknown = () => json({ error: "invalid_client" }, 401);
    expect((await exchangeError([unknown()])).message).toMatch(/DEXCOM_CLIENT_ID, DEXCOM_CLIENT_SECRET, and the region/);
    expect((await refreshError([unknown()])).message).toMatch(/DEXCOM_CLIENT_SECRET/);
    expect((await refreshError([unknown()], { apiBaseUrl: "us" })).message).toMatch(/made at eu, and the settings are for us/);
  });

  it.each([
    ["400 in a form of its own", true, () => json({ message: "Invalid token" }, 400)],
    ["400 and an unknown word", true, () => json({ error: "canary_word" }, 400)],
    ["400 and nothing", true, () => new Response(null, { status: 400 })],
    ["401 and a page", true, () => html(401)],
    ["401 and a gateway's fault", true, () => json({ fault: { faultstring: "Unable to identify proxy" } }, 401)],
    ["400 invalid_request", false, () => json({ error: "invalid_request" }, 400)],
    ["400 temporarily_unavailable", false, () => json({ error: "temporarily_unavailable" }, 400)],
    ["403 and a page", false, () => html(403)],
    ["404", false, () => html(404)],
    ["408", false, () => html(408)],
    ["429", false, () => html(429)],
    ["500", false, () => html(500)],
    ["200 and a page", false, () => html(200)],
    ["no connection", false, () => new TypeError("fetch failed")],
  ])("that answers a refresh with %s has refused it, which a day of nothing else would settle: %s", async (_, isRefusal, answer) => {
    const error = await refreshError([answer()]);
    expect([error.kind, error.kind === "retry" && error.isRefusal === true]).toEqual(["retry", isRefusal]);
    expect(await exchangeError([answer()])).not.toHaveProperty("isRefusal");
  });

  it("that refuses a refresh in words that nobody knows says what the person can do, and one in trouble does not", async () => {
    expect((await refreshError([json({ message: "Invalid token" }, 400)])).message).toMatch(/stays so for a day, connect again/);
    expect((await refreshError([html(503)])).message).not.toMatch(/connect again/);
  });

  it("that does not take a code says to begin again", async () => {
    expect((await exchangeError([json({ error: "invalid_grant" }, 400)])).message).toMatch(/Begin connecting again/);
  });
});

describe("a refresh", () => {
  it("gives a new pair, and goes where the grant came from, whatever the settings say by now", async () => {
    const { dexcom, sent } = connectDexcom([json(token)], { apiBaseUrl: "us" });
    expect((await dexcom.oauth.refresh(credentials, call))._unsafeUnwrap()).toEqual({
      value: { baseUrl: EU, accessToken: "at-2-canary", refreshToken: "rt-2-canary" },
      expiresAt: NOW + 7200,
    });
    expect(sent.map(({ url }) => url.href)).toEqual([`${EU}/v3/oauth2/token`]);
    expect(Object.fromEntries(sent[0]?.form ?? [])).toEqual({
      grant_type: "refresh_token",
      refresh_token: REFRESH_TOKEN,
      client_id: "client-1",
      client_secret: SECRET,
    });
  });

  it("never takes the client secret to an address that is neither Dexcom's nor that of the settings", async () => {
    const { dexcom, sent } = connectDexcom([], { apiBaseUrl: "us" });
    const old = { value: { baseUrl: "http://localhost:8090", accessToken: "a-1-canary", refreshToken: "r-1-canary" }, expiresAt: null };
    const refused = (await dexcom.oauth.refresh(old, call))._unsafeUnwrapErr();
    expect(refused).toMatchObject({ kind: "stop", message: expect.stringContaining("localhost:8090") });
    expect(sent).toEqual([]);
  });

  it("keeps the refresh token if no new one comes", async () => {
    const { dexcom } = connectDexcom([json({ ...token, refresh_token: undefined })]);
    expect((await dexcom.oauth.refresh(credentials, call))._unsafeUnwrap().value).toMatchObject({ refreshToken: REFRESH_TOKEN });
  });

  it.each([
    ["another provider's", { kind: "key", accessKey: "x" }],
    ["for an address to which no token goes", { baseUrl: "http://api.dexcom.com", accessToken: "a", refreshToken: "b" }],
    ["nothing", null],
  ])("of credentials that are %s asks nobody anything", async (_, value) => {
    const { dexcom, sent } = connectDexcom();
    expect((await dexcom.oauth.refresh({ value, expiresAt: null }, call))._unsafeUnwrapErr().kind).toBe("reconnect");
    expect(sent).toEqual([]);
  });

  it("that is called off is retried", async () => {
    const { dexcom } = connectDexcom([json(token)]);
    const error = (await dexcom.oauth.refresh(credentials, { signal: AbortSignal.abort() }))._unsafeUnwrapErr();
    expect(error.kind).toBe("retry");
  });
});
