import {
  type Call,
  type Cluster,
  type Ingest,
  type Ownership,
  type Purpose,
  type ScheduleEntry,
  type SourceId,
  type SourceKey,
  type StoreError,
  shardOf,
  type Tended,
} from "@bg-ingest/core";
import { createManualTime, type ManualTime } from "@bg-ingest/core/testing";
import { err, ok, type Result } from "neverthrow";
import { expect, it } from "vitest";
import { soleReplica } from "../cluster/sole-replica.ts";
import { createScheduler, type Scheduler, type SchedulerLimits } from "./scheduler.ts";

const LIMITS: SchedulerLimits = { livePolls: 2, backfills: 1, tendSeconds: 60, lookSeconds: 300 };

interface Bench {
  readonly time: ManualTime;
  readonly scheduler: Scheduler;
  /** Who was tended when, in seconds since the start. */
  readonly tended: string[];
  readonly entries: ScheduleEntry[];
  readonly forgotten: string[];
  readonly errors: string[];
  /** Of whom a poll is owed here. */
  readonly owed: Set<string>;
  /** Lets everything that has its answer go on. */
  settle(): Promise<void>;
}

async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
}

function bench(
  names: readonly string[],
  tend: (source: SourceKey, time: ManualTime, call: Call) => Promise<Tended>,
  storeErrors = 0,
  drain?: Ingest["drain"],
  cluster: Cluster = soleReplica,
  storeRenewed: Ingest["storeRenewed"] = async () => 0,
): Bench {
  const time = createManualTime(1_745_000_000_000);
  const tended: string[] = [];
  const forgotten: string[] = [];
  const errors: string[] = [];
  const owed = new Set<string>();
  const entries = names.map(entryOf);
  let errorsLeft = storeErrors;
  const ingest = {
    tend(source: SourceKey, _purpose: Purpose, call: Call) {
      tended.push(`${source.sourceId}@${time.monotonicMs() / 1000}`);
      return tend(source, time, call);
    },
    isWaiting: () => drain !== undefined,
    drain,
    storeRenewed,
    forget: (sourceId: SourceId) => {
      forgotten.push(sourceId);
      owed.delete(sourceId);
    },
    isPollOwed: (sourceId: SourceId) => owed.has(sourceId),
  } as unknown as Ingest;
  async function* schedule(shard: number): AsyncGenerator<Result<ScheduleEntry, StoreError>> {
    if (shard === 0 && errorsLeft-- > 0) yield err({ kind: "retry", message: "away" });
    else for (const entry of entries) if (shardOf(entry.sourceId) === shard) yield ok(entry);
  }
  const scheduler = createScheduler({
    ingest,
    connections: { schedule: schedule as never },
    cluster,
    clock: time,
    timers: { after: time.after, soon: (work) => void setImmediate(work) },
    logger: { debug() {}, info() {}, warn() {}, error: (_, message) => void errors.push(message) },
    limits: LIMITS,
  });
  return { time, scheduler, tended, entries, forgotten, errors, owed, settle };
}

function entryOf(name: string): ScheduleEntry {
  return { userId: name, provider: "mock", sourceId: name, phase: "connected", phaseSince: 0 } as unknown as ScheduleEntry;
}

const inSeconds = (time: ManualTime, seconds: number): Tended => ({ liveAtMs: time.nowMs() + seconds * 1000, historyAtMs: null });
const historyNow = (time: ManualTime): Tended => ({ liveAtMs: time.nowMs() + 900_000, historyAtMs: time.nowMs() });

it("tends each source when it said it wants to be", async () => {
  const { time, scheduler, tended, settle } = bench(["a"], async (_, now) => inSeconds(now, 10));
  await scheduler.start();
  await settle();
  for (let i = 0; i < 3; i++) {
    time.pass(10_000);
    await settle();
  }
  expect(tended).toEqual(["a@0", "a@10", "a@20", "a@30"]);
  await scheduler.stop(0);
});

it("a provider that hangs for all of its people leaves places to the others", async () => {
  const { time, scheduler, tended, entries, settle } = bench(["a", "b", "c"], (source, now) =>
    source.sourceId === ("other" as SourceId) ? Promise.resolve(inSeconds(now, 10)) : new Promise(() => {}),
  );
  entries.push({ ...entryOf("other"), provider: "another" } as unknown as ScheduleEntry);
  await scheduler.start();
  await settle();
  for (let i = 0; i < 2; i++) {
    time.pass(10_000);
    await settle();
  }
  expect(tended.filter((each) => each.startsWith("other"))).toEqual(["other@0", "other@10", "other@20"]);
});

it("a source that hangs holds up none that there is room for", async () => {
  const { time, scheduler, tended, settle } = bench(["hangs", "b", "c"], (source, now) =>
    source.sourceId === ("hangs" as SourceId) ? new Promise(() => {}) : Promise.resolve(inSeconds(now, 10)),
  );
  await scheduler.start();
  await settle();
  time.pass(10_000);
  await settle();
  expect(tended.toSorted()).toEqual(["b@0", "b@10", "c@0", "c@10", "hangs@0"]);
});

it("history waits for its own lane and never takes a place of the live ones", async () => {
  const running = { live: 0, most: 0 };
  const { scheduler, tended, settle } = bench(["a", "b", "c", "d"], async (_, now) => {
    running.most = Math.max(running.most, ++running.live);
    await Promise.resolve();
    running.live--;
    return historyNow(now);
  });
  await scheduler.start();
  await settle();
  expect(tended.slice(0, 4).toSorted()).toEqual(["a@0", "b@0", "c@0", "d@0"]);
  expect(running.most).toBeLessThanOrEqual(LIMITS.livePolls + LIMITS.backfills);
  await scheduler.stop(0);
});

it("waking a source that is being tended tends it once more", async () => {
  let finish = () => {};
  const { scheduler, tended, settle } = bench(["a"], (_, now) => new Promise((resolve) => (finish = () => resolve(inSeconds(now, 900)))));
  await scheduler.start();
  scheduler.wake(entryOf("a"));
  scheduler.wake(entryOf("a"));
  finish();
  await settle();
  expect(tended).toEqual(["a@0", "a@0"]);
});

it("finds sources that somebody else connected, and asks a store that is away again", async () => {
  const { time, scheduler, tended, entries, settle } = bench(["a"], async (_, now) => inSeconds(now, 10_000), 1);
  await scheduler.start();
  await settle();
  expect(tended).toEqual([]);
  time.pass(5_000);
  await settle();
  expect(tended).toEqual(["a@5"]);
  entries.push(entryOf("b"));
  time.pass(LIMITS.lookSeconds * 1000);
  await settle();
  expect(tended).toEqual(["a@5", "b@305"]);
  await scheduler.stop(0);
});

it("stopping begins nothing more and waits for what was begun", async () => {
  let finish = () => {};
  const { time, scheduler, tended, settle } = bench(
    ["a"],
    (_, now) => new Promise((resolve) => (finish = () => resolve(inSeconds(now, 1)))),
  );
  await scheduler.start();
  let isStopped = false;
  const stopped = scheduler.stop(5_000).then(() => (isStopped = true));
  await settle();
  expect(isStopped).toBe(false);
  finish();
  await stopped;
  time.pass(100_000);
  await settle();
  expect(tended).toEqual(["a@0"]);
});

/** Answers when it is cut off, as ingest does. */
const untilCutOff = (time: ManualTime, { signal }: Call): Promise<Tended> =>
  new Promise((resolve) => signal.addEventListener("abort", () => resolve(inSeconds(time, 900))));

it("cuts off what takes longer than it may, and tends that source again when it is due", async () => {
  const { time, scheduler, tended, settle } = bench(["slow"], (_, now, call) => untilCutOff(now, call));
  await scheduler.start();
  await settle();
  time.pass(LIMITS.tendSeconds * 1000 - 1);
  await settle();
  expect(scheduler.counts().tended).toBe(1);
  time.pass(1);
  await settle();
  expect(scheduler.counts()).toEqual({ scheduled: 1, tended: 0 });
  time.pass(900_000);
  await settle();
  expect(tended).toEqual(["slow@0", "slow@960"]);
});

it("what is still being done when the grace is over is cut off", async () => {
  const { time, scheduler, settle } = bench(["slow"], (_, now, call) => untilCutOff(now, call));
  await scheduler.start();
  await settle();
  const stopped = scheduler.stop(5_000);
  time.pass(5_000);
  await stopped;
  expect(scheduler.counts().tended).toBe(0);
});

it("a turn that throws is that source's own trouble: it is tended again, and so is everybody else", async () => {
  const { time, scheduler, tended, settle } = bench(["throws", "b"], (source, now) =>
    source.sourceId === ("throws" as SourceId) ? Promise.reject(new Error("a bug")) : Promise.resolve(inSeconds(now, 60)),
  );
  await scheduler.start();
  await settle();
  time.pass(60_000);
  await settle();
  expect(tended.toSorted()).toEqual(["b@0", "b@60", "throws@0", "throws@60"]);
  await scheduler.stop(0);
});

it("people whose history takes long keep nobody, themselves included, from being polled at their slots", async () => {
  const { time, scheduler, tended, settle } = bench(["a", "b", "c"], (source, now) =>
    source.sourceId === ("a" as SourceId)
      ? Promise.resolve({ ...historyNow(now), liveAtMs: now.nowMs() + 10_000 })
      : Promise.resolve(inSeconds(now, 10)),
  );
  await scheduler.start();
  await settle();
  tended.length = 0;
  time.pass(10_000);
  await settle();
  expect(new Set(tended)).toEqual(new Set(["a@10", "b@10", "c@10"]));
  await scheduler.stop(0);
});

it("waits for what is being published before it says that it stopped", async () => {
  let publish = (): void => undefined;
  const drain: Ingest["drain"] = () =>
    new Promise((resolve) => {
      publish = () => resolve(ok(undefined));
    });
  const { time, scheduler, settle } = bench([], async (_, now) => inSeconds(now, 10), 0, drain);
  await scheduler.start();
  time.pass(1_000);
  await settle();
  let isStopped = false;
  const stopped = scheduler.stop(5_000).then(() => (isStopped = true));
  await settle();
  expect(isStopped).toBe(false);
  publish();
  await stopped;
});

/** Renewed credentials of one source are held until the store takes them, after so many seconds. */
function takenAfter(seconds: number) {
  const tried: number[] = [];
  const storeRenewed = async (time: ManualTime): Promise<number> => {
    tried.push(time.monotonicMs() / 1000);
    return time.monotonicMs() / 1000 < seconds ? 1 : 0;
  };
  return { tried, storeRenewed };
}

it("storing renewed credentials is tried every second, whether or not anything waits for the bus, and while the bus hangs", async () => {
  for (const drain of [undefined, () => new Promise<never>(() => {})]) {
    const { tried, storeRenewed } = takenAfter(Infinity);
    const world: Bench = bench([], every10s, 0, drain, handedOut([]).cluster, () => storeRenewed(world.time));
    await world.scheduler.start();
    for (let second = 1; second <= 4; second++) {
      world.time.pass(1_000);
      await settle();
    }
    expect(tried).toEqual([1, 2, 3, 4]);
  }
});

it("stopping waits for the store to take renewed credentials, within the grace", async () => {
  const { tried, storeRenewed } = takenAfter(3);
  const { time, scheduler, errors }: Bench = bench([], every10s, 0, undefined, soleReplica, () => storeRenewed(time));
  await scheduler.start();
  let isStopped = false;
  const stopped = scheduler.stop(10_000).then(() => (isStopped = true));
  for (let second = 1; second <= 3; second++) {
    await settle();
    expect(isStopped).toBe(false);
    time.pass(1_000);
  }
  await stopped;
  expect([...new Set(tried)]).toEqual([0, 1, 2, 3]);
  expect(errors).toEqual([]);
});

it("stopping tries for a source whose turn is not over, too, and stores what that turn leaves", async () => {
  let left = 0;
  let finish = () => {};
  const tend = (_: SourceKey, now: ManualTime) =>
    new Promise<Tended>((resolve) => {
      finish = () => {
        left = 1;
        resolve(inSeconds(now, 1));
      };
    });
  const { time, scheduler, settle } = bench(["a"], tend, 0, undefined, soleReplica, async () => (left > 0 ? left-- : 0));
  await scheduler.start();
  await settle();
  const stopped = scheduler.stop(10_000);
  await settle();
  finish();
  await settle();
  time.pass(1_000);
  await stopped;
  expect(left).toBe(0);
});

it("a stop that ends with renewed credentials which the store never took says what that means", async () => {
  const { storeRenewed } = takenAfter(Infinity);
  const { time, scheduler, errors }: Bench = bench([], every10s, 0, undefined, soleReplica, () => storeRenewed(time));
  await scheduler.start();
  const stopped = scheduler.stop(3_000);
  for (let second = 1; second <= 3; second++) {
    await settle();
    time.pass(1_000);
  }
  await stopped;
  expect(errors.join()).toContain("will have to connect again");
});

it("a source that was gone and comes back is tended anew", async () => {
  const { time, scheduler, tended, entries, settle } = bench(["a"], async () => ({ liveAtMs: null, historyAtMs: null }));
  await scheduler.start();
  await settle();
  const gone = entries.splice(0);
  time.pass(300_000);
  await settle();
  entries.push(...gone);
  time.pass(300_000);
  await settle();
  expect(tended).toEqual(["a@0", "a@600"]);
  await scheduler.stop(0);
});

it("a source that somebody else disconnects within the second in which it was connected is tended anew", async () => {
  const { time, scheduler, tended, entries, forgotten, settle } = bench(["a"], async () => ({ liveAtMs: null, historyAtMs: null }));
  await scheduler.start();
  await settle();
  entries.splice(0, 1, { ...entryOf("a"), phase: "disconnected" });
  time.pass(LIMITS.lookSeconds * 1000);
  await settle();
  expect([tended, forgotten]).toEqual([["a@0", `a@${LIMITS.lookSeconds}`], ["a"]]);
  await scheduler.stop(0);
});

/** Shards are given and taken as the test says. */
function handedOut(owned: readonly string[]) {
  const shards = new Map<number, Ownership>(owned.map((name) => [shardOf(name as SourceId), "own"]));
  const told: number[] = [];
  let onChange: (shards: ReadonlySet<number>) => void = () => {};
  const cluster: Cluster = {
    start: async (listener) => {
      onChange = listener;
    },
    ownershipOf: (shard) => shards.get(shard) ?? "foreign",
    tell: (shard) => void told.push(shard),
    trouble: () => null,
    leave: async () => {
      shards.clear();
      told.push(-1);
    },
  };
  const give = (name: string, ownership: Ownership): void => {
    shards.set(shardOf(name as SourceId), ownership);
    onChange(new Set([shardOf(name as SourceId)]));
  };
  return { cluster, give, told };
}

const every10s = async (_: SourceKey, now: ManualTime) => inSeconds(now, 10);

it("another replica's sources are left alone; those that come are tended at once, and those that go are forgotten", async () => {
  const { cluster, give } = handedOut(["a"]);
  const { time, scheduler, tended, forgotten, settle } = bench(["a", "b"], every10s, 0, undefined, cluster);
  await scheduler.start();
  await settle();
  expect(tended).toEqual(["a@0"]);
  time.pass(5_000);
  give("b", "own");
  await settle();
  expect(tended).toEqual(["a@0", "b@5"]);
  give("a", "foreign");
  expect(forgotten).toEqual(["a"]);
  for (let second = 6; second <= 16; second++) {
    time.pass(1_000);
    await settle();
  }
  expect(tended).toEqual(["a@0", "b@5", "b@15"]);
  give("a", "own");
  await settle();
  expect(tended.at(-1)).toBe("a@16");
  await scheduler.stop(0);
});

it("a source that goes while it is being tended is finished, and then forgotten", async () => {
  const { cluster, give } = handedOut(["a"]);
  let finish = () => {};
  const tend = (_: SourceKey, now: ManualTime) => new Promise<Tended>((resolve) => (finish = () => resolve(inSeconds(now, 1))));
  const { time, scheduler, tended, forgotten, settle } = bench(["a"], tend, 0, undefined, cluster);
  await scheduler.start();
  await settle();
  give("a", "foreign");
  expect(forgotten).toEqual([]);
  finish();
  await settle();
  expect(forgotten).toEqual(["a"]);
  time.pass(60_000);
  await settle();
  expect(tended).toEqual(["a@0"]);
  await scheduler.stop(0);
});

it("another replica's source that is woken here is tended once, and its owner is told", async () => {
  const { cluster, told } = handedOut([]);
  const { time, scheduler, tended, forgotten, settle } = bench(["a"], every10s, 0, undefined, cluster);
  await scheduler.start();
  scheduler.wake(entryOf("a"));
  await settle();
  time.pass(60_000);
  await settle();
  expect(tended).toEqual(["a@0"]);
  expect(forgotten).toEqual(["a"]);
  expect(told).toEqual([shardOf("a" as SourceId)]);
  await scheduler.stop(0);
});

it("a poll that another replica's source is owed is done here, again while it fails and that is soon, and then nothing is kept of it", async () => {
  const { cluster, told } = handedOut([]);
  const waits = [15, 30, 60, 120];
  for (const failures of [0, 2, 9]) {
    let turns = 0;
    const tend = async ({ sourceId }: SourceKey, now: ManualTime) => {
      if (turns === failures) world.owed.delete(sourceId);
      return inSeconds(now, turns < failures ? (waits[turns++] ?? 240) : 900);
    };
    const world: Bench = bench(["a"], tend, 0, undefined, cluster);
    await world.scheduler.start();
    world.owed.add("a");
    world.scheduler.recheck(entryOf("a"));
    for (let passed = 0; passed < 600; passed += 15) {
      await settle();
      world.time.pass(15_000);
    }
    expect(world.tended).toEqual(["a@0", "a@15", "a@45", "a@105"].slice(0, failures + 1));
    expect(world.forgotten).toEqual(["a"]);
    expect(world.scheduler.counts()).toEqual({ scheduled: 0, tended: 0 });
    await world.scheduler.stop(0);
  }
  expect(told.filter((shard) => shard >= 0)).toEqual([]);
});

it("a poll that comes to be owed while another replica's source is tended here is done after that", async () => {
  const { cluster } = handedOut([]);
  let finish = () => {};
  const tend = (_: SourceKey, now: ManualTime) => new Promise<Tended>((resolve) => (finish = () => resolve(inSeconds(now, 900))));
  const { scheduler, tended, forgotten, owed, settle } = bench(["a"], tend, 0, undefined, cluster);
  await scheduler.start();
  owed.add("a");
  scheduler.recheck(entryOf("a"));
  await settle();
  scheduler.recheck(entryOf("a"));
  finish();
  await settle();
  expect(tended).toEqual(["a@0", "a@0"]);
  owed.delete("a");
  finish();
  await settle();
  expect(forgotten).toEqual(["a"]);
  await scheduler.stop(0);
});

it("what was stored for another replica's source is not kept in mind, and it is not tended for it", async () => {
  const { cluster, told } = handedOut(["b"]);
  const { scheduler, tended, forgotten, settle } = bench(["a", "b"], every10s, 0, undefined, cluster);
  await scheduler.start();
  await settle();
  scheduler.recheck(entryOf("a"));
  scheduler.recheck(entryOf("b"));
  await settle();
  expect(tended).toEqual(["b@0", "b@0"]);
  expect(forgotten).toEqual(["a"]);
  expect(told).toEqual([]);
  await scheduler.stop(0);
});

it("while it is uncertain whose a source is, it waits", async () => {
  const { cluster, give } = handedOut(["a"]);
  const { time, scheduler, tended, forgotten, settle } = bench(["a"], every10s, 0, undefined, cluster);
  await scheduler.start();
  await settle();
  give("a", "uncertain");
  for (let second = 0; second < 20; second++) {
    time.pass(1_000);
    await settle();
  }
  expect(tended).toEqual(["a@0"]);
  give("a", "own");
  time.pass(1_000);
  await settle();
  expect(tended).toEqual(["a@0", "a@21"]);
  expect(forgotten).toEqual([]);
  await scheduler.stop(0);
});

it("stopping leaves the other replicas before what was begun is over", async () => {
  const { cluster, told } = handedOut(["a"]);
  let finish = () => {};
  const tend = (_: SourceKey, now: ManualTime) => new Promise<Tended>((resolve) => (finish = () => resolve(inSeconds(now, 1))));
  const { scheduler, settle } = bench(["a"], tend, 0, undefined, cluster);
  await scheduler.start();
  await settle();
  const stopped = scheduler.stop(5_000);
  await settle();
  expect(told).toEqual([-1]);
  finish();
  await stopped;
});
