import { type Clock, createProvider, type Delay, guardProvider, type LoadedProvider, parseProvider } from "@bg-ingest/core";
import { createMockProvider, type MockProviderOptions } from "@bg-ingest/provider-mock";
import { silentLogger } from "./silent-logger.ts";

/** The mock provider as the host loads one: parsed, created, under guard. */
export function loadMock(options: MockProviderOptions, clock: Clock): LoadedProvider {
  const parsed = parseProvider(createMockProvider(options))._unsafeUnwrap();
  const { name, displayName, capabilities, traits } = parsed;
  const config = parsed.configSchema.parse({});
  const created = createProvider(parsed, config, { fetch, clock, logger: silentLogger })._unsafeUnwrap();
  const provider = guardProvider(created, {
    provider: name,
    deadlineMs: 30_000,
    limits: { pagesPerCall: 1_000, recordsPerCall: 500_000, charactersPerCall: 50_000_000 },
    delay,
    logger: silentLogger,
  });
  return { name, displayName, capabilities, traits, provider };
}

const delay: Delay = (ms, signal) =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
