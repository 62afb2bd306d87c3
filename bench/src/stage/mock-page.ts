import type { Instant } from "@bg-ingest/core";
import { createMockWorld, type MockWorld } from "@bg-ingest/provider-mock";

/** Midnight UTC; the people of the bench live around it. */
export const START = 1_743_465_600 as Instant;

export function createBenchWorld(): MockWorld {
  return createMockWorld({ clock: { nowMs: () => START * 1000 }, seed: "bench" });
}

/** The wire form of an account's first `count` records from `START` on: for 30 days of a 5-minute sensor, 8,640. */
export function pageOf(world: MockWorld, account: string, count: number): Uint8Array {
  const records = world.records(account, { from: START, to: (START + count * 360) as Instant });
  const last = records[count - 1];
  if (last === undefined) throw new Error(`The simulated person ${account} has fewer than ${count} records.`);
  return new TextEncoder().encode(world.page(account, { from: START, to: (last.at + 1) as Instant }));
}
