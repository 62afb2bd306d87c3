import { describe, expect, it } from "vitest";
import { DEFAULT_CLIENT } from "../src/index.ts";
import {
  askForTokens,
  authorizationUrl,
  connected,
  consentedCode,
  createWorld,
  errorIn,
  exchange,
  getData,
  REDIRECT_URI,
  refresh,
  tokensOf,
} from "./support/application.ts";

describe("the login page", () => {
  const page = (url: URL) => createWorld().simulator.fetch(url);

  it.each(["/v3/oauth2/login", "/v2/oauth2/login"])("lists everybody and lets them allow or deny at %s", async (path) => {
    const { simulator } = createWorld();
    const url = authorizationUrl();
    url.pathname = path;
    const answer = await simulator.fetch(url);
    const text = await answer.text();
    expect(answer.status).toBe(200);
    for (const { name } of simulator.users) expect(text).toContain(`value="${name}"`);
    expect(text).toContain(">Allow</button>");
    expect(text).toContain(">Deny</button>");
    expect(text).toContain(`action="${path}"`);
  });

  it("runs no script, loads nothing from elsewhere and lets its form lead to the application only", async () => {
    const answer = await page(authorizationUrl());
    expect(answer.headers.get("content-security-policy")).toBe(
      "default-src 'none'; style-src 'self'; form-action 'self' http://localhost:5001; base-uri 'none'; frame-ancestors 'none'",
    );
    expect(await answer.text()).not.toMatch(/<script|style=|onclick/);
  });

  it("writes whatever the request holds as text", async () => {
    const text = await (await page(authorizationUrl({ state: `"><script>alert('1')</script>` }))).text();
    expect(text).not.toContain("<script");
    expect(text).toContain("&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;");
  });

  it.each([
    ["an unknown client", { client_id: "somebody" }],
    ["no client", { client_id: null }],
    ["a redirect URI with a slash more", { redirect_uri: `${REDIRECT_URI}/` }],
    ["a redirect URI in other letters", { redirect_uri: REDIRECT_URI.toUpperCase() }],
    ["a redirect URI with a query", { redirect_uri: `${REDIRECT_URI}?a=b` }],
    ["no redirect URI", { redirect_uri: null }],
  ])("sends nobody anywhere for %s", async (_, changes) => {
    const answer = await page(authorizationUrl(changes));
    expect(answer.status).toBe(400);
    expect(answer.headers.get("location")).toBeNull();
  });

  it("sends nobody anywhere for a field that comes twice", async () => {
    const url = authorizationUrl();
    url.searchParams.append("redirect_uri", "http://localhost:5001/elsewhere");
    expect((await page(url)).status).toBe(400);
  });

  it.each([
    ["another response type", { response_type: "token" }, "unsupported_response_type"],
    ["another scope", { scope: "offline_access egv" }, "invalid_scope"],
    ["no scope", { scope: null }, "invalid_scope"],
    ["no state", { state: null }, "invalid_request"],
    ["a PKCE challenge", { code_challenge: "abc", code_challenge_method: "S256" }, "invalid_request"],
  ])("tells the application of %s", async (_, changes, error) => {
    const answer = await page(authorizationUrl(changes));
    expect(answer.status).toBe(303);
    const location = new URL(answer.headers.get("location") ?? "");
    expect(location.origin + location.pathname).toBe(REDIRECT_URI);
    expect(location.searchParams.get("error")).toBe(error);
  });

  it("takes a PKCE challenge where the rules ignore it", async () => {
    const { simulator } = createWorld({ rules: { pkce: "ignored" } });
    expect((await simulator.fetch(authorizationUrl({ code_challenge: "abc" }))).status).toBe(200);
  });
});

describe("consent", () => {
  it.each(["plain", "a+b/c=d&e%20f#g", "ÅΩ漢字 ?"])("brings the state back exactly: %s", (state) => {
    const location = createWorld().simulator.consent(authorizationUrl({ state }), { user: "ada" })._unsafeUnwrap();
    expect(location.searchParams.get("state")).toBe(state);
    expect([...location.searchParams.keys()]).toEqual(["code", "state"]);
  });

  it("denied brings access_denied, the state and no code", () => {
    const location = createWorld().simulator.consent(authorizationUrl(), { user: "ada", decision: "deny" })._unsafeUnwrap();
    expect(Object.fromEntries(location.searchParams)).toEqual({ error: "access_denied", state: "a state" });
  });

  it.each([
    ["a user that there is not", authorizationUrl(), "nobody"],
    ["a redirect URI that was altered in the form", authorizationUrl({ redirect_uri: "http://localhost:5001/evil" }), "ada"],
  ])("is refused with a page for %s", (_, url, user) => {
    expect(createWorld().simulator.consent(url, { user })._unsafeUnwrapErr()).toContain("This link does not work");
  });
});

describe("a code", () => {
  it("becomes a pair of tokens, with members that nobody has documented", async () => {
    const world = createWorld();
    const answer = await exchange(world, consentedCode(world, "ada"));
    expect(answer.status).toBe(200);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    const body = (await answer.json()) as object;
    expect(body).toMatchObject({ expires_in: 7200, token_type: "Bearer" });
    expect(Object.keys(body)).toEqual(expect.arrayContaining(["refresh_expires_in", "not-before-policy", "session_state", "issued_by"]));
  });

  it("works under /v2/ too", async () => {
    const world = createWorld();
    const { clientId, clientSecret } = DEFAULT_CLIENT;
    const body = new URLSearchParams({
      client_id: clientId,
      client_secret: clientSecret,
      grant_type: "authorization_code",
      code: consentedCode(world, "ada"),
      redirect_uri: REDIRECT_URI,
    });
    expect((await world.simulator.fetch("https://api.dexcom.eu/v2/oauth2/token", { method: "POST", body })).status).toBe(200);
  });

  it("works once; the second time it also ends what came of the first", async () => {
    const world = createWorld();
    const code = consentedCode(world, "ada");
    const tokens = await tokensOf(exchange(world, code));
    expect(await errorIn(exchange(world, code))).toBe("invalid_grant");
    expect((await getData(world, tokens, "devices")).status).toBe(401);
    expect(world.simulator.counters()).toMatchObject({ codesIssued: 1, codesExchanged: 1, familiesRevoked: 1, liveGrants: 0 });
  });

  it("lives 60 seconds", async () => {
    const world = createWorld();
    const [early, late] = [consentedCode(world, "ada"), consentedCode(world, "ada")];
    world.pass(59);
    expect((await exchange(world, early)).status).toBe(200);
    world.pass(1);
    expect(await errorIn(exchange(world, late))).toBe("invalid_grant");
  });

  it("is lost when it comes with another redirect URI", async () => {
    const world = createWorld({ clients: [{ ...DEFAULT_CLIENT, redirectUris: [REDIRECT_URI, "http://localhost:5001/other"] }] });
    const code = consentedCode(world, "ada");
    const wrong = { grant_type: "authorization_code", code, redirect_uri: "http://localhost:5001/other" };
    expect(await errorIn(askForTokens(world, wrong))).toBe("invalid_grant");
    expect(await errorIn(exchange(world, code))).toBe("invalid_grant");
  });
});

describe("the token endpoint", () => {
  const form = { grant_type: "refresh_token", refresh_token: "x" };

  it.each<readonly [string, Readonly<Record<string, string>>, Readonly<Record<string, string>>, number, string]>([
    ["a wrong secret", { ...form, client_secret: "wrong" }, {}, 400, "invalid_client"],
    ["an unknown client", { ...form, client_id: "somebody" }, {}, 400, "invalid_client"],
    ["Basic authentication", form, { authorization: `Basic ${btoa("simulator-client:simulator-secret")}` }, 401, "invalid_client"],
    ["another grant type", { grant_type: "password" }, {}, 400, "unsupported_grant_type"],
    ["no refresh token", { grant_type: "refresh_token" }, {}, 400, "invalid_request"],
    ["no code", { grant_type: "authorization_code", redirect_uri: REDIRECT_URI }, {}, 400, "invalid_request"],
    ["a PKCE verifier", { ...form, code_verifier: "v" }, {}, 400, "invalid_request"],
    ["a body of another type", form, { "content-type": "application/json" }, 400, "invalid_request"],
    ["an unknown refresh token", form, {}, 400, "invalid_grant"],
  ])("refuses %s", async (_, body, headers, status, error) => {
    const answer = await askForTokens(createWorld(), body, headers);
    expect(answer.status).toBe(status);
    expect(await errorIn(answer)).toBe(error);
  });

  it("refuses a field that comes twice", async () => {
    const { simulator } = createWorld();
    const body = `client_id=${DEFAULT_CLIENT.clientId}&client_secret=${DEFAULT_CLIENT.clientSecret}&grant_type=refresh_token&grant_type=refresh_token`;
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    expect(await errorIn(simulator.fetch("https://x.test/v3/oauth2/token", { method: "POST", body, headers }))).toBe("invalid_request");
  });

  it("answers to POST only", async () => {
    const answer = await createWorld().simulator.fetch("https://x.test/v3/oauth2/token");
    expect([answer.status, answer.headers.get("allow")]).toEqual([405, "POST"]);
  });
});

describe("a pair of tokens", () => {
  it("gives access for two hours", async () => {
    const world = createWorld();
    const tokens = await connected(world, "ada");
    world.pass(7_199);
    expect((await getData(world, tokens, "devices")).status).toBe(200);
    world.pass(1);
    expect((await getData(world, tokens, "devices")).status).toBe(401);
  });

  it("is renewed by its refresh token, and stays good meanwhile", async () => {
    const world = createWorld();
    const first = await connected(world, "ada");
    const second = await tokensOf(refresh(world, first.refresh_token));
    expect(new Set([first.access_token, first.refresh_token, second.access_token, second.refresh_token]).size).toBe(4);
    for (const tokens of [first, second]) expect((await getData(world, tokens, "devices")).status).toBe(200);
    expect(world.simulator.countersOf("ada")).toMatchObject({ refreshes: 1, familiesRevoked: 0, liveGrants: 1 });
  });

  it("ends with its whole family when a refresh token comes a second time, and no other family with it", async () => {
    const world = createWorld();
    const other = await connected(world, "ada");
    const first = await connected(world, "ada");
    const second = await tokensOf(refresh(world, first.refresh_token));
    const third = await tokensOf(refresh(world, second.refresh_token));
    expect(await errorIn(refresh(world, first.refresh_token))).toBe("invalid_grant");
    for (const tokens of [first, second, third]) {
      expect((await getData(world, tokens, "devices")).status).toBe(401);
      expect(await errorIn(refresh(world, tokens.refresh_token))).toBe("invalid_grant");
    }
    expect((await getData(world, other, "devices")).status).toBe(200);
    expect(world.simulator.counters()).toMatchObject({ refreshes: 2, familiesRevoked: 1, liveGrants: 1 });
  });

  it("outlives a second use of its refresh token where the rules say so", async () => {
    const world = createWorld({ rules: { refreshReuse: "refused" } });
    const first = await connected(world, "ada");
    const second = await tokensOf(refresh(world, first.refresh_token));
    expect(await errorIn(refresh(world, first.refresh_token))).toBe("invalid_grant");
    expect((await refresh(world, second.refresh_token)).status).toBe(200);
  });

  it("cannot be renewed after a year", async () => {
    const world = createWorld();
    const [first, other] = [await connected(world, "ada"), await connected(world, "ben")];
    world.pass(365 * 86_400 - 1);
    expect((await refresh(world, first.refresh_token)).status).toBe(200);
    world.pass(1);
    expect(await errorIn(refresh(world, other.refresh_token))).toBe("invalid_grant");
  });

  it("is worth nothing to another application, and is not spent by it", async () => {
    const second = { ...DEFAULT_CLIENT, clientId: "second" };
    const world = createWorld({ clients: [DEFAULT_CLIENT, second] });
    const tokens = await connected(world, "ada");
    const stolen = { grant_type: "refresh_token", refresh_token: tokens.refresh_token, client_id: "second" };
    expect(await errorIn(askForTokens(world, stolen))).toBe("invalid_grant");
    expect((await refresh(world, tokens.refresh_token)).status).toBe(200);
  });

  it("ends when its user takes the consent back; everybody else's lives on", async () => {
    const world = createWorld();
    const [ada, ben] = [await connected(world, "ada"), await connected(world, "ben")];
    const code = consentedCode(world, "ada");
    expect(world.simulator.revoke("ada")).toBe(1);
    expect((await getData(world, ada, "devices")).status).toBe(401);
    expect(await errorIn(refresh(world, ada.refresh_token))).toBe("invalid_grant");
    expect(await errorIn(exchange(world, code))).toBe("invalid_grant");
    expect((await getData(world, ben, "devices")).status).toBe(200);
    expect(world.simulator.counters()).toMatchObject({ grantsRevoked: 1, familiesRevoked: 0 });
  });

  it("that has ended is told in no form where the rules say so, and one that lives is renewed", async () => {
    const world = createWorld({ rules: { endedGrants: "in_no_form" } });
    const [ada, ben] = [await connected(world, "ada"), await connected(world, "ben")];
    world.simulator.revoke("ada");
    const refused = await refresh(world, ada.refresh_token);
    expect([refused.status, await errorIn(refused)]).toEqual([400, undefined]);
    expect((await refresh(world, ben.refresh_token)).status).toBe(200);
  });

  it("is never the same as another one, and every one is known to whoever looks for leaks", async () => {
    const world = createWorld();
    const codes = Array.from({ length: 500 }, () => consentedCode(world, "ada"));
    const pairs = await Promise.all(codes.map((code) => tokensOf(exchange(world, code))));
    const secrets = [...codes, ...pairs.flatMap((pair) => [pair.access_token, pair.refresh_token])];
    expect(new Set(secrets).size).toBe(1_500);
    expect(new Set(world.simulator.issuedSecrets())).toEqual(new Set(secrets));
  });
});
