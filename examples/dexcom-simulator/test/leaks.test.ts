import { randomBytes } from "node:crypto";
import { type Instant, signStandardWebhook } from "@bg-ingest/core";
import { provider } from "@bg-ingest/provider-dexcom";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DEFAULT_CLIENT, defaultUsers } from "../src/index.ts";
import { consentInBrowser } from "./support/consent-in-browser.ts";
import { leaksIn } from "./support/leaks.ts";
import { type SimulatedService, type SimulatedServiceOptions, startSimulatedService } from "./support/simulated-service.ts";
import { createTellingVendor, type Mood, type TellingVendor, TOLD_VALUES } from "./support/telling-vendor.ts";

const HOUR = 3_600;
const START_MS = Date.UTC(2026, 2, 10, 12, 3, 7);
const CLIENT = { ...DEFAULT_CLIENT, clientSecret: "canary client/secret+9Q=7" };
const WRONG_CLIENT_SECRET = "canary-wrong-secret-55Tz";
const VAULT_KEY = randomBytes(32).toString("base64");
const FORGED = "a-state-or-code-of-a-stranger-81";

let vendor: TellingVendor;
let service: SimulatedService;
let secrets: Set<string>;
/** Bodies of errors, and what is told of connections. */
let told: string[];

beforeEach(async () => {
  secrets = new Set([VAULT_KEY, CLIENT.clientSecret, WRONG_CLIENT_SECRET, FORGED]);
  told = [];
  vendor = createTellingVendor();
  service = await startSimulatedService(scene());
});

afterEach(async () => {
  await service.stop();
});

function scene(): SimulatedServiceOptions {
  return {
    startMs: START_MS,
    between: vendor.between,
    clients: [CLIENT],
    users: defaultUsers(START_MS).map((user) => (user.to === null ? { ...user, from: START_MS / 1000 - 2 * 24 * HOUR } : user)),
    environment: { VAULT_KEY, DEXCOM_CLIENT_SECRET: CLIENT.clientSecret, PUBLIC_URL: "http://localhost:5001" },
  };
}

/** Everything that was ever to be kept from view, by the end of a scene. */
function allSecrets(): readonly string[] {
  return [...secrets, ...vendor.heard, ...service.simulator.issuedSecrets()].filter((each) => each !== "");
}

function expectNothingLeaked(): void {
  const canaries = { secrets: allSecrets(), values: Object.values(TOLD_VALUES) };
  expect(leaksIn([...service.logLines, ...told], canaries)).toEqual([]);
  expect(service.logLines.length).toBeGreaterThan(3);
}

async function connect(user: string, decision: "allow" | "deny" = "allow") {
  const consented = await consentInBrowser(service.url, service.simulator, user, decision);
  for (const name of ["code", "state"]) secrets.add(consented.callback.searchParams.get(name) ?? "");
  for (const cookie of consented.cookie.split("; ")) secrets.add(cookie.split("=")[1]?.split(".")[0] ?? "");
  if (consented.status >= 400) told.push(consented.text);
  return consented;
}

async function connectedSecret(user: string): Promise<string> {
  const { status, text } = await connect(user);
  expect([status, text]).toEqual([200, expect.stringContaining("whsec_")]);
  const { webhook } = JSON.parse(text) as { readonly webhook: { readonly secret: string } };
  secrets.add(webhook.secret);
  secrets.add(webhook.secret.replace("whsec_", ""));
  return webhook.secret;
}

async function ask(method: string, path: string, body?: Uint8Array<ArrayBuffer>, headers: Readonly<Record<string, string>> = {}) {
  const answer = await fetch(`${service.url}${path}`, { method, headers, ...(body === undefined ? {} : { body }) });
  const text = await answer.text();
  if (answer.status >= 400) told.push(text);
  return answer.status;
}

interface Health {
  readonly state: string;
  readonly last_error: object | null;
  readonly set_aside: number;
}

async function healthOf(user: string): Promise<Health> {
  const overview = await service.get<{ readonly connections: readonly [Health] }>(`/api/connections/${user}`);
  told.push(JSON.stringify(overview));
  return overview.connections[0];
}

const logged = (): string => service.logLines.join("");

describe("connecting", () => {
  it("well, and polling for half a day", async () => {
    await connectedSecret("ada");
    await service.pass(12 * HOUR);
    const latest = await service.get<{ readonly glucose_mg_dl: number }>("/api/bg/ada/latest");
    expect(latest.glucose_mg_dl).toBe(Number(TOLD_VALUES.mgdl));
    expect(service.simulator.counters().refreshes).toBeGreaterThan(5);
    await healthOf("ada");
    expectNothingLeaked();
  });

  it("denied", async () => {
    expect((await connect("ada", "deny")).status).toBeGreaterThanOrEqual(400);
    expectNothingLeaked();
  });

  it("with a wrong client secret", async () => {
    vendor.clientSecret = WRONG_CLIENT_SECRET;
    expect((await connect("ada")).status).toBeGreaterThanOrEqual(400);
    expect(logged()).toContain("DEXCOM_CLIENT_SECRET");
    expectNothingLeaked();
  });

  it("with a forged callback, one without its cookie, and one that comes twice", async () => {
    const { callback, cookie } = await connect("ada");
    const forged = new URLSearchParams(callback.searchParams);
    forged.set("state", FORGED);
    const statuses = [
      await ask("GET", `/api/oauth/dexcom/callback${callback.search}`, undefined, { cookie }),
      await ask("GET", `/api/oauth/dexcom/callback?${forged}`, undefined, { cookie }),
      await ask("GET", `/api/oauth/dexcom/callback?code=${FORGED}&state=${FORGED}`),
    ];
    expect(statuses.every((status) => status >= 400)).toBe(true);
    expectNothingLeaked();
  });

  it.each<Mood>(["mouthy_token_400", "mouthy_token_500", "mouthy_400", "mouthy_401", "mouthy_500", "mouthy_page"])(
    "while the vendor quotes what it was told (%s)",
    async (mood) => {
      vendor.mood = mood;
      await connect("ada");
      expectNothingLeaked();
    },
  );
});

describe("connected", () => {
  it.each<Mood>(["mouthy_token_400", "mouthy_token_500", "mouthy_400", "mouthy_401", "mouthy_500", "mouthy_page", "half_a_page"])(
    "while the vendor quotes readings and tokens (%s)",
    async (mood) => {
      await connectedSecret("ada");
      await service.pass(HOUR);
      expect((await healthOf("ada")).last_error).toBeNull();
      vendor.mood = mood;
      await service.pass(3 * HOUR);
      const { last_error, set_aside } = await healthOf("ada");
      expect(last_error !== null || set_aside > 0, "it was heard").toBe(true);
      vendor.mood = "well";
      await service.pass(HOUR);
      await healthOf("ada");
      expectNothingLeaked();
    },
  );

  it.each([
    "rate_limited",
    "rate_limited_date",
    "rate_limited_oddly",
    "server_errors",
    "unreachable",
    "hangs",
    "cut_pages",
    "broken_pages",
    "unauthorized",
    "lost_responses",
  ] as const)("while the vendor's answers fail: %s", async (fault) => {
    await connectedSecret("ada");
    await service.pass(HOUR);
    service.simulator.faults.switchOn(fault, { share: 1 });
    await service.pass(3 * HOUR);
    expect((await healthOf("ada")).last_error, "it was noticed").not.toBeNull();
    service.simulator.faults.switchAllOff();
    await service.pass(2 * HOUR);
    await healthOf("ada");
    expectNothingLeaked();
  });

  it("with access taken back, and a client secret that became wrong", async () => {
    await connectedSecret("ada");
    await connectedSecret("ben");
    service.simulator.revoke("ada");
    await service.pass(3 * HOUR);
    expect((await healthOf("ada")).state).toBe("needs_reconnect");
    vendor.clientSecret = WRONG_CLIENT_SECRET;
    await service.pass(6 * HOUR);
    expect((await healthOf("ben")).state).not.toBe("healthy");
    expectNothingLeaked();
  });

  it("with records that are set aside", async () => {
    await connectedSecret("ada");
    for (const fate of ["broken_records", "unknown_units", "mmol_values", "null_values"] as const)
      service.simulator.faults.switchOn(fate, { share: 0.3 });
    await service.pass(24 * HOUR);
    expect((await healthOf("ada")).set_aside).toBeGreaterThan(20);
    expectNothingLeaked();
  });
});

describe("deliveries", () => {
  it("good, unreadable, another account's, forged, stale, unsigned and somebody else's", async () => {
    const secret = await connectedSecret("ada");
    const userId = vendor.accountId();
    const others = await connectedSecret("ben");
    await service.pass(3 * HOUR);
    const { set_aside: setAside } = await healthOf("ada");
    const systemTime = `${new Date(service.time.nowMs() - 60_000).toISOString().slice(0, 19)}Z`;
    const good = { type: "egvs", userId, records: [{ systemTime, value: Number(TOLD_VALUES.mgdl), unit: "mg/dL" }] };
    const signed = async (body: unknown, by = secret, signedAt = service.now()) => {
      const bytes = new TextEncoder().encode(typeof body === "string" ? body : JSON.stringify(body));
      const id = `msg_${bytes.length}_${signedAt}_${by.length}`;
      const headers = (await signStandardWebhook({ id, signedAt: signedAt as Instant, body: bytes, secret: by }))._unsafeUnwrap();
      secrets.add(headers["webhook-signature"].replace("v1,", ""));
      return [bytes, { ...headers }] as const;
    };
    const deliver = async ([body, headers]: readonly [Uint8Array<ArrayBuffer>, Readonly<Record<string, string>>], to = "ada") =>
      ask("POST", `/api/bg/${to}/webhook`, body, headers);

    expect(await deliver(await signed(good))).toBe(202);
    // Signed for Ben, and of Ada's account.
    expect(await deliver(await signed(good, others), "ben")).toBe(202);
    const broken = [
      { systemTime: `EGV ${TOLD_VALUES.mgdl}`, value: `${TOLD_VALUES.implausible} for ${secret}` },
      `"value":${TOLD_VALUES.mgdl},`,
    ];
    expect(await deliver(await signed({ ...good, records: broken }))).toBe(202);
    expect(await deliver(await signed({ type: "changed", value: TOLD_VALUES.mgdl }))).toBe(202);
    const [, headers] = await signed(good);
    const [altered] = await signed({ ...good, more: TOLD_VALUES.mgdl });
    const refused = [
      await deliver(await signed(`{"value":${TOLD_VALUES.mgdl}`)),
      await deliver(await signed({ type: `"value":${TOLD_VALUES.mgdl},`, secret })),
      await deliver([altered, headers]),
      await deliver(await signed(good, secret, service.now() - HOUR)),
      await deliver([altered, { "content-type": "application/json" }]),
      await deliver(await signed(good), "ben"),
      await deliver(await signed(good, others)),
    ];
    expect(refused.every((status) => status >= 400 && status < 500)).toBe(true);
    await service.pass(HOUR);
    const latest = await service.get<{ readonly timestamp: string }>("/api/bg/ada/latest");
    expect(latest.timestamp).toBe(systemTime);
    expect(logged()).toContain("set apart");
    expect((await healthOf("ada")).set_aside).toBeGreaterThanOrEqual(setAside + 2);
    expectNothingLeaked();
  });
});

describe("leaving", () => {
  it("disconnected in the middle of it, connected again, and erased", async () => {
    await connectedSecret("ada");
    expect(await ask("DELETE", "/api/connections/ada/dexcom")).toBeLessThan(300);
    await service.pass(HOUR);
    await connectedSecret("ada");
    await service.pass(3 * HOUR);
    expect(await ask("DELETE", "/api/bg/ada")).toBe(204);
    await service.pass(26 * HOUR);
    expect(await ask("GET", "/api/bg/ada/latest")).toBe(404);
    expectNothingLeaked();
  });
});

it("is looked for in earnest: each of these, planted in this very log, is found", async () => {
  await connectedSecret("ada");
  await service.pass(3 * HOUR);
  const values = Object.values(TOLD_VALUES);
  for (const planted of [...allSecrets(), ...values]) {
    const line = `{"level":"info","time":"2026-01-01T00:00:00.373Z","ms":373,"msg":"It said ${planted}."}`;
    expect(leaksIn([...service.logLines, line], { secrets: allSecrets(), values }), planted).not.toEqual([]);
  }
  expectNothingLeaked();
});

it.each([
  ["as it is", (text: string) => text],
  ["as a browser sends it", encodeURIComponent],
  ["in base64", (text: string) => btoa(`Bearer ${text}`)],
])("is found where a provider tells it %s", async (_, encoded) => {
  await service.stop();
  const talkative: typeof provider = {
    ...provider,
    create: (config, deps) => {
      const tellingFetch: typeof fetch = (input, init) => {
        deps.logger.debug({}, `Asking with ${encoded(new Headers(init?.headers).get("authorization") ?? String(init?.body))}.`);
        return deps.fetch(input, init);
      };
      return provider.create(config, { ...deps, fetch: tellingFetch });
    },
  };
  service = await startSimulatedService({ ...scene(), provider: talkative });
  await connectedSecret("ada");
  await service.pass(HOUR);
  expect(leaksIn(service.logLines, { secrets: allSecrets() }).length).toBeGreaterThan(3);
});
