import type { Call, Credentials, Instant, Logger, RawReading, RawRejected, Span } from "@bg-ingest/core";
import { toMgdl } from "@bg-ingest/core";
import { createManualTime } from "@bg-ingest/core/testing";
import { provider } from "@bg-ingest/provider-dexcom";
import { describe, expect, it } from "vitest";
import { createDexcomSimulator, DEFAULT_CLIENT, type DexcomSimulator, FAULTS, RECORD_FATES, RECORD_FORMS } from "../src/index.ts";
import { NOW_MS, REDIRECT_URI } from "./support/application.ts";

const call: Call = { signal: new AbortController().signal };
const silent: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const { clientId, clientSecret } = DEFAULT_CLIENT;
const config = provider.configSchema.parse({ clientId, clientSecret, redirectUri: REDIRECT_URI, apiBaseUrl: "sandbox" });

/** Everything that may be odd about a record, at once. */
const faults = Object.fromEntries(
  Object.keys({ ...RECORD_FATES, ...RECORD_FORMS }).map((fault) => [fault, FAULTS[fault as keyof typeof FAULTS].share]),
);

function connectedTo(simulator: DexcomSimulator, clock: ReturnType<typeof createManualTime>) {
  return provider.create(config, { fetch: simulator.fetch, clock, logger: silent })._unsafeUnwrap();
}

type Dexcom = ReturnType<typeof connectedTo>;

async function consent(simulator: DexcomSimulator, dexcom: Dexcom, user: string): Promise<Credentials> {
  const state = "state-1";
  const url = dexcom.oauth.authorizationUrl({ state, codeChallenge: null })._unsafeUnwrap();
  const callbackUrl = simulator.consent(url, { user })._unsafeUnwrap();
  return (await dexcom.oauth.exchangeCode({ callbackUrl, state, codeVerifier: null }, call))._unsafeUnwrap().credentials;
}

/** All that an account holds, window by window, as a backfill asks for it. */
async function everything(dexcom: Dexcom, credentials: Credentials) {
  const span = (await dexcom.backfill.availableSpan(credentials, call))._unsafeUnwrap();
  const readings: RawReading[] = [];
  const rejected: RawRejected[] = [];
  for (const window of windowsOf(span)) {
    for await (const page of dexcom.backfill.fetchPages({ window, credentials }, call)) {
      readings.push(...page._unsafeUnwrap().readings);
      rejected.push(...page._unsafeUnwrap().rejected);
    }
  }
  return { readings, rejected };
}

function windowsOf(span: Span | null): readonly Span[] {
  const windows: Span[] = [];
  for (let from: number = span?.from ?? 0; from < (span?.to ?? 0); from += provider.traits.maxWindowSeconds) {
    windows.push({ from: from as Instant, to: Math.min(from + provider.traits.maxWindowSeconds, span?.to ?? 0) as Instant });
  }
  return windows;
}

const told = (at: number, mgdl: number, flag: string | null) => `${at} ${flag ?? mgdl}`;

function sentOf(simulator: DexcomSimulator, user: string) {
  const records = simulator.published(user).map(({ at, versions }) => ({ at, version: versions.at(-1) }));
  return {
    readable: records.flatMap(({ at, version }) => (version?.mgdl == null ? [] : [told(at, version.mgdl, version.flag)])),
    unreadable: records.filter(({ version }) => version?.mgdl == null).length,
  };
}

const toldBy = ({ time, value, unit, rangeFlag }: RawReading) =>
  told(Math.floor(Number(time) / 1000), toMgdl(value, unit)._unsafeUnwrap(), rangeFlag?.side ?? null);

describe("a whole history with everything odd in it", () => {
  it.each([
    ["ada", "1"],
    ["ada", "2"],
    ["ben", "3"],
    ["cleo", "4"],
    ["SandboxUser6", "5"],
    ["nora", "6"],
  ])("arrives as it was published: instants, values and flags, and what is none set aside (%s, seed %s)", async (user, seed) => {
    const time = createManualTime(NOW_MS - 30 * 86_400_000);
    const simulator = createDexcomSimulator({ seed, clock: time, faults });
    time.pass(30 * 86_400_000);
    const dexcom = connectedTo(simulator, time);
    const credentials = await consent(simulator, dexcom, user);
    const { readings, rejected } = await everything(dexcom, credentials);
    const { readable, unreadable } = sentOf(simulator, user);
    expect(readings.length > 0 || user === "nora").toBe(true);
    expect([...new Set(readings.map(toldBy))].sort()).toEqual([...new Set(readable)].sort());
    expect(rejected.length).toBeGreaterThanOrEqual(unreadable);
  });
});
