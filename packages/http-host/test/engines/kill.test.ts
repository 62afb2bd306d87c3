import { CHECKPOINTS, type CheckpointName } from "@bg-ingest/core";
import { afterAll, describe, expect, it } from "vitest";
import { runKillLoop } from "../kill/kill-loop.ts";
import type { OpenEngines } from "./engines-under-test.ts";
import { findReplicaEngines } from "./find-replica-engines.ts";

const engines = await findReplicaEngines();
afterAll(() => engines?.end());

/** Where the store and the bus are told something. `BG_INGEST_KILLS` says how often at each named point there is, and takes minutes. */
const SEAMS: readonly CheckpointName[] = [
  "poll.after_fetch",
  "commit.after_open_from_lowered",
  "commit.before_put",
  "commit.after_put",
  "publish.before",
  "publish.after",
  "backfill.after_progress",
  "delivery.after_enqueue",
  "delivery.after_work",
  "connect.after_record",
];
const POINTS = process.env["BG_INGEST_KILLS"] === undefined ? SEAMS : CHECKPOINTS;
/** The store answers in milliseconds here, not in microseconds: time runs slower than over SQLite. */
const KILLS_PER_POINT = Number(process.env["BG_INGEST_KILLS"] ?? 1);
const SEED = process.env["BG_INGEST_KILL_SEED"] ?? "1";
const SPEED = 400;

describe("a replica on DynamoDB and RabbitMQ", () => {
  it.skipIf(engines === null)(
    "whenever it is killed, nothing is lost, nothing is doubled, every commit is published, and little is repeated",
    async () => {
      const open = engines?.open as OpenEngines;
      const report = await runKillLoop({
        points: POINTS,
        killsPerPoint: KILLS_PER_POINT,
        randomKills: 2 * KILLS_PER_POINT,
        seed: SEED,
        open,
        speed: SPEED,
      });
      for (const name of POINTS) expect(report.kills[name], name).toBeGreaterThanOrEqual(KILLS_PER_POINT);
      expect(report.readings).toBeGreaterThan(report.people * 288);
      expect(report.deliveriesAccepted).toBeGreaterThan(0);
      const { lost, wrong, unpublished, tooManyRepeats, cameBack } = report;
      expect({ lost, wrong, unpublished, tooManyRepeats, cameBack }).toEqual({
        lost: [],
        wrong: [],
        unpublished: [],
        tooManyRepeats: [],
        cameBack: [],
      });
    },
    1_800_000,
  );
});
