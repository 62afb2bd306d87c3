import type { Tended } from "../../src/ingest/due.ts";
import type { SourceKey } from "../../src/ports/connection-store.ts";
import type { SourceRecord } from "../../src/ports/source-record.ts";
import type { SourceId } from "../../src/reading/identifiers.ts";
import { good } from "../../src/testing/promise.ts";
import { anna, calm } from "../ingest-bench.ts";
import { ben } from "./race-people.ts";
import { ownerOf, type Races, replicaOf } from "./races.ts";

/** As the host's scheduler: whoever is not the owner tends once, and the owner looks. */
export async function wake(races: Races, n: number, { userId, sourceId }: SourceKey): Promise<void> {
  const { ingest, due } = replicaOf(races, n);
  ingest.forget(sourceId);
  if (ownerOf(sourceId) === n % 2) due.set(sourceId, races.time.passedMs);
  else await ingest.tend({ userId, sourceId }, "history", calm);
}

/** The owner looks at the records: what is new or has changed is tended at once, what is gone is let go. */
async function look(races: Races, n: number): Promise<void> {
  const { met, due, ingest } = replicaOf(races, n);
  const found = new Set<SourceId>();
  for (const user of [anna, ben]) {
    for (const record of good("records can be read", await races.stores.connections.recordsOf(user, calm))) {
      const { sourceId } = record;
      if (ownerOf(sourceId) !== n) continue;
      found.add(sourceId);
      if (met.get(sourceId) === metAs(record)) continue;
      if (met.has(sourceId)) ingest.forget(sourceId);
      met.set(sourceId, metAs(record));
      due.set(sourceId, races.time.passedMs);
    }
  }
  for (const sourceId of met.keys()) if (!found.has(sourceId)) met.delete(sourceId);
}

async function tend(races: Races, n: number, sourceId: SourceId): Promise<void> {
  const { ingest, due, nowMs } = replicaOf(races, n);
  const userId = sourceId === races.bensSource ? ben : anna;
  const nextAtMs = earliest(await ingest.tend({ userId, sourceId }, "history", calm));
  races.tends++;
  if (nextAtMs === null) due.delete(sourceId);
  else due.set(sourceId, races.time.passedMs + Math.max(0, nextAtMs - nowMs()));
}

/** All that an owner has to do just now. */
export async function lookAndTend(races: Races, n: number): Promise<void> {
  const { ingest, due } = replicaOf(races, n);
  await look(races, n);
  for (const [sourceId, at] of [...due]) if (at <= races.time.passedMs) await tend(races, n, sourceId);
  (await ingest.drain(calm)).unwrapOr(undefined);
  await ingest.storeRenewed();
}

/** Whether the owner has seen the record as it is. */
export function isMet(races: Races, record: SourceRecord): boolean {
  return replicaOf(races, ownerOf(record.sourceId)).met.get(record.sourceId) === metAs(record);
}

function metAs({ phase, phaseSince }: SourceRecord): string {
  return `${phase} since ${phaseSince}`;
}

function earliest({ liveAtMs, historyAtMs }: Tended): number | null {
  return liveAtMs === null || historyAtMs === null ? (liveAtMs ?? historyAtMs) : Math.min(liveAtMs, historyAtMs);
}
