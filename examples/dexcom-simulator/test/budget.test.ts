import { provider } from "@bg-ingest/provider-dexcom";
import { expect, it } from "vitest";
import { defaultUsers } from "../src/index.ts";
import { startSimulatedService } from "./support/simulated-service.ts";

const HOUR = 3_600;
const DAY = 24 * HOUR;
const START_MS = Date.UTC(2026, 2, 1, 7, 13);
const CALLS_PER_HOUR = 240;
const PEOPLE = 20;

it("in no hour are more calls made than the vendor allows, renewals and connecting counted, and everybody's readings arrive", async () => {
  const [ada] = defaultUsers(START_MS);
  if (ada === undefined) throw new Error("The simulator has no users.");
  const users = Array.from({ length: PEOPLE }, (_, i) => ({ ...ada, name: `person-${i}`, from: START_MS / 1000 - 60 * DAY }));
  const rateLimit = { calls: CALLS_PER_HOUR, perSeconds: HOUR, scope: "application" } as const;
  const traits = { ...provider.traits, rateLimit };
  const service = await startSimulatedService({
    startMs: START_MS,
    users,
    rules: { callsPerHour: CALLS_PER_HOUR },
    provider: { ...provider, traits, traitsFor: () => traits },
  });
  // All come at once: some are told to wait, and come again, as people do, while the others' readings are polled and their history is read.
  let waited = 0;
  for (const waiting = [...users]; waiting.length > 0; await service.pass(HOUR / 4)) {
    for (const { name } of waiting.splice(0)) {
      const status = await service.connect(name);
      expect([200, 503]).toContain(status);
      if (status === 200) continue;
      waited++;
      waiting.push(...users.filter((user) => user.name === name));
    }
  }
  expect(waited).toBeGreaterThan(PEOPLE);
  await service.pass(DAY);

  const counters = service.simulator.counters();
  expect(counters.refusedOverBudget).toBe(0);
  expect(counters.worstHourCalls).toBeLessThanOrEqual(CALLS_PER_HOUR);
  expect(counters.refreshes).toBeGreaterThan(PEOPLE);
  const limit = service.now() - HOUR;
  for (const { name } of users) {
    const { connections } = await service.get<{ connections: readonly { state: string }[] }>(`/api/connections/${name}`);
    expect(
      connections.map(({ state }) => state),
      name,
    ).toEqual(["healthy"]);
    const from = new Date(START_MS - 59 * DAY * 1000).toISOString();
    const served = await service.get<readonly { timestamp: string }[]>(`/api/bg/${name}?from=${from}&view=all`);
    const instants = new Set(served.map(({ timestamp }) => Date.parse(timestamp) / 1000));
    const due = service.simulator.published(name, { from: Date.parse(from) / 1000, asOf: limit });
    expect(due.filter(({ at }) => !instants.has(at)).length, name).toBe(0);
  }
  await service.stop();
});
