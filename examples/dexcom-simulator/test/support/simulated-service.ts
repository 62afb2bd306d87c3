import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BgEvent } from "@bg-ingest/core";
import { createHost, type Host } from "@bg-ingest/http-host";
import { provider } from "@bg-ingest/provider-dexcom";
import { createDexcomSimulator, DEFAULT_CLIENT, type DexcomSimulator, type DexcomSimulatorOptions } from "../../src/index.ts";
import { REDIRECT_URI } from "./application.ts";
import { consentInBrowser } from "./consent-in-browser.ts";
import { getJson } from "./get-json.ts";
import { createSimulatedTime, type SimulatedTime } from "./simulated-time.ts";

/** The whole service, its store on disk and its API on the loopback, before a simulated vendor and in simulated time. */
export interface SimulatedService {
  readonly url: string;
  readonly time: SimulatedTime;
  readonly simulator: DexcomSimulator;
  readonly events: readonly BgEvent[];
  readonly logLines: readonly string[];
  /** Seconds since the epoch. */
  now(): number;
  pass(seconds: number): Promise<void>;
  /** A body as JSON; refuses any other status than 200. */
  get<T>(path: string): Promise<T>;
  /** A person consents in a browser, as the vendor's user of the same name. Answers the status of the callback. */
  connect(user: string): Promise<number>;
  stop(): Promise<void>;
}

export interface SimulatedServiceOptions extends Omit<DexcomSimulatorOptions, "clock"> {
  readonly startMs: number;
  readonly environment?: Readonly<Record<string, string>>;
  /** In place of the package's own. */
  readonly provider?: unknown;
  /** What stands between the service and the vendor. */
  readonly between?: (vendor: typeof fetch) => typeof fetch;
}

export async function startSimulatedService(options: SimulatedServiceOptions): Promise<SimulatedService> {
  const { startMs, environment, provider: offered = provider, between = (vendor) => vendor, ...simulated } = options;
  const time = createSimulatedTime(startMs);
  const simulator = createDexcomSimulator({ ...simulated, clock: time });
  const vendor = between(simulator.fetch);
  const dataDir = mkdtempSync(join(tmpdir(), "bg-simulated-"));
  const events: BgEvent[] = [];
  const logLines: string[] = [];
  const created = await createHost({
    environment: { ...settingsFor(dataDir), ...environment },
    envFile: "/dev/null",
    importModule: (name) => import(name),
    providers: [offered],
    fetch: (input, init) => time.holdFor(vendor(input, init)),
    time,
    logTarget: { write: (line) => void logLines.push(line), isTerminal: false, flush: () => undefined },
    onEvent: (event) => void events.push(event),
  });
  const host: Host = created._unsafeUnwrap();
  const { url } = (await host.start())._unsafeUnwrap();
  return {
    url,
    time,
    simulator,
    events,
    logLines,
    now: () => Math.floor(time.nowMs() / 1000),
    pass: (seconds) => time.passUntil(time.nowMs() + seconds * 1000),
    get: <T>(path: string) => getJson<T>(url, path),
    connect: async (user) => (await consentInBrowser(url, simulator, user)).status,
    async stop() {
      await host.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

function settingsFor(dataDir: string): Readonly<Record<string, string>> {
  return {
    DATA_DIR: dataDir,
    PORT: "0",
    DEMO: "off",
    LOG_LEVEL: "debug",
    DEXCOM_CLIENT_ID: DEFAULT_CLIENT.clientId,
    DEXCOM_CLIENT_SECRET: DEFAULT_CLIENT.clientSecret,
    DEXCOM_REDIRECT_URI: REDIRECT_URI,
    DEXCOM_API_BASE_URL: "sandbox",
  };
}
