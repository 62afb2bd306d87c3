import { createHash } from "node:crypto";
import { addSeconds, connectSource, createIngest, type Instant, type Logger, type SourceId, type SourceRecord } from "@bg-ingest/core";
import { createMemoryEventBus, createProviderWorld, memoryVault } from "@bg-ingest/core/testing";
import { ok } from "neverthrow";
import type { DynamoDbStore } from "../src/index.ts";
import { calm } from "./fresh-table.ts";
import { anna, annaCgm, must } from "./samples.ts";

const POLL_SECONDS = 300;
/** A vendor gives a window of 30 days at once. */
const WINDOW_RECORDS = 30 * 288;
const START_MS = Date.UTC(2025, 3, 23, 12, 0, 0);
const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} };

/** A person with a sensor that measures every five minutes, and a service that polls as often, in a time that passes when it is told to. */
export interface PolledSource {
  /** With so many whole days of history at the vendor, which are not read yet. */
  connect(days: number): Promise<void>;
  /** Reads the history. */
  backfill(): Promise<void>;
  /** Polls for so long; answers how many polls were made. The sensor may be silent. */
  poll(seconds: number, sensor: "measures" | "silent"): Promise<number>;
}

export function createPolledSource(store: Omit<DynamoDbStore, "close">): PolledSource {
  let nowMs = START_MS;
  const clock = { nowMs: () => nowMs, monotonicMs: () => nowMs - START_MS };
  const world = createProviderWorld({ clock, paging: { recordsPerPage: WINDOW_RECORDS } });
  const common = { ...store, vault: memoryVault, clock, checkpoint: () => undefined };
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
  const connect = {
    ...common,
    newSourceId: () => annaCgm.sourceId as SourceId,
    newConnectId: () => "connect",
    newWebhookSecret: () => "whsec_world",
    backfillSeconds: null,
  };
  const now = () => Math.floor(nowMs / 1000) as Instant;
  let measuredUntil = now();
  let record: SourceRecord;

  function measure(until: Instant): void {
    for (; measuredUntil < until; measuredUntil = addSeconds(measuredUntil, POLL_SECONDS)) {
      world.account(anna).measure({ at: measuredUntil, mgdl: 60 + (Math.imul(measuredUntil / POLL_SECONDS, 0x9e3779b1) >>> 25) });
    }
  }

  /** Until there is nothing to do before `untilMs`. */
  async function tendUntil(untilMs: number): Promise<void> {
    for (;;) {
      const { liveAtMs, historyAtMs } = await ingest.tend(record, "history", calm);
      await must(ingest.drain(calm));
      const nextAtMs = Math.min(liveAtMs ?? Infinity, historyAtMs ?? Infinity);
      if (nextAtMs > untilMs) return;
      nowMs = Math.max(nowMs, nextAtMs);
    }
  }

  return {
    async connect(days) {
      measuredUntil = addSeconds(now(), -days * 86_400);
      measure(now());
      record = (await connectSource(connect, anna, world.loaded, world.grantOf(anna), calm))._unsafeUnwrap().record;
    },
    backfill: () => tendUntil(nowMs),
    async poll(seconds, sensor) {
      const untilMs = nowMs + seconds * 1000;
      const before = world.asked.length;
      if (sensor === "silent") measuredUntil = addSeconds(now(), seconds);
      while (nowMs < untilMs) {
        measure(addSeconds(now(), 1));
        await tendUntil(nowMs);
        nowMs += POLL_SECONDS * 1000;
      }
      return world.asked.length - before;
    },
  };
}
