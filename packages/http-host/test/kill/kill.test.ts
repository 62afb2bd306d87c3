import { CHECKPOINTS } from "@bg-ingest/core";
import { expect, it } from "vitest";
import { runKillLoop } from "./kill-loop.ts";

/** At each named point; the bench goes on for a thousand and more. */
const KILLS_PER_POINT = Number(process.env["BG_INGEST_KILLS"] ?? 3);
const SEED = process.env["BG_INGEST_KILL_SEED"] ?? "1";

it("whenever the service is killed, nothing is lost, nothing is doubled, every commit is published, and little is repeated", async () => {
  const report = await runKillLoop({ killsPerPoint: KILLS_PER_POINT, randomKills: 2 * KILLS_PER_POINT, seed: SEED });
  for (const name of CHECKPOINTS) expect(report.kills[name], name).toBeGreaterThanOrEqual(KILLS_PER_POINT);
  expect(report.people).toBeGreaterThan(0);
  expect(report.readings).toBeGreaterThan(report.people * 288);
  expect(report.deliveriesAccepted).toBeGreaterThan(0);
  expect(report.lost).toEqual([]);
  expect(report.wrong).toEqual([]);
  expect(report.unpublished).toEqual([]);
  expect(report.tooManyRepeats).toEqual([]);
  expect(report.cameBack).toEqual([]);
}, 600_000);
