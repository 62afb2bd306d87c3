import { err, ok, type Result } from "neverthrow";
import type { Call } from "../../ports/call.ts";
import type { SetAside } from "../../ports/set-aside.ts";
import type { StoreError } from "../../ports/store-error.ts";
import { type IngestDeps, nowOf } from "../source/ingest-deps.ts";
import { rememberKeptAside, type SourceState } from "../source/source-state.ts";
import { toSetAsideRecord } from "./set-aside-records.ts";

/** Keeps what was refused, durably; what is known to be kept already is not offered again. */
export async function keepAside(
  deps: IngestDeps,
  state: SourceState,
  setAside: readonly SetAside[],
  call: Call,
): Promise<Result<void, StoreError>> {
  const now = nowOf(deps.clock);
  const records = setAside
    .map((each) => toSetAsideRecord(state.record.sourceId, each, deps.digest, now))
    .filter((record) => !state.keptAside.has(record.key));
  if (records.length === 0) return ok(undefined);
  const kept = await deps.connections.setAside(state.record, records, call);
  if (kept.isErr()) return err(kept.error);
  rememberKeptAside(
    state,
    records.map((record) => record.key),
  );
  deps.checkpoint("commit.after_set_aside");
  return ok(undefined);
}
