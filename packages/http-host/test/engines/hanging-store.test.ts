import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, describe, expect, it } from "vitest";
import { startFaultProxy } from "../../../store-dynamodb/test/fault-proxy.ts";
import type { OpenEngines } from "./engines-under-test.ts";
import { findReplicaEngines } from "./find-replica-engines.ts";
import { runReplicas, type TroubledRun } from "./replica-run.ts";

const engines = await findReplicaEngines();
afterAll(() => engines?.end());

/** Longer than any call to the store is tried. A minute where `BG_INGEST_STORM_SECONDS=60` says so. */
const HANGS_MS = Math.max(30, Number(process.env["BG_INGEST_STORM_SECONDS"] ?? 0)) * 1_000;
/** Every few minutes a replica looks through all shards, whatever waits: those calls work nothing off. */
const LOOK_AT_SHARD = '"#shard/';
const DRAINED_WITHIN_MS = 60_000;
/** As the service has it: what is asked of the store for an answer is given up then. */
const ANSWERED_WITHIN_MS = 31_000;
const run = { people: 12, seconds: 5, seed: "hanging", replicas: 1, endEverySeconds: null, signal: "SIGKILL" } as const;

/** A replica of which every call to the store is counted, from the healing on until nothing waits. */
async function runWith(trouble: (run: TroubledRun, setHanging: (isHanging: boolean) => void) => Promise<void>) {
  const proxy = await startFaultProxy();
  const askedAtMs: number[] = [];
  let isHanging = false;
  proxy.fault = (_, body) => {
    if (!body.includes(LOOK_AT_SHARD)) askedAtMs.push(performance.now());
    return isHanging ? "hang" : "none";
  };
  const setHanging = (hanging: boolean): void => {
    isHanging = hanging;
  };
  let healedAtMs = 0;
  const openEngines = engines?.open as OpenEngines;
  const open: OpenEngines = (nowMs) => openEngines(nowMs, proxy.endpoint);
  const report = await runReplicas({
    ...run,
    open,
    trouble: async (troubled) => {
      await trouble(troubled, setHanging);
      healedAtMs = performance.now();
      // What was refused is sent again; not at once, for such a delivery holds other readings than a poll, and says all the same that none is missing.
      await troubled.caughtUp();
      for (const n of troubled.people.keys()) expect((await troubled.deliver(n))?.status).toBe(202);
    },
  }).finally(() => proxy.close());
  const calls = askedAtMs.filter((at) => at >= healedAtMs && at <= report.caughtUpAtMs).length;
  return { ...report, drainedMs: report.caughtUpAtMs - healedAtMs, calls };
}

describe("a store that takes every call and answers none for a while", () => {
  it.skipIf(engines === null)(
    "has requests answered by 503 in time and no delivery taken that is not kept; once it answers, nothing is lost, and what waited is soon worked off in hardly more calls",
    async () => {
      const answers: { readonly status: number | undefined; readonly retryAfter: string | null; readonly afterMs: number }[] = [];
      const timed = async (answering: Promise<Response | null>): Promise<void> => {
        const beganMs = performance.now();
        const answer = await answering;
        answers.push({
          status: answer?.status,
          retryAfter: answer?.headers.get("retry-after") ?? null,
          afterMs: performance.now() - beganMs,
        });
      };
      const hanging = runWith(async ({ url, people, deliver }, setHanging) => {
        // Some of them are taken just before, and held.
        const taken = people.map((_, n) => deliver(n));
        await Promise.any(taken);
        setHanging(true);
        const healing = sleep(HANGS_MS);
        const [person] = people;
        await Promise.all([
          timed(fetch(`${url}/api/bg/${person}/latest`)),
          timed(fetch(`${url}/api/connections/${person}`)),
          timed(deliver(1)),
        ]);
        expect((await fetch(`${url}/healthz`)).status).toBe(200);
        expect((await fetch(`${url}/readyz`)).status).toBe(503);
        await Promise.all([...taken, healing]);
        setHanging(false);
      });
      const healthy = runWith(async ({ people, deliver, freezeVendor }) => {
        await Promise.all(people.map((_, n) => deliver(n)));
        freezeVendor(true);
        await sleep(HANGS_MS);
        freezeVendor(false);
      });
      const [troubled, calm] = await Promise.all([hanging, healthy]);
      const figuresOf = ({ drainedMs, calls, readings, deliveriesAccepted }: typeof calm) => ({
        drainedMs,
        calls,
        readings,
        deliveriesAccepted,
      });
      const ratio = troubled.calls / calm.calls;
      process.stdout.write(`${JSON.stringify({ answers, troubled: figuresOf(troubled), calm: figuresOf(calm), ratio })}\n`);
      for (const { status, retryAfter, afterMs } of answers) {
        expect(status).toBe(503);
        expect(Number(retryAfter)).toBeGreaterThan(0);
        expect(afterMs).toBeLessThan(ANSWERED_WITHIN_MS);
      }
      for (const { lost, wrong, unpublished } of [troubled, calm])
        expect({ lost, wrong, unpublished }).toEqual({ lost: [], wrong: [], unpublished: [] });
      expect(troubled.drainedMs).toBeLessThanOrEqual(DRAINED_WITHIN_MS);
      expect(ratio).toBeLessThanOrEqual(1.5);
    },
    600_000,
  );
});
