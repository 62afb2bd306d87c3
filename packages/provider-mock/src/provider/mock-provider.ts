import { defineProvider, type ProviderConfigRefused, type ProviderDeps, type ProviderTraits } from "@bg-ingest/core";
import { err, ok, type Result } from "neverthrow";
import { readTrace } from "../replay/read-trace.ts";
import type { Trace } from "../replay/trace.ts";
import { createMockWorld, type MockWorld } from "../world/mock-world.ts";
import { configSchema, type MockConfig } from "./config-schema.ts";
import { createLogin } from "./login.ts";
import { createOAuth } from "./oauth.ts";
import { createBackfill, createPoll } from "./readings.ts";
import type { Vendor } from "./vendor.ts";
import { createVendorClient } from "./vendor-client.ts";
import { createWebhook } from "./webhook.ts";

export interface MockProviderOptions {
  /** A world to share, in place of one of the provider's own; the settings that shape a world are then the world's. */
  readonly world?: MockWorld;
  /**
   * There is no world in this process: the vendor answers the host's `fetch` at `https://mock.invalid`, and whoever connects by consent opens
   * its page. What a world behind a server would be, and what tests want that see every request.
   */
  readonly isRemote?: boolean;
  /** Where the world behaves otherwise than a 5-minute sensor whose readings show at once. */
  readonly traits?: Partial<ProviderTraits>;
}

const TRAITS: ProviderTraits = {
  cadenceSeconds: 300,
  publicationDelaySeconds: 0,
  maxWindowSeconds: 30 * 86_400,
  // What there is, an account's data range says; a replayed trace may be of any age.
  historySeconds: 3650 * 86_400,
  rePull: [
    { everySeconds: 3_600, lookBackSeconds: 3 * 86_400 },
    { everySeconds: 86_400, lookBackSeconds: 7 * 86_400 },
  ],
  rateLimit: null,
};

export function createMockProvider(options: MockProviderOptions = {}) {
  return defineProvider({
    apiVersion: 1,
    name: "mock",
    displayName: "Mock sensor",
    configSchema,
    capabilities: ["oauth", "login", "poll", "backfill", "webhook"],
    traits: { ...TRAITS, ...options.traits },
    create: (config, deps) =>
      cloudOf(options, config, deps).map(({ fetch, consent }) => {
        const client = createVendorClient(fetch, deps.clock);
        const vendor: Vendor = { client, clock: deps.clock, baseUrl: new URL("https://mock.invalid") };
        return {
          oauth: createOAuth(vendor, { redirectUri: config.redirectUri, consent }),
          login: createLogin(vendor),
          poll: createPoll(vendor),
          backfill: createBackfill(vendor),
          webhook: createWebhook(vendor),
        };
      }),
  });
}

/** What of a world the provider uses. */
type Cloud = Pick<MockWorld, "fetch" | "consent">;

function cloudOf(options: MockProviderOptions, config: MockConfig, deps: ProviderDeps): Result<Cloud, ProviderConfigRefused> {
  if (options.isRemote) return ok({ fetch: deps.fetch, consent: (url) => url });
  return worldOf(options, config, deps);
}

function worldOf(options: MockProviderOptions, config: MockConfig, deps: ProviderDeps): Result<MockWorld, ProviderConfigRefused> {
  if (options.world !== undefined) return ok(options.world);
  const names = Object.keys(config.faults);
  if (names.length > 0) deps.logger.warn({ faults: names }, "The mock provider misbehaves as it was told to; unset MOCK_FAULTS to stop it");
  const { replayFile, ...shape } = config;
  if (replayFile === undefined) return ok(createMockWorld({ ...shape, clock: deps.clock }));
  return traceOf(replayFile, config).map((trace) => {
    deps.logger.info({ readings: trace.entries.length }, "The mock provider replays a recorded trace on every account");
    return createMockWorld({ ...shape, clock: deps.clock, trace });
  });
}

function traceOf(path: string, config: MockConfig): Result<Trace, ProviderConfigRefused> {
  if (config.unit !== "mg/dL") return err(refused("A replayed trace is in mg/dL, as it was recorded: unset MOCK_UNIT or MOCK_REPLAY_FILE"));
  return readTrace(path).mapErr(({ message }) => refused(`${message}. Check MOCK_REPLAY_FILE`));
}

function refused(message: string): ProviderConfigRefused {
  return { kind: "config_refused", message };
}
