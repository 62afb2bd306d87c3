import type { Call, SourceId, UserId } from "@bg-ingest/core";
import { createManualTime } from "@bg-ingest/core/testing";
import { createMockProvider, createMockWorld, MOCK_PASSWORD } from "@bg-ingest/provider-mock";
import { openSqliteStore } from "@bg-ingest/store-sqlite";
import { expect, it, vi } from "vitest";
import { createHost } from "../src/create-host.ts";
import { newDataDir } from "./running-host.ts";

const START_MS = Date.UTC(2026, 2, 1, 6);
const A_DAY_MS = 86_400_000;
const call: Call = { signal: new AbortController().signal };

it("a service that died while it renewed somebody's access is followed by one that goes on at its start, without waiting for the dead one", async () => {
  const manual = createManualTime(START_MS);
  const time = { ...manual, soon: (work: () => void) => void setImmediate(work) };
  const world = createMockWorld({ clock: time, historyDays: 1 });
  const dataDir = newDataDir();
  const start = async () => {
    const created = await createHost({
      environment: { DATA_DIR: dataDir, PORT: "0", DEMO: "off", LOG_LEVEL: "silent" },
      envFile: "/dev/null",
      importModule: (name) => import(name),
      providers: [createMockProvider({ world })],
      time,
    });
    const host = created._unsafeUnwrap();
    return { host, url: (await host.start())._unsafeUnwrap().url };
  };

  const first = await start();
  const connected = await fetch(`${first.url}/api/connections/anna/mock`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ user: "anna", password: MOCK_PASSWORD }),
  });
  const { source } = (await connected.json()) as { readonly source: string };
  await first.host.stop();

  const claimed = openSqliteStore({ dataDir })._unsafeUnwrap();
  const key = { userId: "anna" as UserId, sourceId: source as SourceId };
  const stored = (await claimed.connections.secretsOf(key, call))._unsafeUnwrap();
  if (stored === null) throw new Error("nothing is stored");
  time.pass(A_DAY_MS);
  const claim = { holder: "a dead process", at: Math.floor(time.nowMs() / 1000) as never };
  (await claimed.connections.replaceSecrets(key, { ...stored, claim, version: stored.version + 1 }, call))._unsafeUnwrap();
  await claimed.close();

  const restartedAtMs = time.nowMs();
  const second = await start();
  const answersSince = async () => {
    const body = (await (await fetch(`${second.url}/api/connections/anna`)).json()) as {
      readonly connections: readonly { readonly last_success_at: string | null }[];
    };
    expect(Date.parse(body.connections[0]?.last_success_at ?? "")).toBeGreaterThanOrEqual(restartedAtMs);
  };
  await vi.waitFor(answersSince, { timeout: 60_000, interval: 20 });
  await second.host.stop();
}, 120_000);
