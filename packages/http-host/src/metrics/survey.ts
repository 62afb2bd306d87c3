import {
  type Call,
  type Clock,
  CONNECTION_STATES,
  type Ingest,
  type Instant,
  type LoadedProviders,
  providerOf,
  statusOf,
  type WorkQueue,
} from "@bg-ingest/core";
import type { CallsLeft } from "../budget/rate-budget.ts";
import type { Scheduler } from "../scheduler/scheduler.ts";
import type { Instruments } from "./instruments.ts";
import { quantilesOf } from "./quantiles.ts";

export interface SurveyDeps {
  readonly ingest: Pick<Ingest, "known" | "waiting">;
  readonly scheduler: Pick<Scheduler, "counts">;
  readonly queue: Pick<WorkQueue, "depth">;
  readonly providers: LoadedProviders;
  readonly callsLeft: () => readonly CallsLeft[];
  readonly clock: Pick<Clock, "nowMs">;
  readonly pollIntervalSeconds: number;
}

/** Writes down how all stands at the moment. Of the sources it tells how many there are of each kind, and of nobody anything. */
export function surveyOf(deps: SurveyDeps, instruments: Instruments): (call: Call) => Promise<void> {
  return async (call) => {
    surveySources(deps, instruments);
    const { days, states } = deps.ingest.waiting();
    instruments.outbox.set({ of: "days" }, days);
    instruments.outbox.set({ of: "states" }, states);
    const { scheduled, tended } = deps.scheduler.counts();
    instruments.scheduled.set({ at: "waiting" }, Math.max(0, scheduled - tended));
    instruments.scheduled.set({ at: "work" }, tended);
    for (const { provider, share, calls } of deps.callsLeft()) instruments.budgetLeft.set({ provider, share }, calls);
    await surveyQueue(deps, instruments, call);
  };
}

interface OfProvider {
  readonly states: Map<string, number>;
  readonly ages: number[];
  readonly lags: number[];
}

/** Every loaded provider is there, in every state: a number that is missing cannot be told from one that is nought. */
function surveySources(deps: SurveyDeps, { sources, sourceAge, sourceLag }: Instruments): void {
  const now = Math.floor(deps.clock.nowMs() / 1000) as Instant;
  const found = new Map<string, OfProvider>([...deps.providers.keys()].map((name) => [name, nothingOf()]));
  for (const { record, newest } of deps.ingest.known()) {
    const of = found.get(record.provider) ?? nothingOf();
    found.set(record.provider, of);
    const status = statusOf(record, providerOf(deps.providers, record), newest, deps.pollIntervalSeconds, now);
    of.states.set(status.state, (of.states.get(status.state) ?? 0) + 1);
    if (record.phase !== "connected") continue;
    if (status.ageSeconds !== null) of.ages.push(status.ageSeconds);
    if (status.lagSeconds !== null) of.lags.push(status.lagSeconds);
  }
  sourceAge.reset();
  sourceLag.reset();
  for (const [provider, { states, ages, lags }] of found) {
    for (const state of CONNECTION_STATES) sources.set({ provider, state }, states.get(state) ?? 0);
    for (const [quantile, seconds] of quantilesOf(ages)) sourceAge.set({ provider, quantile }, seconds);
    for (const [quantile, seconds] of quantilesOf(lags)) sourceLag.set({ provider, quantile }, seconds);
  }
}

function nothingOf(): OfProvider {
  return { states: new Map(), ages: [], lags: [] };
}

/** A broker that hangs must not keep the other numbers from whoever looks why. */
const QUEUE_ANSWERS_WITHIN_MS = 2_000;

/** An old number would be taken for a new one. */
async function surveyQueue({ queue }: SurveyDeps, { deliveriesWaiting, deliveriesSetApart }: Instruments, call: Call): Promise<void> {
  const signal = AbortSignal.any([call.signal, AbortSignal.timeout(QUEUE_ANSWERS_WITHIN_MS)]);
  const depth = await Promise.race([queue.depth({ signal }), over(signal)]);
  deliveriesWaiting.remove();
  deliveriesSetApart.remove();
  if (depth === null || depth.isErr()) return;
  deliveriesWaiting.set(depth.value.waiting);
  deliveriesSetApart.set(depth.value.setApart);
}

function over(signal: AbortSignal): Promise<null> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(null);
    signal.addEventListener("abort", () => resolve(null), { once: true });
  });
}
