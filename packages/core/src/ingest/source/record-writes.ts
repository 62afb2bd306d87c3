import { err, ok, type Result } from "neverthrow";
import type { Call } from "../../ports/call.ts";
import { MOST_ATTEMPTS } from "../../ports/most-attempts.ts";
import type { SourceRecord } from "../../ports/source-record.ts";
import type { StoreError } from "../../ports/store-error.ts";
import type { IngestDeps } from "./ingest-deps.ts";
import type { SourceState } from "./source-state.ts";

type RecordDeps = Pick<IngestDeps, "connections" | "clock">;
type RecordState = Pick<SourceState, "record" | "recordReadMs" | "isEnded" | "secrets">;

/**
 * Changes a source's record by compare-and-set, starting again from what is stored when somebody else was quicker. `change` answers the
 * record itself to leave it. `stop` if the source is no longer the living one: it was erased, or replaced.
 */
export async function writeRecord(
  deps: RecordDeps,
  state: RecordState,
  change: (record: SourceRecord) => SourceRecord,
  call: Call,
): Promise<Result<SourceRecord, StoreError>> {
  for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
    const changed = change(state.record);
    if (changed === state.record) return ok(changed);
    const next = { ...changed, version: state.record.version + 1 };
    const written = await deps.connections.replaceRecord(next, state.record.version, call);
    if (written.isErr()) return err(written.error);
    if (written.value.kind === "written") {
      remember(deps, state, next);
      return ok(next);
    }
    const read = await refreshRecord(deps, state, call);
    if (read.isErr()) return err(read.error);
  }
  return err({ kind: "retry", message: "The record of this source is being written by somebody else over and over." });
}

/** Reads the record anew. `stop` if the source lives no more, and the state says so from then on. */
export async function refreshRecord(deps: RecordDeps, state: RecordState, call: Call): Promise<Result<SourceRecord, StoreError>> {
  const { userId, sourceId } = state.record;
  const records = await deps.connections.recordsOf(userId, call);
  if (records.isErr()) return err(records.error);
  const record = records.value.find((each) => each.sourceId === sourceId);
  state.isEnded = record === undefined || record.phase === "erased";
  if (record === undefined || state.isEnded) return err({ kind: "stop", message: "This source was erased." });
  remember(deps, state, record);
  return ok(record);
}

/** Whoever connected the source anew did so with other credentials, which may be another account's. */
function remember(deps: RecordDeps, state: RecordState, record: SourceRecord): void {
  if (record.phaseSince !== state.record.phaseSince) state.secrets = null;
  state.record = record;
  state.recordReadMs = deps.clock.monotonicMs();
}
