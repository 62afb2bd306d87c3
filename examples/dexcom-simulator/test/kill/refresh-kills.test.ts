import { expect, it } from "vitest";
import { LOSING_MOMENTS, REFRESH_MOMENTS, runRefreshKills } from "./refresh-kills.ts";

/** At each moment around a renewal; hundreds where `BG_INGEST_REFRESH_KILLS` says so. */
const KILLS_PER_MOMENT = Number(process.env["BG_INGEST_REFRESH_KILLS"] ?? 2);
const SEED = process.env["BG_INGEST_KILL_SEED"] ?? "1";

it("killed around a renewal, the service is never in a silent stall, asks for consent only where an answer was lost, and loses nothing", async () => {
  const report = await runRefreshKills({ killsPerMoment: KILLS_PER_MOMENT, seed: SEED });
  for (const moment of REFRESH_MOMENTS) expect(report.kills[moment], moment).toBe(KILLS_PER_MOMENT);
  // No other deaths lose a pair, and each of these costs one consent.
  expect(report.lost).toBe(KILLS_PER_MOMENT * LOSING_MOMENTS.size);
  expect(report.reconnectsAsked).toBeLessThanOrEqual(report.lost);
  expect(report.familiesRevoked).toBeLessThanOrEqual(report.lost);
  expect(report.forgotten).toEqual([]);
  expect(report.renewals).toBeGreaterThan(report.lost);
  expect(report.readings).toBeGreaterThan(2 * 250);
  expect(report.unlike).toEqual({ missing: [], wrong: [], neverPublished: [], twice: [] });
  expect(report.unpublished).toEqual([]);
  expect(report.logLines).toBeGreaterThan(100);
  expect(report.leaks).toEqual([]);
}, 1_800_000);
