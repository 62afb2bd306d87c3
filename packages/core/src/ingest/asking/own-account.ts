import { err, ok, type Result } from "neverthrow";
import type { Call } from "../../ports/call.ts";
import type { ProviderError, ProviderPage } from "../../ports/cgm-provider.ts";
import type { Instant } from "../../reading/instant.ts";
import type { IngestDeps } from "../source/ingest-deps.ts";
import { writeRecord } from "../source/record-writes.ts";
import type { SourceState } from "../source/source-state.ts";
import type { FetchFailed } from "./fetch-window.ts";

/**
 * A page that says whose it is, and is somebody else's, is not stored. Where nobody said so when the source was connected, the first page
 * that does says it for good, before anything of it is stored: two people's readings never stand in one source. `phaseSince`: since when the
 * source was connected when the page was asked for; one that was asked for before it was connected anew may be another account's.
 */
export async function ownAccount(
  deps: IngestDeps,
  state: SourceState,
  { accountId }: Pick<ProviderPage, "accountId">,
  phaseSince: Instant,
  call: Call,
): Promise<Result<void, FetchFailed>> {
  if (accountId === null) return ok(undefined);
  if (state.record.accountId === null) {
    const learned = await writeRecord(
      deps,
      state,
      (record) => (record.accountId === null && record.phaseSince === phaseSince ? { ...record, accountId } : record),
      call,
    );
    if (learned.isErr()) return err({ at: "store", error: learned.error });
  }
  if (state.record.accountId === accountId) return ok(undefined);
  if (state.record.phaseSince !== phaseSince) return err({ at: "anew" });
  return err({ at: "provider", error: FOREIGN, isForeign: true });
}

const FOREIGN: ProviderError = {
  kind: "reconnect",
  message: "The provider answered with another account's data; nothing of it was stored. Connect again.",
};
