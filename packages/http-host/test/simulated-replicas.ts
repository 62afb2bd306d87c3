import type { Cluster, Ownership, ReplicaBeat, ReplicaRegister } from "@bg-ingest/core";
import { SHARD_COUNT } from "@bg-ingest/core";
import { createManualTime, createMemoryReplicaRegister } from "@bg-ingest/core/testing";
import { err } from "neverthrow";
import { createReplicaCluster } from "../src/cluster/replica-cluster.ts";

export const HEARTBEAT_MS = 5_000;
export const ALL_SHARDS: readonly number[] = Array.from({ length: SHARD_COUNT }, (_, shard) => shard);
const STRIDE_MS = 50;

/** Replicas with clocks of their own around one store, in a time that passes when told to. */
export interface SimulatedReplicas {
  /** A new replica, the name of which is its number; it begins to take part. */
  begin(): SimulatedReplica;
  /** Those that were begun and did not end. */
  living(): readonly SimulatedReplica[];
  /** Whose answer is that a shard is its own. */
  ownersOf(shard: number): readonly string[];
  /** While it is away, each call of the store is answered by an error. */
  setAway(isAway: boolean): void;
  /** Calls back after each stride. */
  pass(ms: number, eachStride?: () => void): Promise<void>;
  readonly beats: ReadonlyMap<string, ReplicaBeat>;
}

interface SimulatedReplica {
  readonly name: string;
  readonly cluster: Cluster;
  ownership(shard: number): Ownership;
  /** Shards that it heard something of, since this was asked last. */
  heardOf(): readonly number[];
  /** `kill -9`. */
  kill(): void;
  /** Nothing happens in it until it goes on, as if its machine slept. */
  pause(): void;
  goOn(): void;
  leave(): Promise<void>;
  /** Its clock is so far ahead of the store's. */
  setAhead(ms: number): void;
  /** Its next announcement is heard and the answer to it lost: it is made once more at once, or given up. */
  loseAnswer(then: "retried" | "given_up"): void;
}

export function simulateReplicas(latencyMs = 10, sharesAll = true): SimulatedReplicas {
  const time = createManualTime();
  const beats = new Map<string, ReplicaBeat>();
  const store = createMemoryReplicaRegister(time, beats);
  const all = new Map<string, SimulatedReplica & { readonly isDead: () => boolean }>();
  let isAway = false;

  function begin(): SimulatedReplica {
    const name = `replica-${all.size}`;
    let isDead = false;
    let isPaused = false;
    let aheadMs = 0;
    let losing: "retried" | "given_up" | null = null;
    let waiting: (() => void)[] = [];
    let heard: number[] = [];
    const run = (work: () => void): void => {
      if (isDead) return;
      if (isPaused) waiting.push(work);
      else work();
    };
    const after = (ms: number, work: () => void) => time.after(ms, () => run(work));
    const soon = (work: () => void) => void setImmediate(() => run(work));
    /** There and back; whoever is dead or asleep by then hears nothing. */
    const call = async <T>(work: () => PromiseLike<T>): Promise<T> => {
      await new Promise<void>((resolve) => after(latencyMs, resolve));
      const answer = isAway ? (err({ kind: "retry", message: "away" }) as T) : await work();
      await new Promise<void>((resolve) => after(latencyMs, resolve));
      return answer;
    };
    const register: ReplicaRegister = {
      announce: (beat, options) =>
        call(async () => {
          const then = losing;
          losing = null;
          const answered = await store.announce(beat, options);
          if (then === "retried") return store.announce(beat, options);
          return then === null ? answered : err({ kind: "retry", message: "the answer was lost" });
        }),
      announced: (options) => call(() => store.announced(options)),
      remove: (replica, beat, options) => call(() => store.remove(replica, beat, options)),
    };
    const startedMs = 1_000_000 * (all.size + 1);
    const clock = { nowMs: () => time.nowMs() + aheadMs, monotonicMs: () => time.monotonicMs() + startedMs };
    const logger = { debug() {}, info() {}, warn() {}, error() {} };
    const cluster = createReplicaCluster({
      replica: name,
      register,
      clock,
      timers: { after, soon },
      logger,
      heartbeatMs: HEARTBEAT_MS,
      sharesAll,
    });
    void cluster.start((shards) => void heard.push(...shards));
    const replica = {
      name,
      cluster,
      ownership: (shard: number): Ownership => (isDead ? "foreign" : cluster.ownershipOf(shard)),
      heardOf: () => heard.splice(0),
      kill: () => {
        isDead = true;
      },
      pause: () => {
        isPaused = true;
      },
      goOn: () => {
        isPaused = false;
        const late = waiting;
        waiting = [];
        for (const work of late) run(work);
      },
      leave: async () => {
        await cluster.leave();
        isDead = true;
      },
      loseAnswer: (then: "retried" | "given_up") => {
        losing = then;
      },
      setAhead: (ms: number) => {
        aheadMs = ms;
      },
      isDead: () => isDead,
    };
    heard = [];
    all.set(name, replica);
    return replica;
  }

  return {
    begin,
    beats,
    living: () => [...all.values()].filter(({ isDead }) => !isDead()),
    ownersOf: (shard) => [...all.values()].filter((each) => each.ownership(shard) === "own").map(({ name }) => name),
    setAway: (away) => {
      isAway = away;
    },
    async pass(ms, eachStride = () => undefined) {
      for (let left = ms; left > 0; left -= STRIDE_MS) {
        time.pass(Math.min(left, STRIDE_MS));
        for (let round = 0; round < 6; round++) await new Promise((resolve) => setImmediate(resolve));
        eachStride();
      }
    },
  };
}
