import { createIngest, type Instant, SECONDS_PER_DAY, type SourceId } from "@bg-ingest/core";
import { createMockWorld } from "@bg-ingest/provider-mock";
import { createInProcessBus } from "../../../packages/http-host/src/bus/in-process-bus.ts";
import { soleReplica } from "../../../packages/http-host/src/cluster/sole-replica.ts";
import { createScheduler, type SchedulerLimits } from "../../../packages/http-host/src/scheduler/scheduler.ts";
import { startProfile } from "../harness/profile.ts";
import { createIngestDeps } from "../stage/ingest-deps.ts";
import { loadMock } from "../stage/loaded-mock.ts";
import { START } from "../stage/mock-page.ts";
import { openScratchStore } from "../stage/scratch-store.ts";
import { silentLogger } from "../stage/silent-logger.ts";
import { watchSlots } from "./asked-slots.ts";
import { takeCensus } from "./census.ts";
import { placesOf } from "./places.ts";
import { accessKeyOf, settle } from "./settle.ts";
import { createSimulatedTime } from "./simulated-time.ts";
import type { TownPlan, TownResult } from "./town-result.ts";

const INTERVAL_SECONDS = 900;
/** Everybody has worn a sensor for a day when the town begins; the vendor shows no more. */
const HISTORY_DAYS = 1;
const BEGIN = (START + SECONDS_PER_DAY / 2) as Instant;
/** As the service sets them. */
const LIMITS: SchedulerLimits = { livePolls: 64, backfills: 4, tendSeconds: 600, lookSeconds: 300 };

/** People of a vendor's cloud, everyone's polls and what they bring, in simulated time on a real store. */
async function run({ directory, people, hours, isProfiled }: TownPlan): Promise<TownResult> {
  const end = (BEGIN + hours * 3_600) as Instant;
  const time = createSimulatedTime(BEGIN * 1000);
  const now = (): Instant => Math.floor(time.nowMs() / 1000) as Instant;
  const world = createMockWorld({ clock: time, seed: "town", historyDays: HISTORY_DAYS });
  const store = openScratchStore(directory);
  const loaded = loadMock({ world }, time);
  const owners = new Map<string, SourceId>();
  const slots = watchSlots(loaded, INTERVAL_SECONDS, now, (credentials) => owners.get(accessKeyOf(credentials)) as SourceId);
  const bus = createInProcessBus();
  let published = 0;
  bus.subscribe((event) => {
    if (event.type === "bg.readings.recorded.v1") published += event.data.readings.length;
  });
  const deps = { ...createIngestDeps(store, new Map([[loaded.name, slots.watched]]), time), bus };
  const inhabitants = await settle(deps, loaded, people);
  for (const { accessKey, sourceId } of inhabitants) owners.set(accessKey, sourceId);

  const ingest = createIngest(deps);
  const scheduler = createScheduler({
    ingest,
    connections: store.connections,
    cluster: soleReplica,
    clock: time,
    timers: time,
    logger: silentLogger,
    limits: LIMITS,
  });
  const profile = isProfiled ? await startProfile() : null;
  const startedMs = performance.now();
  await scheduler.start();
  await time.passUntil(end * 1000, () => scheduler.counts().tended > 0);
  const seconds = (performance.now() - startedMs) / 1000;
  const places = profile === null ? [] : placesOf(await profile.stop());
  const peakMebibytes = process.resourceUsage().maxRSS / 1024;
  await scheduler.stop(0);

  const census = await takeCensus(store, world, inhabitants, ({ sourceId }) => ({
    from: (BEGIN - HISTORY_DAYS * SECONDS_PER_DAY) as Instant,
    to: ((slots.lastAskedAt(sourceId) ?? BEGIN) + 1) as Instant,
  }));
  const missed = inhabitants.reduce((sum, { sourceId }) => sum + slots.missed(sourceId, BEGIN, end), 0);
  await store.close();
  return { polls: slots.polls(), missed, published, seconds, peakMebibytes, places, ...census };
}

process.once("message", (plan: TownPlan) => {
  void run(plan).then((result) => process.send?.(result, () => process.disconnect()));
});
