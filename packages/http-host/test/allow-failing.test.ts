import { createMockProvider, createMockWorld } from "@bg-ingest/provider-mock";
import { afterEach, expect, it } from "vitest";
import { createHost } from "../src/create-host.ts";
import type { Host } from "../src/host.ts";
import { timeFrom } from "./fast-time.ts";
import { newDataDir, WORN_AT_MS } from "./running-host.ts";
import { signedHeaders } from "./served.ts";

const MOCK = "@bg-ingest/provider-mock";
const soon = { timeout: 60_000 };
const world = createMockWorld({ clock: { nowMs: () => WORN_AT_MS } });

let running: Host | null = null;
afterEach(async () => {
  await running?.stop();
  running = null;
});

async function start(environment: Readonly<Record<string, string>>, importModule: () => Promise<unknown>) {
  await running?.stop();
  const lines: string[] = [];
  const created = await createHost({
    environment: { PORT: "0", DEMO: "off", LOG_LEVEL: "error", ...environment },
    envFile: "/dev/null",
    importModule,
    time: timeFrom(WORN_AT_MS),
    builtIn: [{ name: "mock", package: MOCK, isForDevelopment: true }],
    logTarget: { write: (line) => lines.push(line), isTerminal: false, flush: () => {} },
  });
  if (created.isErr()) return { refused: created.error.message, lines };
  running = created.value;
  const { url } = (await running.start())._unsafeUnwrap();
  const ask = async (method: string, path: string, init: RequestInit = {}) => {
    const answer = await fetch(`${url}${path}`, { method, ...init });
    return { status: answer.status, headers: answer.headers, body: JSON.parse(await answer.text()) };
  };
  const connection = async () => (await ask("GET", "/api/connections/anna")).body.connections[0];
  return { refused: null, lines, ask, connection };
}

async function started(...parameters: Parameters<typeof start>) {
  const service = await start(...parameters);
  if (service.refused !== null) throw new Error(service.refused);
  return service;
}

it("a provider that may fail keeps no service from starting; its connections say so, deliveries are asked for again, and readings stay", async () => {
  const environment = { DATA_DIR: newDataDir() };
  const sound = async () => ({ provider: createMockProvider({ world }) });
  const broken = async () => {
    throw new Error("needs a newer engine");
  };

  const before = await started(environment, sound);
  const form = { headers: { "content-type": "application/json" }, body: JSON.stringify({ user: "anna" }) };
  const { secret } = (await before.ask("POST", "/api/connections/anna/mock", form)).body.webhook;
  await expect.poll(async () => (await before.ask("GET", "/api/bg/anna/latest")).status, soon).toBe(200);
  const latest = (await before.ask("GET", "/api/bg/anna/latest")).body;

  expect((await start(environment, broken)).refused).toMatch(/@bg-ingest\/provider-mock: it cannot be imported: needs a newer engine/);

  const without = await started({ ...environment, ALLOW_FAILING: MOCK }, broken);
  expect(without.lines.map((line) => JSON.parse(line))).toMatchObject([
    { level: "error", package: MOCK, provider: "mock", reason: expect.stringContaining("needs a newer engine") },
  ]);
  expect((await without.ask("GET", "/readyz")).status).toBe(200);
  expect(await without.connection()).toMatchObject({
    provider: "mock",
    state: "stopped",
    message: expect.stringMatching(/could not be loaded when the service started\. No new readings come; those that are stored are kept\./),
  });
  expect((await without.ask("GET", "/api/bg/anna/latest")).body).toEqual(latest);
  expect((await without.ask("GET", "/api/providers")).body).toMatchObject({
    providers: [],
    not_loaded: [{ package: MOCK, name: "mock", display_name: null }],
  });
  const page = JSON.stringify({ type: "readings.recorded", data: { records: [] } });
  const delivered = await without.ask("POST", "/api/bg/anna/webhook", {
    headers: await signedHeaders(secret, "msg_1", page, Math.floor(WORN_AT_MS / 1000)),
    body: page,
  });
  expect([delivered.status, delivered.body.type, delivered.headers.get("retry-after")]).toEqual([
    503,
    "/problems/provider_not_loaded",
    "300",
  ]);
  const again = await without.ask("POST", "/api/connections/anna/mock", form);
  expect([again.status, again.body.type]).toEqual([503, "/problems/provider_not_loaded"]);

  const after = await started({ ...environment, ALLOW_FAILING: MOCK }, sound);
  await expect.poll(async () => (await after.connection()).state, soon).not.toBe("stopped");
  expect(after.lines).toEqual([]);
});
