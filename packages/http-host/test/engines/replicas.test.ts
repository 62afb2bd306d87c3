import { afterAll, describe, expect, it } from "vitest";
import type { OpenEngines } from "./engines-under-test.ts";
import { findReplicaEngines } from "./find-replica-engines.ts";
import { runReplicas } from "./replica-run.ts";

const engines = await findReplicaEngines();
afterAll(() => engines?.end());

/** A few kills at each test; `BG_INGEST_REPLICA_SECONDS=180` for as long as it takes to be sure, and for the times as well. */
const SECONDS = Number(process.env["BG_INGEST_REPLICA_SECONDS"] ?? 30);
const isLong = process.env["BG_INGEST_REPLICA_SECONDS"] !== undefined;
const run = { people: 24, seconds: SECONDS, seed: process.env["BG_INGEST_REPLICA_SEED"] ?? "replicas" };

describe("four replicas of which one is killed every 15 s", () => {
  it.skipIf(engines === null)(
    "lose nothing, tell everything, and in the long run ask the vendor hardly more often than one that nobody disturbs",
    async () => {
      const open = engines?.open as OpenEngines;
      const disturbed = runReplicas({ ...run, open, replicas: 4, endEverySeconds: 15, signal: "SIGKILL" });
      // In the long run each has the machine to itself.
      if (isLong) await disturbed;
      const [four, one] = await Promise.all([
        disturbed,
        runReplicas({ ...run, open, replicas: 1, endEverySeconds: null, signal: "SIGKILL" }),
      ]);
      const { lost, wrong, unpublished, ...figures } = four;
      const ratio = four.calls / four.seconds / (one.calls / one.seconds);
      process.stdout.write(`${JSON.stringify({ ...figures, callsOfOne: one.calls, ratio })}\n`);
      expect({ lost, wrong, unpublished }).toEqual({ lost: [], wrong: [], unpublished: [] });
      expect(one).toMatchObject({ lost: [], wrong: [], unpublished: [] });
      expect(four.ends.length).toBeGreaterThanOrEqual(isLong ? Math.ceil(SECONDS / 15) - 1 : 1);
      expect(four.readings).toBeGreaterThan(run.people * 288);
      expect(four.deliveriesAccepted).toBeGreaterThan(0);
      // What depends on how busy the machine is is told every time, and held in the long run.
      if (!isLong) return;
      expect(ratio).toBeLessThanOrEqual(1.1);
      for (const heartbeats of four.takeovers) expect(heartbeats).toBeLessThanOrEqual(3);
    },
    1_800_000,
  );
});

describe("three replicas of which one is told to stop every 8 s", () => {
  it.skipIf(engines === null)(
    "hand over what was theirs before they end, so that nobody waits for their silence, and lose nothing",
    async () => {
      const report = await runReplicas({
        ...run,
        seconds: 20,
        open: engines?.open as OpenEngines,
        replicas: 3,
        endEverySeconds: 8,
        signal: "SIGTERM",
      });
      const { lost, wrong, unpublished, ends, leftInRegister } = report;
      expect({ lost, wrong, unpublished }).toEqual({ lost: [], wrong: [], unpublished: [] });
      expect(ends.length).toBeGreaterThanOrEqual(1);
      expect({ ends: new Set(ends), leftInRegister }).toEqual({ ends: new Set(["0"]), leftInRegister: 0 });
      expect(report.readings).toBeGreaterThan(run.people * 288);
      expect(report.deliveriesAccepted).toBeGreaterThan(0);
    },
    1_800_000,
  );
});
