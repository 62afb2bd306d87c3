import { afterEach, describe, expect, it } from "vitest";
import { createDexcomSimulator, type DexcomSimulator, type RegisteredClient } from "../src/index.ts";
import { REDIRECT_URI } from "./support/application.ts";
import { beginConsent, consentInBrowser, finishConsent } from "./support/consent-in-browser.ts";
import { type SimulatedService, startSimulatedService } from "./support/simulated-service.ts";

/** An application is registered in each region by itself, and an account lives in one. */
const clientOf = (region: string): RegisteredClient => ({
  clientId: `client-of-${region}`,
  clientSecret: `secret-of-${region}`,
  redirectUris: [REDIRECT_URI],
});

const [US, EU] = [clientOf("us"), clientOf("eu")];
const START_MS = Date.UTC(2026, 2, 10, 12);
const HOUR = 3_600;

/** A service that is set up for the US, before Dexcom's US and Europe. */
interface Regions {
  readonly service: SimulatedService;
  readonly eu: DexcomSimulator;
  /** Sends requests to where they are not meant for, or changes what they bear. */
  detour: (url: URL, form: URLSearchParams | null) => void;
  readonly hosts: Set<string>;
}

let running: SimulatedService | null = null;

afterEach(async () => {
  await running?.stop();
  running = null;
});

async function regions(environment: Readonly<Record<string, string>> = {}): Promise<Regions> {
  const eu = createDexcomSimulator({ seed: "eu", clients: [EU], clock: { nowMs: () => running?.time.nowMs() ?? START_MS } });
  const hosts = new Set<string>();
  const stage: { detour: Regions["detour"] } = { detour: () => {} };
  const service = await startSimulatedService({
    startMs: START_MS,
    seed: "us",
    clients: [US],
    environment: {
      BACKFILL_DAYS: "1",
      DEXCOM_API_BASE_URL: "us",
      DEXCOM_CLIENT_ID: US.clientId,
      DEXCOM_CLIENT_SECRET: US.clientSecret,
      ...environment,
    },
    between: (us) => async (input, init) => {
      const url = new URL(String(input));
      const form = init?.body instanceof URLSearchParams ? new URLSearchParams(init.body) : null;
      stage.detour(url, form);
      hosts.add(url.host);
      return (url.host === "api.dexcom.eu" ? eu.fetch : us)(url, { ...init, ...(form !== null && { body: form }) });
    },
  });
  running = service;
  return Object.assign(stage, { service, eu, hosts });
}

interface Shown {
  readonly state: string;
  readonly message: string | null;
}

/** `null`: the service knows nothing of them. */
async function shownOf({ service }: Regions, user: string): Promise<Shown | null> {
  const answer = await fetch(`${service.url}/api/connections/${user}`);
  if (answer.status === 404) return null;
  const { connections } = (await answer.json()) as { readonly connections: readonly Shown[] };
  return connections[0] ?? null;
}

/** Nothing is kept of the attempt, and once everything is right the same person connects. */
async function expectNothingLeft(stage: Regions): Promise<void> {
  expect(await shownOf(stage, "ada")).toBeNull();
  await stage.service.pass(HOUR);
  expect(await shownOf(stage, "ada")).toBeNull();
  stage.detour = () => {};
  expect(await stage.service.connect("ada")).toBe(200);
}

const REGION = /region in DEXCOM_API_BASE_URL/;

describe("an application that was registered in another region", () => {
  it("is not known at the login: nobody is sent back, and nothing is connected", async () => {
    const stage = await regions({ DEXCOM_CLIENT_ID: EU.clientId, DEXCOM_CLIENT_SECRET: EU.clientSecret });
    const { authorizationUrl } = await beginConsent(stage.service.url, "ada");
    expect(authorizationUrl.host).toBe("api.dexcom.com");
    expect(stage.service.simulator.consent(authorizationUrl, { user: "ada" }).isErr()).toBe(true);
    expect(await shownOf(stage, "ada")).toBeNull();
  });

  it.each([
    ["its secret", { DEXCOM_CLIENT_SECRET: EU.clientSecret }],
    ["its id", {}],
  ])("is refused by the token endpoint for %s, and the page says what to check", async (what, environment) => {
    const stage = await regions(environment);
    if (what === "its id") stage.detour = (_, form) => form?.set("client_id", EU.clientId);
    const { status, text } = await consentInBrowser(stage.service.url, stage.service.simulator, "ada");
    expect([status >= 400, text]).toEqual([true, expect.stringMatching(REGION)]);
    expect(await shownOf(stage, "ada")).toBeNull();
  });

  it("after somebody was connected says so as the state of the connection, and is mended by the right one", async () => {
    const stage = await regions();
    expect(await stage.service.connect("ada")).toBe(200);
    await stage.service.pass(HOUR);
    stage.detour = (_, form) => {
      form?.set("client_id", EU.clientId);
      form?.set("client_secret", EU.clientSecret);
    };
    await stage.service.pass(2 * HOUR);
    expect(await shownOf(stage, "ada")).toMatchObject({ state: "stopped", message: expect.stringMatching(REGION) });
    stage.detour = () => {};
    await stage.service.pass(6 * HOUR);
    expect(["healthy", "delayed"]).toContain((await shownOf(stage, "ada"))?.state);
  });
});

describe("what another region's server gave", () => {
  it("is no code here: the person is told to begin anew, and nothing is connected", async () => {
    const stage = await regions();
    const begun = await beginConsent(stage.service.url, "ada");
    const elsewhere = new URL(begun.authorizationUrl);
    elsewhere.searchParams.set("client_id", EU.clientId);
    const back = stage.eu.consent(elsewhere, { user: "ada" })._unsafeUnwrap();
    const { status, text } = await finishConsent(stage.service.url, back, begun.cookie);
    expect([status >= 400, text]).toEqual([true, expect.stringMatching(/does not take this code/)]);
    await expectNothingLeft(stage);
  });

  it("is no token here: the person is told that nothing was connected, and nothing is", async () => {
    const stage = await regions();
    const back = new Map<string, string>();
    stage.detour = (url, form) => {
      if (form === null) return;
      url.host = "api.dexcom.eu";
      form.set("client_id", EU.clientId);
      form.set("client_secret", EU.clientSecret);
      form.set("code", back.get("code") ?? "");
    };
    const begun = await beginConsent(stage.service.url, "ada");
    const elsewhere = new URL(begun.authorizationUrl);
    elsewhere.searchParams.set("client_id", EU.clientId);
    const returned = stage.eu.consent(elsewhere, { user: "ada" })._unsafeUnwrap();
    back.set("code", returned.searchParams.get("code") ?? "");
    const { status, text } = await finishConsent(stage.service.url, returned, begun.cookie);
    expect(stage.hosts).toEqual(new Set(["api.dexcom.eu", "api.dexcom.com"]));
    expect([status >= 400, text]).toEqual([true, expect.stringMatching(/Nothing was connected/)]);
    await expectNothingLeft(stage);
  });
});

describe("a service that is set up for another region than the account's", () => {
  it("sends the person to a login that does not know them, and nothing is connected", async () => {
    const stage = await regions();
    const { authorizationUrl } = await beginConsent(stage.service.url, "somebody-in-europe");
    expect(authorizationUrl.host).toBe("api.dexcom.com");
    expect(stage.service.simulator.consent(authorizationUrl, { user: "somebody-in-europe" }).isErr()).toBe(true);
    expect(await shownOf(stage, "somebody-in-europe")).toBeNull();
    expect(stage.hosts).toEqual(new Set());
  });
});
