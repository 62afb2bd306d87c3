import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { createHost } from "../src/create-host.ts";
import type { Host } from "../src/host.ts";

const TRACE = process.env["REAL_TRACE_FILE"] ?? join(import.meta.dirname, "../../../../shared/data/entries-trio.json");
const isThere = existsSync(TRACE);
if (!isThere) process.stderr.write(`\nLEFT OUT: a real trace over HTTP. ${TRACE} is not there; REAL_TRACE_FILE names another.\n\n`);

interface Entry {
  readonly date: number;
  readonly sgv: number;
}

let running: Host | null = null;

afterEach(async () => {
  await running?.stop();
  running = null;
});

async function start(dataDir: string): Promise<string> {
  const environment = {
    DATA_DIR: dataDir,
    PORT: "0",
    DEMO: "off",
    LOG_LEVEL: "silent",
    MOCK_REPLAY_FILE: TRACE,
    MOCK_SHUFFLE: "true",
    MOCK_PAGES: "5",
  };
  const builtIn = [{ name: "mock", package: "@bg-ingest/provider-mock", isForDevelopment: true }];
  const host = await createHost({ environment, envFile: "/dev/null", importModule: (name) => import(name), builtIn });
  running = host._unsafeUnwrap();
  return (await running.start())._unsafeUnwrap().url;
}

async function connect(url: string): Promise<void> {
  const body = JSON.stringify({ user: "trace" });
  const answer = await fetch(`${url}/api/connections/trace/mock`, {
    method: "POST",
    body,
    headers: { "content-type": "application/json" },
  });
  expect(answer.status, await answer.clone().text()).toBeLessThan(300);
}

interface Overview {
  readonly connections: readonly { readonly state: string }[];
}

async function json<T>(url: string): Promise<T> {
  const answer = await fetch(url);
  expect(answer.status).toBe(200);
  return (await answer.json()) as T;
}

async function historyIsRead(url: string): Promise<void> {
  await expect
    .poll(async () => (await json<Overview>(`${url}/api/connections/trace`)).connections[0]?.state, { timeout: 30_000, interval: 50 })
    .toBe("delayed");
}

async function readings(url: string): Promise<readonly { timestamp: string; glucose_mg_dl: number }[]> {
  return json(`${url}/api/bg/trace?from=2026-03-01T00:00:00Z&to=2026-05-01T00:00:00Z`);
}

it.skipIf(!isThere)(
  "a thousand real readings come back over HTTP as they were recorded, after a restart and replayed again too",
  async () => {
    const entries = JSON.parse(readFileSync(TRACE, "utf8")) as readonly Entry[];
    const recorded = entries
      .map(({ date, sgv }) => ({ timestamp: new Date(date).toISOString().replace(".000Z", "Z"), glucose_mg_dl: sgv }))
      .sort((a, b) => (a.timestamp < b.timestamp ? -1 : 1));
    const dataDir = mkdtempSync(join(tmpdir(), "bg-trace-"));
    let url = await start(dataDir);
    await connect(url);
    await historyIsRead(url);
    const first = await readings(url);
    expect(first).toHaveLength(1_000);
    expect(first).toEqual(recorded);

    await running?.stop();
    url = await start(dataDir);
    expect(await readings(url)).toEqual(recorded);

    await connect(url);
    await historyIsRead(url);
    await fetch(`${url}/api/connections/trace/mock/poll`, { method: "POST" });
    await historyIsRead(url);
    expect(await readings(url)).toEqual(recorded);
    const all = await fetch(`${url}/api/bg/trace?from=2026-03-01T00:00:00Z&to=2026-05-01T00:00:00Z&view=all&detail=full`);
    const versions = (await all.json()) as readonly { revision: number }[];
    expect(versions).toHaveLength(1_000);
    expect(versions.every(({ revision }) => revision === 0)).toBe(true);
  },
);
