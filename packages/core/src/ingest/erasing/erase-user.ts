import { err, ok, type Result } from "neverthrow";
import { type AccessRefused, type CallBy, permit } from "../../access/caller.ts";
import type { Call } from "../../ports/call.ts";
import type { SourceRecord } from "../../ports/source-record.ts";
import type { StoreError } from "../../ports/store-error.ts";
import type { SourceId, UserId } from "../../reading/identifiers.ts";
import type { Publisher } from "../publishing/publisher.ts";
import type { IngestDeps } from "../source/ingest-deps.ts";
import { announceErased, entomb } from "./erase.ts";
import { sweepIfDue } from "./sweep.ts";

/** Whoever tends the sources here. */
interface Owner {
  /** The source may have ended: whoever tends it next has to look. */
  forget(sourceId: SourceId): void;
  /** The source lives no more. */
  end(sourceId: SourceId): void;
  /** Once what is being done for these sources is done, and while nothing else is; nor is any source of the person swept meanwhile. */
  inLanesOf<T>(sourceIds: readonly SourceId[], work: () => Promise<T>): Promise<T>;
}

/** Ends all sources of a user. When this answers, nobody sees a byte of them; what is stored is deleted, and swept again later. */
export async function eraseUser(
  deps: IngestDeps,
  publisher: Publisher,
  owner: Owner,
  userId: UserId,
  call: CallBy,
): Promise<Result<"erased" | "unknown_user", StoreError | AccessRefused>> {
  const permitted = permit(call.caller, "admin", userId);
  if (permitted.isErr()) return err(permitted.error);
  const first = await endAll(deps, owner, userId, call);
  if (first.isErr()) return err(first.error);
  // Of somebody who is not known yet, too: what they began before they asked to be forgotten is not finished.
  const begun = await deps.authorizations.eraseUser(userId, call);
  if (begun.isErr()) return err(begun.error);
  // What somebody began to connect after the first look. Whoever begins after this one finds that the person was erased.
  const second = await endAll(deps, owner, userId, call);
  if (second.isErr()) return err(second.error);
  const tombstones = [...first.value.tombstones, ...second.value.tombstones];
  const failed = second.value.failed;
  if (failed !== null) return err(failed);
  if (tombstones.length === 0) return ok("unknown_user");
  const sources = [...new Set(tombstones.map(({ sourceId }) => sourceId))];
  const swept = await owner.inLanesOf(sources, () => tellAndSweep(deps, publisher, userId, sources, call));
  return swept.map(() => "erased" as const);
}

interface EndedHere {
  readonly tombstones: readonly SourceRecord[];
  /** Why some source may live on. */
  readonly failed: StoreError | null;
}

/** Not in their lanes: whoever hangs there must not keep a person from being erased. */
async function endAll(deps: IngestDeps, owner: Owner, userId: UserId, call: Call): Promise<Result<EndedHere, StoreError>> {
  const records = await deps.connections.recordsOf(userId, call);
  if (records.isErr()) return err(records.error);
  const tombstones: SourceRecord[] = [];
  let failed: StoreError | null = null;
  for (const { sourceId, provider } of records.value) {
    const tombstone = await entomb(deps, userId, provider, call);
    if (tombstone.isErr()) {
      // It may stand all the same: whoever tends the source has to look. The person's other sources end nevertheless.
      owner.forget(sourceId);
      failed ??= tombstone.error;
      continue;
    }
    owner.end(sourceId);
    if (tombstone.value !== null) tombstones.push(tombstone.value);
  }
  return ok({ tombstones, failed });
}

/** Whoever erased the same person at the same time, or tended their tombstones, may have told and swept all of it meanwhile. */
async function tellAndSweep(
  deps: IngestDeps,
  publisher: Publisher,
  userId: UserId,
  sources: readonly SourceId[],
  call: Call,
): Promise<Result<void, StoreError>> {
  const records = await deps.connections.recordsOf(userId, call);
  if (records.isErr()) return err(records.error);
  const left = records.value.filter(({ ended }) => ended.some(({ sourceId }) => sources.includes(sourceId)));
  const tombstones = left.filter(({ phase }) => phase === "erased");
  const told = await announceErased(publisher, tombstones, call);
  for (const record of left) {
    const swept = await sweepIfDue(deps, publisher, record, call, told);
    if (swept.isErr()) return err(swept.error);
  }
  return ok(undefined);
}
