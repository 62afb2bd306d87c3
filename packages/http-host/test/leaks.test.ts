import { randomBytes } from "node:crypto";
import { createMockProvider, createMockWorld, MOCK_PASSWORD, parseTrace, type VendorFetch } from "@bg-ingest/provider-mock";
import { afterEach, expect, it } from "vitest";
import { createHost } from "../src/create-host.ts";
import type { Host } from "../src/host.ts";
import { timeFrom } from "./fast-time.ts";
import { type Canaries, leaksIn } from "./leaks.ts";
import { newDataDir } from "./running-host.ts";

/** All that this person ever has: 373 mg/dL is 20.7 mmol/L. */
const MGDL = 373;
const VALUES = ["373", "20.7"];
const WRONG_PASSWORD = "canary-password-7Q";
const VAULT_KEY = randomBytes(32).toString("base64");

let running: Host | null = null;

afterEach(async () => {
  await running?.stop();
  running = null;
});

type Mood = "well" | "mouthy" | "mouthy_500" | "denying" | "half_a_page" | "mouthy_page";

/** A vendor that quotes readings and tokens in whatever it says when it is in a mood; what it grants is noted. */
function tellingVendor(secrets: Set<string>) {
  const now = Date.now();
  const entries = Array.from({ length: 72 }, (_, i) => ({ date: now - i * 300_000, sgv: MGDL, type: "sgv", device: "canary" }));
  const trace = parseTrace(entries)._unsafeUnwrap();
  const world = createMockWorld({ clock: { nowMs: () => Date.now() }, trace });
  const mood: { now: Mood } = { now: "well" };
  const fetch: VendorFetch = async (url, request) => {
    const bearer = (request.headers["authorization"] ?? "").replace("Bearer ", "");
    if (bearer !== "") secrets.add(bearer);
    for (const [name, value] of new URLSearchParams(request.body ?? "")) if (/token|code|key|secret/.test(name)) secrets.add(value);
    const answer = await world.fetch(url, request);
    const text = await answer.text();
    if (answer.status < 300) noteGrants(text, secrets);
    const said = `EGV ${MGDL} (20.7 mmol/L) "value":${MGDL} for ${bearer}`;
    const reply = (status: number, body: string) => ({ status, headers: { get: () => null }, text: async () => body });
    switch (mood.now) {
      case "well":
        return { ...answer, text: async () => text };
      case "mouthy":
        return reply(418, JSON.stringify({ error: said }));
      case "mouthy_500":
        return reply(503, JSON.stringify({ error: said }));
      case "denying":
        return reply(401, JSON.stringify({ error: said }));
      case "half_a_page":
        return reply(200, text.slice(0, (text.length * 2) / 3));
      case "mouthy_page":
        return reply(200, JSON.stringify({ accountId: "x", records: [said, { value: said, systemTime: said }, { value: MGDL }] }));
    }
  };
  return { world: { ...world, fetch, consent: (url: URL) => url }, consent: (url: URL) => world.consent(url), mood };
}

function noteGrants(text: string, secrets: Set<string>): void {
  for (const [, value] of text.matchAll(/"(?:access_token|refresh_token|sessionToken|renewalKey|accessKey)":"([^"]+)"/g))
    if (value !== undefined) secrets.add(value);
}

it("no line of the log, no error body and no text of a connection's health ever holds a token, a secret or a reading", async () => {
  const secrets = new Set([VAULT_KEY, WRONG_PASSWORD]);
  const lines: string[] = [];
  const vendor = tellingVendor(secrets);
  const environment = {
    DATA_DIR: newDataDir(),
    PORT: "0",
    DEMO: "off",
    LOG_LEVEL: "debug",
    VAULT_KEY,
    PUBLIC_URL: "http://localhost:5001",
  };
  const parts = {
    envFile: "/dev/null",
    importModule: (name: string) => import(name),
    providers: [createMockProvider({ world: vendor.world })],
    logTarget: { write: (line: string) => void lines.push(line), isTerminal: false, flush: () => undefined },
  };
  let aheadMs = 0;
  const real = timeFrom(Date.now());
  const time = { ...real, monotonicMs: () => real.monotonicMs() + aheadMs };
  const wrong = await createHost({ ...parts, environment: { ...environment, VAULT_KEY: `${VAULT_KEY}!`, PORT: "none" } });
  lines.push(wrong._unsafeUnwrapErr().message);
  running = (await createHost({ ...parts, environment, time }))._unsafeUnwrap();
  const { url } = (await running.start())._unsafeUnwrap();

  const ask = async (method: string, path: string, body?: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) => {
    const answer = await fetch(`${url}${path}`, { method, headers, ...(body === undefined ? {} : { body }) });
    const text = await answer.text();
    if (answer.status >= 400 || /^\/api\/connections\/\w+$/.test(path)) lines.push(text);
    return { status: answer.status, text, cookie: answer.headers.get("set-cookie")?.split(";")[0] ?? "" };
  };
  const json = { "content-type": "application/json" };
  const connect = (user: string, fields: object) => ask("POST", `/api/connections/${user}/mock`, JSON.stringify(fields), json);
  const webhookSecretOf = (text: string) => (JSON.parse(text) as { readonly webhook: { readonly secret: string } }).webhook.secret;
  const states = async (user: string) => (await ask("GET", `/api/connections/${user}`)).text;
  const pollIn = async (mood: Mood) => {
    vendor.mood.now = mood;
    const before = lines.length;
    // Long enough after the last good poll for another to be made at once.
    aheadMs += 61_000;
    await ask("POST", "/api/connections/anna/mock/poll");
    await expect.poll(() => lines.slice(before).some((line) => line.includes('"reason"')) || mood === "mouthy_page").toBe(true);
    await states("anna");
    vendor.mood.now = "well";
    await connect("anna", { user: "anna", password: MOCK_PASSWORD });
    await expect.poll(async () => states("anna")).not.toContain('"last_error":{');
  };

  // By login, well and ill.
  await connect("anna", { user: "anna", password: WRONG_PASSWORD });
  const secret = webhookSecretOf((await connect("anna", { user: "anna", password: MOCK_PASSWORD })).text);
  secrets.add(secret);
  await expect.poll(async () => (await ask("GET", "/api/bg/anna/latest")).text).toContain(String(MGDL));
  for (const mood of ["mouthy", "mouthy_500", "denying", "half_a_page", "mouthy_page"] as const) await pollIn(mood);
  for (const mood of ["mouthy", "mouthy_500", "denying"] as const) {
    vendor.mood.now = mood;
    expect((await connect("cora", { user: "cora", password: WRONG_PASSWORD })).status).toBeGreaterThanOrEqual(400);
  }
  vendor.mood.now = "well";

  // By consent: finished, with a forged state, with a spent code.
  const begun = await ask("POST", "/api/connections/ben/mock");
  const authorizationUrl = new URL((JSON.parse(begun.text) as { readonly authorization_url: string }).authorization_url);
  const callback = vendor.consent(authorizationUrl);
  for (const name of ["state", "code"]) secrets.add(callback.searchParams.get(name) ?? "");
  secrets.add(begun.cookie.split("=")[1]?.split(".")[0] ?? "");
  await ask("GET", `/api/oauth/mock/callback${callback.search.replace("state=", "state=forged")}`, undefined, { cookie: begun.cookie });
  const finished = await ask("GET", `/api/oauth/mock/callback${callback.search}`, undefined, { cookie: begun.cookie });
  secrets.add(webhookSecretOf(finished.text));
  await ask("GET", `/api/oauth/mock/callback${callback.search}`, undefined, { cookie: begun.cookie });

  // Deliveries: good, altered, unsigned, of nonsense.
  const span = { from: (Math.floor(Date.now() / 1000) - 7_200) as never, to: Math.floor(Date.now() / 1000) as never };
  const { body, headers } = (
    await vendor.world.signDelivery({ account: "anna", secret, content: { kind: "readings", span } })
  )._unsafeUnwrap();
  expect((await ask("POST", "/api/bg/anna/webhook", body, { ...headers })).status).toBe(202);
  await ask("POST", "/api/bg/anna/webhook", new TextEncoder().encode(`{"value":${MGDL}}`), { ...headers });
  await ask("POST", "/api/bg/anna/webhook", new TextEncoder().encode(`{"value":${MGDL}`), json);
  await ask("POST", "/api/bg/ben/webhook", body, { ...headers });

  // What people ask wrongly, and how they leave.
  await ask("GET", `/api/bg/anna?from=${secret}`);
  await ask("POST", "/api/connections/anna/mock", `{"password":"${WRONG_PASSWORD}"`, json);
  await ask("POST", "/api/connections/anna/mock", JSON.stringify({ nickname: "x", password: WRONG_PASSWORD }), json);
  for (const user of ["anna", "ben"]) await states(user);
  await ask("DELETE", "/api/connections/anna/mock");
  for (const user of ["anna", "ben"]) expect((await ask("DELETE", `/api/bg/${user}`)).status).toBe(204);
  await running.stop();

  expect(secrets.size).toBeGreaterThan(8);
  expect(lines.length).toBeGreaterThan(40);
  const canaries: Canaries = { secrets, values: VALUES };
  expect(leaksIn(lines, canaries)).toEqual([]);
  for (const planted of [...secrets, ...VALUES]) {
    const line = `{"level":"info","time":"2026-01-01T00:00:00.373Z","ms":373,"msg":"It said ${planted}."}`;
    expect(leaksIn([...lines, line], canaries).length, planted).toBeGreaterThan(0);
  }
});
