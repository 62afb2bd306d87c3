import { createHash } from "node:crypto";
import type { Credentials } from "@bg-ingest/core";
import { describe, expect, it } from "vitest";
import { call, connectMock, createdFor, DAY, demoCredentials, fetched, HOUR, NOW, pagesOf, spanBefore } from "./mock-setup.ts";

const WINDOW = spanBefore(NOW, HOUR);
const VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE = createHash("sha256").update(VERIFIER).digest("base64url");

describe("consent", () => {
  it("leads back to the redirect URI with the state and a code, and the code to readings", async () => {
    const { mock } = connectMock();
    const callbackUrl = mock.oauth.authorizationUrl({ state: "s-1", codeChallenge: CHALLENGE })._unsafeUnwrap();
    expect(callbackUrl.origin + callbackUrl.pathname).toBe("http://localhost:5001/api/oauth/mock/callback");
    expect(callbackUrl.searchParams.get("state")).toBe("s-1");
    const grant = (await mock.oauth.exchangeCode({ callbackUrl, state: "s-1", codeVerifier: VERIFIER }, call))._unsafeUnwrap();
    expect(grant.credentials.expiresAt).toBe(NOW + 7200);
    expect((await pagesOf(mock, WINDOW, grant.credentials))[0]?._unsafeUnwrap().accountId).toBe(grant.accountId);
  });

  it("is for the account of the login hint, else for the same account each time", async () => {
    const { world, mock } = connectMock();
    const accountOf = async (url: URL) =>
      (await mock.oauth.exchangeCode({ callbackUrl: url, state: "s", codeVerifier: null }, call))._unsafeUnwrap().accountId;
    const again = () => mock.oauth.authorizationUrl({ state: "s", codeChallenge: null })._unsafeUnwrap();
    const hinted = new URL("https://mock.invalid/oauth/authorize?redirect_uri=http://localhost/cb&state=s&login_hint=u7");
    expect(await accountOf(again())).toBe(await accountOf(again()));
    expect(await accountOf(world.consent(hinted))).not.toBe(await accountOf(again()));
  });

  it("is offered over HTTP as well", async () => {
    const { world } = connectMock();
    const response = await world.fetch("https://mock.invalid/oauth/authorize?redirect_uri=http://localhost/cb&state=s", {
      method: "GET",
      headers: {},
    });
    expect(response.status).toBe(302);
    expect(response.headers.get("Location")).toMatch(/^http:\/\/localhost\/cb\?code=.+&state=s$/);
  });

  it.each([
    ["another state", (url: URL) => url, { state: "s-2", codeVerifier: VERIFIER }],
    [
      "no code, as when the person says no",
      () => new URL("http://localhost/cb?error=access_denied&state=s-1"),
      { state: "s-1", codeVerifier: VERIFIER },
    ],
    ["another verifier", (url: URL) => url, { state: "s-1", codeVerifier: "x".repeat(43) }],
    ["no verifier", (url: URL) => url, { state: "s-1", codeVerifier: null }],
    ["a made-up code", () => new URL("http://localhost/cb?code=made/up&state=s-1"), { state: "s-1", codeVerifier: VERIFIER }],
  ])("with %s must be asked for again", async (_, changed, proof) => {
    const { mock } = connectMock();
    const callbackUrl = changed(mock.oauth.authorizationUrl({ state: "s-1", codeChallenge: CHALLENGE })._unsafeUnwrap());
    expect((await mock.oauth.exchangeCode({ callbackUrl, ...proof }, call))._unsafeUnwrapErr().kind).toBe("reconnect");
  });

  it("works with a code once", async () => {
    const { mock } = connectMock();
    const callbackUrl = mock.oauth.authorizationUrl({ state: "s", codeChallenge: null })._unsafeUnwrap();
    const exchange = () => mock.oauth.exchangeCode({ callbackUrl, state: "s", codeVerifier: null }, call);
    expect((await exchange()).isOk()).toBe(true);
    expect((await exchange())._unsafeUnwrapErr().kind).toBe("reconnect");
  });
});

async function consented(mock: ReturnType<typeof connectMock>["mock"]): Promise<Credentials> {
  const callbackUrl = mock.oauth.authorizationUrl({ state: "s", codeChallenge: null })._unsafeUnwrap();
  return (await mock.oauth.exchangeCode({ callbackUrl, state: "s", codeVerifier: null }, call))._unsafeUnwrap().credentials;
}

describe("a refresh", () => {
  it("gives credentials that work after the old ones have expired", async () => {
    const { mock, time } = connectMock();
    const old = await consented(mock);
    time.pass(7200 * 1000);
    expect((await pagesOf(mock, WINDOW, old))[0]?._unsafeUnwrapErr().kind).toBe("reconnect");
    const fresh = (await mock.oauth.refresh(old, call))._unsafeUnwrap();
    expect(fresh.expiresAt).toBe(NOW + 2 * 7200);
    expect((await pagesOf(mock, WINDOW, fresh))[0]?.isOk()).toBe(true);
  });

  it("with a token that was used before ends the grant", async () => {
    const { mock } = connectMock();
    const old = await consented(mock);
    const fresh = (await mock.oauth.refresh(old, call))._unsafeUnwrap();
    expect((await mock.oauth.refresh(old, call))._unsafeUnwrapErr().kind).toBe("reconnect");
    expect((await pagesOf(mock, WINDOW, fresh))[0]?._unsafeUnwrapErr().kind).toBe("reconnect");
  });

  it("is refused once the person has taken back their consent", async () => {
    const { world, mock } = connectMock();
    const credentials = await consented(mock);
    world.revoke("demo");
    expect((await mock.oauth.refresh(credentials, call))._unsafeUnwrapErr().kind).toBe("reconnect");
  });
});

describe("a login", () => {
  it("with user name and password gives a session that can be renewed", async () => {
    const { mock, time } = connectMock();
    const grant = (await mock.login.login({ user: "u1", password: "mock" }, call))._unsafeUnwrap();
    expect(grant.credentials.expiresAt).toBe(NOW + 7200);
    time.pass(7200 * 1000);
    const renewed = (await mock.login.renew(grant.credentials, call))._unsafeUnwrap();
    const [page] = await pagesOf(mock, WINDOW, renewed);
    expect(page?._unsafeUnwrap()).toMatchObject({ accountId: grant.accountId });
  });

  it("without a password gives a key that never expires and needs no renewal", async () => {
    const { mock } = connectMock();
    const credentials = await demoCredentials(mock);
    expect(credentials.expiresAt).toBeNull();
    expect((await mock.login.renew(credentials, call))._unsafeUnwrap()).toEqual(credentials);
  });

  it("still works after the process and its world have been started again", async () => {
    const first = connectMock();
    const credentials = await demoCredentials(first.mock);
    const second = connectMock();
    expect(await pagesOf(second.mock, WINDOW, credentials)).toEqual(await pagesOf(first.mock, WINDOW, credentials));
  });

  it.each([
    ["a wrong password", { user: "u1", password: "guess" }],
    ["no user name", { user: "  ", password: "mock" }],
    ["nothing at all", {}],
  ])("with %s is refused, never to be repeated by itself", async (_, fields) => {
    expect((await connectMock().mock.login.login(fields, call))._unsafeUnwrapErr().kind).toBe("reconnect");
  });

  it("of each name is another person", async () => {
    const { mock } = connectMock();
    const values = async (user: string) => (await fetched(mock, spanBefore(NOW, DAY), user)).readings.map(({ value }) => value);
    expect(await values("u1")).not.toEqual(await values("u2"));
    expect(await values("u1")).toEqual(await values("u1"));
  });
});

describe("stored credentials", () => {
  it.each([null, "text", {}, { kind: "oauth" }, { kind: "key", accessKey: 5 }])("that are %j ask for a new connection", async (value) => {
    const { mock } = connectMock();
    const credentials = { value, expiresAt: null };
    expect((await pagesOf(mock, WINDOW, credentials))[0]?._unsafeUnwrapErr().kind).toBe("reconnect");
    expect((await mock.oauth.refresh(credentials, call))._unsafeUnwrapErr().kind).toBe("reconnect");
    expect((await mock.login.renew(credentials, call))._unsafeUnwrapErr().kind).toBe("reconnect");
    expect((await mock.backfill.availableSpan(credentials, call))._unsafeUnwrapErr().kind).toBe("reconnect");
  });

  it("of one way to connect are not renewed the other way", async () => {
    const { mock } = connectMock();
    expect((await mock.oauth.refresh(await demoCredentials(mock), call))._unsafeUnwrapErr().kind).toBe("reconnect");
    expect((await mock.login.renew(await consented(mock), call))._unsafeUnwrapErr().kind).toBe("reconnect");
  });
});

describe("what there is", () => {
  it("reaches back as far as the history, and to the newest reading", async () => {
    const { world, mock } = connectMock({ historyDays: 14 });
    const span = (await mock.backfill.availableSpan(await demoCredentials(mock), call))._unsafeUnwrap();
    const newest = world.records("demo", spanBefore(NOW + 1, HOUR)).at(-1);
    expect(span).toEqual({ from: NOW - 14 * DAY, to: (newest?.at ?? 0) + 1 });
  });

  it("is shown no further back, and no sooner than the publication delay", async () => {
    const { mock } = connectMock({ historyDays: 1, publicationDelaySeconds: HOUR });
    const { readings } = await fetched(mock, spanBefore(NOW, 3 * DAY));
    const times = readings.map(({ time }) => Number(time) / 1000);
    expect(Math.min(...times)).toBeGreaterThanOrEqual(NOW - DAY);
    expect(Math.max(...times)).toBeLessThanOrEqual(NOW - HOUR);
    expect(Math.max(...times)).toBeGreaterThan(NOW - HOUR - 600);
  });
});

describe("the vendor", () => {
  it.each([
    ["a window of more than 30 days", spanBefore(NOW, 30 * DAY + 1)],
    ["a window that ends before it begins", spanBefore(NOW, -5)],
  ])("does not take %s", async (_, window) => {
    const { mock } = connectMock();
    expect((await pagesOf(mock, window, await demoCredentials(mock)))[0]?._unsafeUnwrapErr().kind).toBe("stop");
  });

  it("is not asked for data once the caller has given up", async () => {
    const { mock } = connectMock({ pages: 3 });
    const credentials = await demoCredentials(mock);
    const abort = new AbortController();
    const pages = [];
    for await (const page of mock.poll.fetchPages({ window: WINDOW, credentials }, { signal: abort.signal })) {
      pages.push(page);
      abort.abort();
    }
    expect(pages.map((page) => page.isOk())).toEqual([true, false]);
    expect(pages[1]?._unsafeUnwrapErr().kind).toBe("retry");
  });

  it("that never ends its pages is left alone at some point", async () => {
    const { world, time } = connectMock();
    const endless = JSON.stringify({ nextPage: "1", records: [] });
    const fetch: typeof world.fetch = async (url, request) =>
      url.includes("/v1/readings") ? { status: 200, headers: { get: () => null }, text: async () => endless } : world.fetch(url, request);
    const mock = createdFor({ ...world, fetch }, time);
    const pages = await pagesOf(mock, WINDOW, await demoCredentials(mock));
    expect(pages.at(-1)?._unsafeUnwrapErr().kind).toBe("stop");
    expect(pages.length).toBeLessThanOrEqual(1001);
  });

  it.each([
    ["no JSON", "<html>"],
    ["another form", "{}"],
    ["times that are none", '{"start":"noon","end":"night"}'],
  ])("whose data range is %s stops us", async (_, body) => {
    const { world, time } = connectMock();
    const fetch: typeof world.fetch = async (url, request) =>
      url.includes("data-range") ? { status: 200, headers: { get: () => null }, text: async () => body } : world.fetch(url, request);
    const mock = createdFor({ ...world, fetch }, time);
    expect((await mock.backfill.availableSpan(await demoCredentials(mock), call))._unsafeUnwrapErr().kind).toBe("stop");
  });

  it("says 404 to what it does not know", async () => {
    const response = await connectMock().world.fetch("https://mock.invalid/v1/nothing", { method: "GET", headers: {} });
    expect(response.status).toBe(404);
  });
});
