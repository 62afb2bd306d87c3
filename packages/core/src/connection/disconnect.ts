import { err, ok, type Result } from "neverthrow";
import { type AccessRefused, type CallBy, permit } from "../access/caller.ts";
import type { Call } from "../ports/call.ts";
import type { ConnectionStore } from "../ports/connection-store.ts";
import { MOST_ATTEMPTS } from "../ports/most-attempts.ts";
import type { SourceRecord } from "../ports/source-record.ts";
import type { StoreError } from "../ports/store-error.ts";
import type { ProviderName, UserId } from "../reading/identifiers.ts";
import type { Instant } from "../reading/instant.ts";
import { dropSecrets } from "./drop-secrets.ts";

export interface Disconnected {
  readonly record: SourceRecord;
  /** Why the credentials could not be deleted just now: asking once more does it, and so does the owner of the source. `null`: they are gone. */
  readonly undeleted: StoreError | null;
}

/**
 * Nothing is asked of the provider any more, and the credentials are deleted; the readings stay, and what was still to be read of the
 * history is remembered. `null` if the user has no living source of it. An error may have come after the record was written: whoever tends
 * the source has to look.
 */
export async function disconnectSource(
  connections: ConnectionStore,
  userId: UserId,
  provider: ProviderName,
  now: Instant,
  call: CallBy,
): Promise<Result<Disconnected | null, StoreError | AccessRefused>> {
  const permitted = permit(call.caller, "write", userId);
  if (permitted.isErr()) return err(permitted.error);
  for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
    const records = await connections.recordsOf(userId, call);
    if (records.isErr()) return err(records.error);
    const record = records.value.find((each) => each.provider === provider && each.phase !== "erased");
    if (record === undefined) return ok(null);
    if (record.phase === "disconnected") return ok(await withoutSecrets(connections, record, call));
    const { begun: _, ...kept } = record;
    const next: SourceRecord = { ...kept, phase: "disconnected", phaseSince: now, version: record.version + 1 };
    const written = await connections.replaceRecord(next, record.version, call);
    if (written.isErr()) return err(written.error);
    if (written.value.kind === "written") return ok(await withoutSecrets(connections, next, call));
  }
  return err({ kind: "retry", message: "The connection is being changed by somebody else over and over." });
}

async function withoutSecrets(connections: ConnectionStore, record: SourceRecord, call: Call): Promise<Disconnected> {
  const dropped = await dropSecrets(connections, record, call, { isJustLeft: true });
  return { record, undeleted: dropped.isErr() ? dropped.error : null };
}
