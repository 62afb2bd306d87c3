import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock } from "@bg-ingest/core";
import { createHost } from "../src/create-host.ts";
import type { Timers } from "../src/scheduler/timers.ts";
import { timeFrom } from "./fast-time.ts";

/** The simulated people have pauses: at this moment those of the tests are being measured. */
export const WORN_AT_MS = Date.UTC(2026, 9, 14, 13, 7);

/** A whole service on a free port, with the simulated sensor. */
export interface RunningHost {
  readonly url: string;
  stop(): Promise<void>;
}

export function newDataDir(): string {
  return mkdtempSync(join(tmpdir(), "bg-host-"));
}

/** Without a demo and silent, unless the environment says otherwise. */
export async function startHost(
  environment: Readonly<Record<string, string>> = {},
  startsAtMs: number = Date.now(),
  time: Clock & Timers = timeFrom(startsAtMs),
): Promise<RunningHost> {
  const created = await createHost({
    environment: { DATA_DIR: newDataDir(), PORT: "0", DEMO: "off", LOG_LEVEL: "silent", ...environment },
    envFile: "/dev/null",
    importModule: (name) => import(name),
    time,
    builtIn: [{ name: "mock", package: "@bg-ingest/provider-mock", isForDevelopment: true }],
  });
  const host = created._unsafeUnwrap();
  const { url } = (await host.start())._unsafeUnwrap();
  return { url, stop: () => host.stop() };
}
