import { createHash } from "node:crypto";
import { addSeconds, type CallBy, connectSource, createIngest, type Instant, type SourceId, TRUSTED, type UserId } from "@bg-ingest/core";
import {
  createManualTime,
  createMemoryAuthorizationStore,
  createMemoryConnectionStore,
  createMemoryEventBus,
  createMemoryReadingStore,
  createProviderWorld,
  type Measured,
  memoryVault,
} from "@bg-ingest/core/testing";
import { ok } from "neverthrow";
import type { OpenedStore } from "../../src/open-store.ts";

/** 2026-02-03T00:00:00Z */
const START = 1_770_076_800 as Instant;
export const anna = "anna" as UserId;
export const calm: CallBy = { signal: new AbortController().signal, caller: TRUSTED };
const POLL_SECONDS = 300;

/** Somebody who is polled every five minutes by the engine of the service, in a time that passes when it is told to. */
export async function createPolledPerson() {
  const time = createManualTime(START * 1_000);
  const world = createProviderWorld({ clock: time, traits: { rePull: [{ everySeconds: 1_800, lookBackSeconds: 14_400 }] } });
  const common = {
    readings: createMemoryReadingStore(),
    connections: createMemoryConnectionStore(),
    authorizations: createMemoryAuthorizationStore(),
    vault: memoryVault,
    clock: time,
    checkpoint: () => undefined,
  };
  const silent = { debug() {}, info() {}, warn() {}, error() {} };
  const ingest = createIngest({
    ...common,
    replica: "replica",
    bus: createMemoryEventBus(),
    queue: { eraseSource: async () => ok(undefined) },
    budget: { take: async () => ({ kind: "granted" }) },
    providers: new Map([[world.loaded.name, world.loaded]]),
    chance: () => 0.5,
    digest: (text) => createHash("sha256").update(text).digest("hex"),
    logger: silent,
    settings: { pollIntervalSeconds: POLL_SECONDS, backoff: { firstSeconds: 10, longestSeconds: 600 } },
  });
  const connecting = {
    ...common,
    newSourceId: () => "s0urce0000000" as SourceId,
    newConnectId: () => "connect",
    newWebhookSecret: () => "whsec_world",
    backfillSeconds: null,
  };
  const connected = await connectSource(connecting, anna, world.loaded, world.grantOf(anna), calm);
  const { record } = connected._unsafeUnwrap();
  const store: OpenedStore = { ...common, close: async () => undefined };
  return {
    store,
    measure: (measured: Measured) => world.account(anna).measure(measured),
    async passUntil(until: Instant) {
      while (time.nowMs() < until * 1_000) {
        await ingest.tend(record, "history", calm);
        time.pass(60_000);
      }
    },
  };
}

/** So many minutes after the start. */
export const minute = (minutes: number): Instant => addSeconds(START, minutes * 60);
