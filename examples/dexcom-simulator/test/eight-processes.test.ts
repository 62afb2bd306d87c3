import { expect, it } from "vitest";
import { startProcesses } from "./support/processes.ts";

const COUNT = 8;
const EXPIRIES = 1_000;
const START_MS = Date.UTC(2026, 2, 10, 12);
const QUARTER_OF_LIFE_SECONDS = 1_800;

it("eight processes over one store on disk renew a grant exactly once per expiry, a thousand times over, and the vendor never ends it", async () => {
  // An account without data: polls are cheap, and all that is written is about credentials.
  const processes = await startProcesses(COUNT, "nora", START_MS, 7);
  const { simulator } = processes;
  for (let expiry = 1; expiry <= EXPIRIES; expiry++) {
    // Early in the last quarter, late in it, or when all of them have slept beyond the end.
    const late = ((expiry * 379) % 1_000) / 1_000;
    const dueAt = (await processes.expiresAt()) - QUARTER_OF_LIFE_SECONDS;
    processes.pass(dueAt - processes.now() + Math.floor(late * 1.3 * QUARTER_OF_LIFE_SECONDS));
    await processes.tendAtOnce();
    processes.pass(45);
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
}, 600_000);
