import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { newVaultKey } from "../src/vault/vault.ts";
import { newDataDir, type RunningHost, startHost, WORN_AT_MS } from "./running-host.ts";

let running: RunningHost | null = null;

afterEach(stop);

async function stop(): Promise<void> {
  await running?.stop();
  running = null;
}

async function start(environment: Readonly<Record<string, string>>): Promise<string> {
  await stop();
  running = await startHost(environment, WORN_AT_MS);
  return running.url;
}

interface Connection {
  readonly state: string;
  readonly last_success_at: string | null;
  readonly backfill: { readonly from: string | null };
}

async function connectAnna(
  url: string,
  more: Readonly<Record<string, string>> = {},
): Promise<{ readonly webhook: { readonly url: string } }> {
  const headers = { "content-type": "application/json", ...more };
  const answer = await fetch(`${url}/api/connections/anna/mock`, { method: "POST", body: JSON.stringify({ user: "anna" }), headers });
  expect(answer.status).toBe(201);
  return (await answer.json()) as Awaited<ReturnType<typeof connectAnna>>;
}

async function connectionOf(url: string): Promise<Connection | undefined> {
  const answer = (await (await fetch(`${url}/api/connections/anna`)).json()) as { connections: readonly Connection[] };
  return answer.connections[0];
}

async function becomes(url: string, state: string): Promise<void> {
  await expect.poll(async () => (await connectionOf(url))?.state, { timeout: 20_000, interval: 50 }).toBe(state);
}

it("BACKFILL_DAYS limits how much history is read, and without it all that there is is read", async () => {
  const dayMs = 86_400_000;
  for (const [environment, days] of [
    [{ BACKFILL_DAYS: "2" }, 2],
    [{}, 14],
  ] as const) {
    const url = await start(environment);
    await connectAnna(url);
    await becomes(url, "healthy");
    const { backfill } = (await connectionOf(url)) as Connection;
    expect(Math.abs(WORN_AT_MS - days * dayMs - Date.parse(backfill.from ?? ""))).toBeLessThan(dayMs);
    const answer = await fetch(`${url}/api/bg/anna?from=${new Date(WORN_AT_MS - 30 * dayMs).toISOString()}`);
    const [first] = (await answer.json()) as readonly { timestamp: string }[];
    expect(Math.abs(WORN_AT_MS - days * dayMs - Date.parse(first?.timestamp ?? ""))).toBeLessThan(dayMs);
  }
});

it("a new VAULT_KEY in front leaves what the old one sealed readable, and alone it does not", async () => {
  const dataDir = newDataDir();
  const [old, fresh] = [newVaultKey(), newVaultKey()];
  const url = await start({ DATA_DIR: dataDir, VAULT_KEY: old });
  await connectAnna(url);
  await becomes(url, "healthy");
  const pollNow = (at: string) => fetch(`${at}/api/connections/anna/mock/poll`, { method: "POST" });

  const withBoth = await start({ DATA_DIR: dataDir, VAULT_KEY: `${fresh}, ${old}` });
  await pollNow(withBoth);
  await becomes(withBoth, "healthy");

  const withFreshAlone = await start({ DATA_DIR: dataDir, VAULT_KEY: fresh });
  await pollNow(withFreshAlone);
  await becomes(withFreshAlone, "stopped");
  await connectAnna(withFreshAlone);
  await becomes(withFreshAlone, "healthy");

  const withOldGone = await start({ DATA_DIR: dataDir, VAULT_KEY: fresh });
  await pollNow(withOldGone);
  await becomes(withOldGone, "healthy");
});

it("PUBLIC_URL is what the URLs that are given out begin with", async () => {
  const dataDir = newDataDir();
  const url = await start({ PUBLIC_URL: "https://bg.example.org/", DATA_DIR: dataDir });
  const authorization = `Bearer ${readFileSync(join(dataDir, "api.key"), "utf8").trim()}`;
  expect((await connectAnna(url, { authorization })).webhook.url).toBe("https://bg.example.org/api/bg/anna/webhook/mock");
});
