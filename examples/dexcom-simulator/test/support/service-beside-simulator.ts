import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createHost } from "@bg-ingest/http-host";
import { provider } from "@bg-ingest/provider-dexcom";
import { timeFrom } from "../../../../packages/http-host/test/fast-time.ts";
import { DEFAULT_CLIENT, type DexcomServer, type DexcomServerOptions, startDexcomSimulator } from "../../src/index.ts";
import { createValve, type Valve } from "./valve.ts";

/** The service and the simulator, each behind its own port of the loopback; time passes as it really does, unless a test has some pass. */
export interface ServiceBesideSimulator {
  readonly url: string;
  readonly simulator: DexcomServer;
  /** What the service asks the simulator for passes through it. */
  readonly valve: Valve;
  readonly logLines: readonly string[];
  /** Has so much time gone by for the service at once. */
  pass(seconds: number): void;
  stop(): Promise<void>;
}

export interface BesideOptions extends Omit<DexcomServerOptions, "port" | "clients"> {
  /** Settings of the service that differ from what the simulator says when it starts. */
  readonly environment?: Readonly<Record<string, string>>;
  /** What the service's clock shows at the start: what people wear has pauses, so that another moment may be another story. */
  readonly startsAtMs?: number;
}

export async function startBeside({
  environment,
  startsAtMs = Date.now(),
  ...simulated
}: BesideOptions = {}): Promise<ServiceBesideSimulator> {
  const port = await freePort();
  const client = { ...DEFAULT_CLIENT, redirectUris: [`http://localhost:${port}/api/oauth/dexcom/callback`] };
  const simulator = (await startDexcomSimulator({ ...simulated, port: 0, clients: [client] }))._unsafeUnwrap();
  const dataDir = mkdtempSync(join(tmpdir(), "bg-beside-"));
  const valve = createValve((address) => address.pathname.endsWith("/egvs"));
  const logLines: string[] = [];
  const time = timeFrom(startsAtMs);
  let passedMs = 0;
  const host = (
    await createHost({
      environment: {
        DATA_DIR: dataDir,
        PORT: String(port),
        LOG_LEVEL: "debug",
        DEXCOM_API_BASE_URL: simulator.url,
        DEXCOM_CLIENT_ID: client.clientId,
        DEXCOM_CLIENT_SECRET: client.clientSecret,
        DEXCOM_REDIRECT_URI: client.redirectUris[0] ?? "",
        ...environment,
      },
      envFile: "/dev/null",
      importModule: (name) => import(name),
      providers: [provider],
      fetch: valve.fetch,
      time: { ...time, nowMs: () => time.nowMs() + passedMs, monotonicMs: () => time.monotonicMs() + passedMs },
      logTarget: { write: (line) => void logLines.push(line), isTerminal: false, flush: () => undefined },
    })
  )._unsafeUnwrap();
  const { url } = (await host.start())._unsafeUnwrap();
  return {
    url,
    simulator,
    valve,
    logLines,
    pass(seconds) {
      passedMs += seconds * 1000;
    },
    async stop() {
      valve.open();
      await host.stop();
      await simulator.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** The redirect URI is registered before the service listens. */
async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => probe.once("listening", resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
