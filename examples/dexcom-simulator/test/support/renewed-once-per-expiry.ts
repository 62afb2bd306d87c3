import { expect } from "vitest";
import { type SharedStore, startProcesses } from "./processes.ts";

const COUNT = 8;
const START_MS = Date.UTC(2026, 2, 10, 12);
const QUARTER_OF_LIFE_SECONDS = 1_800;

/** Eight processes poll at the very moments around which a token expires, so many times over; the vendor forgives nothing. */
export async function renewedOncePerExpiry(shared: SharedStore, expiries: number): Promise<void> {
  // An account without data: polls are cheap, and all that is written is about credentials.
  const processes = await startProcesses(shared, COUNT, "nora", START_MS, 7);
  const { simulator } = processes;
  for (let expiry = 1; expiry <= expiries; expiry++) {
    // Early in the last quarter, late in it, or when all of them have slept beyond the end.
    const late = ((expiry * 379) % 1_000) / 1_000;
    const dueAt = (await processes.expiresAt()) - QUARTER_OF_LIFE_SECONDS;
    processes.pass(dueAt - processes.now() + Math.floor(late * 1.3 * QUARTER_OF_LIFE_SECONDS));
    await processes.tendAtOnce();
    // A good poll is not asked for again within the minute.
    processes.pass(75);
    expect(await processes.tendAtOnce(), "all of them go on").toBe(COUNT);
    const { refreshes, familiesRevoked } = simulator.counters();
    expect({ expiry, refreshes, asked: processes.renewalsAsked(), familiesRevoked }).toEqual({
      expiry,
      refreshes: expiry,
      asked: expiry,
      familiesRevoked: 0,
    });
  }
  expect(simulator.counters()).toMatchObject({ codesExchanged: 1, liveGrants: 1 });
  expect((await processes.record()).health.kind).toBe("ok");
  await processes.close();
}
