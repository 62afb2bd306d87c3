import type { Result } from "neverthrow";
import type { StoreError } from "../../ports/store-error.ts";
import type { IngestDeps } from "../source/ingest-deps.ts";
import type { SourceState } from "../source/source-state.ts";

export function warnIfUnwritten(deps: IngestDeps, state: SourceState, written: Result<void, StoreError>): void {
  if (written.isOk()) return;
  deps.logger.warn(
    { source: state.record.sourceId, reason: written.error.message },
    "How this source is could not be written down; it will be with the next change.",
  );
}
