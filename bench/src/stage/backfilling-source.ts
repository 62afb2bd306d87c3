import { type Day, dayOf, type IngestDeps, parseProviderName, parseSourceId, parseUserId, type SourceRecord } from "@bg-ingest/core";
import { nowOf } from "../../../packages/core/src/ingest/source/ingest-deps.ts";
import { newState, type SourceState } from "../../../packages/core/src/ingest/source/source-state.ts";
import { untilDone } from "./call.ts";
import { START } from "./mock-page.ts";

/** A person who has just connected, and of whom the vendor has everything since `START`: no day is stored yet. `number` tells them apart. */
export async function createBackfillingSource(deps: IngestDeps, number: number): Promise<SourceState> {
  const now = nowOf(deps.clock);
  const record: SourceRecord = {
    userId: parseUserId(userIdOf(number))._unsafeUnwrap(),
    provider: parseProviderName("mock")._unsafeUnwrap(),
    sourceId: parseSourceId(number.toString(36).padStart(13, "0"))._unsafeUnwrap(),
    accountId: null,
    phase: "connected",
    connectedAt: now,
    phaseSince: now,
    rank: null,
    health: { kind: "ok", since: now },
    lastSuccessAt: null,
    openFrom: { day: (dayOf(now) - 1) as Day, loweredAt: null },
    backfill: { startedAt: now, finishedAt: null, notBefore: null, span: { from: START, to: now, doneFrom: now } },
    gaps: [],
    ended: [],
    version: 1,
  };
  const written = await deps.connections.replaceRecord(record, 0, untilDone);
  if (written.isErr() || written.value.kind !== "written") throw new Error("The scratch store does not take a new person.");
  return newState(record);
}

/** 36 characters, as a UUID has. */
export function userIdOf(number: number): string {
  return `00000000-0000-4000-8000-${number.toString().padStart(12, "0")}`;
}
