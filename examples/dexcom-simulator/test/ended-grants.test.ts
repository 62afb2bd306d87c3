import { afterEach, describe, expect, it } from "vitest";
import { type SimulatedService, type SimulatedServiceOptions, startSimulatedService } from "./support/simulated-service.ts";

const START_MS = Date.UTC(2026, 2, 10, 12);
const HOUR = 3_600;
const DAY = 24 * HOUR;
const NIGHTS = 6;
/** Days of simulated time take a while. */
const LONG_MS = 1_800_000;

let running: SimulatedService | null = null;

afterEach(async () => {
  await running?.stop();
  running = null;
});

async function connectedService(options: Partial<SimulatedServiceOptions> = {}): Promise<SimulatedService> {
  running = await startSimulatedService({ startMs: START_MS, environment: { BACKFILL_DAYS: "1" }, ...options });
  expect(await running.connect("ada")).toBe(200);
  await running.pass(3 * HOUR);
  expect(await stateOf(running)).toBe("healthy");
  return running;
}

async function stateOf({ get }: SimulatedService): Promise<string> {
  const { connections } = await get<{ readonly connections: readonly { readonly state: string }[] }>("/api/connections/ada");
  return connections.map(({ state }) => state).join();
}

function reconnectsAsked({ events }: SimulatedService): number {
  return events.filter(({ type, data }) => type === "bg.connection.changed.v1" && "state" in data && data.state === "needs_reconnect")
    .length;
}

describe("a person who takes their consent back, which the vendor tells in no form that is known,", () => {
  it(
    "is asked to connect again after a day, once, and not before",
    async () => {
      const service = await connectedService({ rules: { endedGrants: "in_no_form" } });
      service.simulator.revoke("ada");
      await service.pass(23 * HOUR);
      expect(await stateOf(service)).toBe("failing");
      await service.pass(7 * HOUR);
      expect(await stateOf(service)).toBe("needs_reconnect");
      await service.pass(6 * HOUR);
      expect(reconnectsAsked(service)).toBe(1);
      expect(await service.connect("ada")).toBe(200);
      await service.pass(6 * HOUR);
      expect([await stateOf(service), reconnectsAsked(service)]).toEqual(["healthy", 1]);
    },
    LONG_MS,
  );

  it(
    "is asked on the second day though the token endpoint fails every night",
    async () => {
      const faults = { nightly_failures: 0.9, odd_error_bodies: 0.5 };
      const service = await connectedService({ rules: { endedGrants: "in_no_form" }, faults });
      service.simulator.revoke("ada");
      await service.pass(2 * DAY);
      expect(await stateOf(service)).toBe("needs_reconnect");
    },
    LONG_MS,
  );
});

describe("a person whose consent stands", () => {
  it(
    "is never asked to connect again though the token endpoint answers everybody 400 for four hours of every night",
    async () => {
      const nights = new Map<number, number>();
      const service = await connectedService({
        between: (vendor) => async (input, init) => {
          const now = running === null ? START_MS : running.time.nowMs();
          const hour = new Date(now).getUTCHours();
          if (!String(input).endsWith("/oauth2/token") || hour < 2 || hour >= 6) return vendor(input, init);
          const night = Math.floor(now / (DAY * 1000));
          nights.set(night, (nights.get(night) ?? 0) + 1);
          return Response.json({ message: "Invalid token" }, { status: 400 });
        },
      });
      for (let night = 0; night < NIGHTS; night++) {
        await service.pass(DAY);
        expect(await stateOf(service)).toBe("healthy");
      }
      expect([...nights.values()].filter((refusals) => refusals > 1)).toHaveLength(NIGHTS);
      expect([reconnectsAsked(service), service.simulator.counters().familiesRevoked]).toEqual([0, 0]);
    },
    LONG_MS,
  );
});
