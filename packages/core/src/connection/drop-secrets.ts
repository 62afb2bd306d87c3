import { err, ok, type Result } from "neverthrow";
import type { Call } from "../ports/call.ts";
import type { ConnectionStore, SourceKey } from "../ports/connection-store.ts";
import { MOST_ATTEMPTS } from "../ports/most-attempts.ts";
import type { StoreError } from "../ports/store-error.ts";

/**
 * Deletes the secrets of a source if it is disconnected, and leaves those of any other. The secrets are read before the record: whoever
 * connects a source anew takes its record out of `disconnected` before it stores anything, so what is deleted here is never theirs.
 * `isJustLeft`: somebody may be storing secrets at this moment, and must not find the version that they have read, though there are none.
 */
export async function dropSecrets(
  connections: ConnectionStore,
  { userId, sourceId }: SourceKey,
  call: Call,
  { isJustLeft = false }: { readonly isJustLeft?: boolean } = {},
): Promise<Result<void, StoreError>> {
  const source = { userId, sourceId };
  for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
    const stored = await connections.secretsOf(source, call);
    if (stored.isErr()) return err(stored.error);
    const { sealed = null, version = 0 } = stored.value ?? {};
    if (sealed === null && !isJustLeft) return ok(undefined);
    const records = await connections.recordsOf(userId, call);
    if (records.isErr()) return err(records.error);
    const isLeft = records.value.some((record) => record.sourceId === sourceId && record.phase === "disconnected");
    if (!isLeft) return ok(undefined);
    const written = await connections.replaceSecrets(source, { sealed: null, claim: null, version: version + 1 }, call);
    if (written.isErr()) return err(written.error);
    if (written.value.kind === "written") return ok(undefined);
  }
  return err({ kind: "retry", message: "The credentials of the source are being changed by somebody else over and over." });
}
