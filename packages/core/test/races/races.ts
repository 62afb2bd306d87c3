import type { SourceRecord } from "../../src/ports/source-record.ts";
import type { SourceId, UserId } from "../../src/reading/identifiers.ts";
import { createMemoryAuthorizationStore } from "../../src/testing/memory-authorization-store.ts";
import { createMemoryConnectionStore } from "../../src/testing/memory-connection-store.ts";
import { createMemoryEventBus } from "../../src/testing/memory-event-bus.ts";
import { createMemoryReadingStore } from "../../src/testing/memory-reading-store.ts";
import { createTurnstile } from "../../src/testing/model/turnstile.ts";
import { good } from "../../src/testing/promise.ts";
import { seededChance } from "../../src/testing/seeded-chance.ts";
import { calm } from "../ingest-bench.ts";
import { createReplica, type RaceReplica, type Surroundings } from "./race-replica.ts";
import { createRaceTime } from "./race-time.ts";
import { createRaceWorld } from "./race-vendor.ts";
import { createRoundFaults } from "./round-faults.ts";
import { createWishes, type Wishes } from "./wish.ts";

/** A consent that was begun and can be called back: when the person's records had been read for it. */
interface Started {
  readonly state: string;
  readonly begun: number;
}

/** All that the rounds of one race share: two replicas over the same stores, one vendor, and what has been wished so far. */
export interface Races extends Surroundings {
  readonly replicas: RaceReplica[];
  readonly wishes: Wishes;
  /** The newest first. */
  readonly starts: Started[];
  /** Every source that somebody was to have, whatever came of it. */
  readonly made: readonly SourceId[];
  /** Not one of those that the races are about; `null` until ben is connected. */
  bensSource: SourceId | null;
  /** How often the owners have tended. */
  tends: number;
  /** Since when, in milliseconds since the races began, anna is being connected; `null`: she is not. */
  connectingSinceMs: number | null;
}

export function createRaces(seed: number): Races {
  const made: SourceId[] = [];
  let numbers = 0;
  const time = createRaceTime();
  const around: Surroundings = {
    time,
    stores: {
      readings: createMemoryReadingStore(),
      connections: createMemoryConnectionStore(),
      authorizations: createMemoryAuthorizationStore(),
    },
    bus: createMemoryEventBus(),
    world: createRaceWorld(time),
    faults: createRoundFaults(),
    turnstile: createTurnstile(),
    chance: seededChance(seed),
    newSourceId() {
      const sourceId = `source${String(made.length + 1).padStart(7, "0")}` as SourceId;
      made.push(sourceId);
      return sourceId;
    },
    newNumber: () => ++numbers,
  };
  return {
    ...around,
    replicas: [createReplica(around, 0), createReplica(around, 1)],
    wishes: createWishes(),
    starts: [],
    made,
    bensSource: null,
    tends: 0,
    connectingSinceMs: null,
  };
}

export function replicaOf({ replicas }: Races, n: number): RaceReplica {
  return replicas[n % 2] as RaceReplica;
}

/** Which replica tends a source. */
export function ownerOf(sourceId: SourceId): number {
  return Number(sourceId.slice("source".length)) % 2;
}

/** As it is stored, whatever befalls the replicas' calls. */
export async function recordOf({ stores }: Races, userId: UserId): Promise<SourceRecord | undefined> {
  return good("records can be read", await stores.connections.recordsOf(userId, calm))[0];
}
