import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createHost } from "@bg-ingest/http-host";
import { provider } from "@bg-ingest/provider-mock";
import { expect } from "vitest";
import { timeFrom } from "../../../../packages/http-host/test/fast-time.ts";

/** The simulated people have pauses: at this moment those of the tests are being measured. */
export const STARTED_AT_MS = Date.UTC(2026, 9, 14, 13, 7);

/** The whole service on a free port, and a folder for what tests write. */
export interface RunningService {
  readonly url: string;
  readonly folder: string;
  /** Connects a simulated person, and waits until the history is there. */
  connect(user: string): Promise<void>;
  get<T>(path: string): Promise<T>;
  stop(): Promise<void>;
}

interface Connections {
  readonly connections: readonly { readonly state: string }[];
}

/** In time that passes as it really does, from a moment that is the same in every run. */
export async function startService(environment: Readonly<Record<string, string>>): Promise<RunningService> {
  const folder = mkdtempSync(join(tmpdir(), "bg-embed-"));
  const created = await createHost({
    environment: { DATA_DIR: folder, PORT: "0", DEMO: "off", LOG_LEVEL: "silent", ...environment },
    envFile: "/dev/null",
    providers: [provider],
    time: timeFrom(STARTED_AT_MS),
  });
  const host = created._unsafeUnwrap();
  const { url } = (await host.start())._unsafeUnwrap();
  const get = async <T>(path: string): Promise<T> => {
    const answer = await fetch(`${url}${path}`);
    if (!answer.ok) throw new Error(`${path} was answered with ${answer.status}: ${await answer.text()}`);
    return (await answer.json()) as T;
  };
  return {
    url,
    folder,
    get,
    async connect(user) {
      const headers = { "content-type": "application/json" };
      const answer = await fetch(`${url}/api/connections/${user}/mock`, { method: "POST", headers, body: JSON.stringify({ user }) });
      expect(answer.status).toBe(201);
      const states = async () => (await get<Connections>(`/api/connections/${user}`)).connections.map(({ state }) => state);
      await expect.poll(states).toEqual(["healthy"]);
    },
    async stop() {
      await host.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
