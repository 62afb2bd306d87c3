import { err, ok, type Result } from "neverthrow";
import type { Call } from "../ports/call.ts";
import type { SourceRecord } from "../ports/source-record.ts";
import type { StoreError } from "../ports/store-error.ts";
import type { IngestDeps } from "./ingest-deps.ts";
import type { SourceState } from "./source-state.ts";

const MOST_ATTEMPTS = 12;

/**
 * Changes a source's record by compare-and-set, starting again from what is stored when somebody else was quicker. `change` answers the
 * record itself to leave it. `stop` if the source is no longer the living one: it was erased, or replaced.
 */
export async function writeRecord(
  deps: Pick<IngestDeps, "connections">,
  state: Pick<SourceState, "record">,
  change: (record: SourceRecord) => SourceRecord,
  call: Call,
): Promise<Result<SourceRecord, StoreError>> {
  for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
    const next = change(state.record);
    if (next === state.record) return ok(next);
    const written = await deps.connections.replaceRecord({ ...next, version: state.record.version + 1 }, state.record.version, call);
    if (written.isErr()) return err(written.error);
    if (written.value.kind === "written") {
      state.record = { ...next, version: state.record.version + 1 };
      return ok(state.record);
    }
    const read = await readRecord(deps, state.record, call);
    if (read.isErr()) return err(read.error);
    state.record = read.value;
  }
  return err({ kind: "retry", message: "The record of this source is being written by somebody else over and over." });
}

/** The record of a source as stored. `stop` if the source lives no more. */
export async function readRecord(
  deps: Pick<IngestDeps, "connections">,
  source: Pick<SourceRecord, "userId" | "sourceId">,
  call: Call,
): Promise<Result<SourceRecord, StoreError>> {
  const records = await deps.connections.recordsOf(source.userId, call);
  if (records.isErr()) return err(records.error);
  const record = records.value.find((each) => each.sourceId === source.sourceId);
  if (record === undefined || record.phase === "erased") return err({ kind: "stop", message: "This source was erased." });
  return ok(record);
}
