import { err, type Result } from "neverthrow";
import { type AccessRefused, type CallBy, permit } from "../access/caller.ts";
import type { ConnectionStore } from "../ports/connection-store.ts";
import type { Scope } from "../ports/scope.ts";
import type { SourceRecord } from "../ports/source-record.ts";
import type { StoreError } from "../ports/store-error.ts";
import type { ProviderName, UserId } from "../reading/identifiers.ts";

/** A user's living source of a provider, for a caller who may do with it what `scope` is for; `null` if there is none. */
export async function livingSourceFor(
  scope: Scope,
  connections: Pick<ConnectionStore, "recordsOf">,
  userId: UserId,
  provider: ProviderName,
  call: CallBy,
): Promise<Result<SourceRecord | null, StoreError | AccessRefused>> {
  const permitted = permit(call.caller, scope, userId);
  if (permitted.isErr()) return err(permitted.error);
  const records = await connections.recordsOf(userId, call);
  return records.map((all) => all.find((record) => record.provider === provider && record.phase !== "erased") ?? null);
}
