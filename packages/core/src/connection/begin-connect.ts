import { err, ok, type Result } from "neverthrow";
import type { Call } from "../ports/call.ts";
import { MOST_ATTEMPTS } from "../ports/most-attempts.ts";
import type { BegunConnect, SourceRecord } from "../ports/source-record.ts";
import type { ProviderName, UserId } from "../reading/identifiers.ts";
import { type Day, dayOf } from "../reading/instant.ts";
import { type ConnectDeps, nowOf } from "./connect-deps.ts";
import type { ConnectError } from "./connect-error.ts";
import { dropSecrets } from "./drop-secrets.ts";
import { leaveBegun } from "./leave.ts";
import type { Begun } from "./take-back.ts";

/** Whether a grant may still be taken, given the user's records as they are now but for what this connect itself has begun. */
export type Admit<E> = (records: readonly SourceRecord[]) => Result<void, E>;

/**
 * A source that is connected is left as it is until the new secrets are stored; any other begins as `connecting`. One that somebody else has
 * begun is taken over by writing it anew, so that they leave it alone should they fail; if they were quicker, what is there now is looked at.
 */
export async function beginConnect<E>(
  deps: ConnectDeps,
  userId: UserId,
  provider: ProviderName,
  admit: Admit<E>,
  call: Call,
): Promise<Result<Begun, ConnectError | E>> {
  for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
    const begun = await beginOnce(deps, userId, provider, admit, call);
    if (begun.isErr()) return err(begun.error);
    if (begun.value !== "changed") return ok(begun.value);
  }
  return err({ kind: "busy" });
}

async function beginOnce<E>(
  deps: ConnectDeps,
  userId: UserId,
  provider: ProviderName,
  admit: Admit<E>,
  call: Call,
): Promise<Result<Begun | "changed", ConnectError | E>> {
  const records = await deps.connections.recordsOf(userId, call);
  if (records.isErr()) return err({ kind: "store", error: records.error });
  const admitted = admit(records.value);
  if (admitted.isErr()) return err(admitted.error);
  const before = records.value.find((record) => record.provider === provider);
  if (before !== undefined && before.phase !== "erased") {
    if (before.phase === "disconnected") return beginAnew(deps, before, call);
    return before.phase === "connecting" ? takeOver(deps, before, call) : ok({ record: before, before, by: null });
  }
  return writeBegun(deps, before ?? null, newRecord(deps, userId, provider, before), { accountId: null, leftSince: null }, call);
}

/** The account that it was going to be of stays: whoever began it may come back with it still. */
function takeOver(deps: ConnectDeps, before: SourceRecord, call: Call): Promise<Result<Begun | "changed", ConnectError>> {
  const known = { accountId: null, leftSince: before.phaseSince, ...before.begun };
  return writeBegun(deps, before, { ...before, phaseSince: nowOf(deps.clock), version: before.version + 1 }, known, call);
}

/** Whatever is still stored from before goes first: an old webhook secret must not hold again. */
async function beginAnew(deps: ConnectDeps, left: SourceRecord, call: Call): Promise<Result<Begun | "changed", ConnectError>> {
  const dropped = await dropSecrets(deps.connections, left, call);
  if (dropped.isErr()) return err({ kind: "store", error: dropped.error });
  const record: SourceRecord = { ...left, phase: "connecting", phaseSince: nowOf(deps.clock), version: left.version + 1 };
  return writeBegun(deps, left, record, { accountId: null, leftSince: left.phaseSince }, call);
}

/** A store that answers with an error may have written it. Where the record was changed meanwhile, whoever it was, it is looked at again. */
async function writeBegun(
  deps: ConnectDeps,
  before: SourceRecord | null,
  record: SourceRecord,
  known: Omit<BegunConnect, "by">,
  call: Call,
): Promise<Result<Begun | "changed", ConnectError>> {
  const by = deps.newConnectId();
  const begun: Begun = { record: { ...record, begun: { ...known, by } }, before, by };
  const written = await deps.connections.replaceRecord(begun.record, begun.before?.version ?? 0, call);
  if (written.isErr()) return leaveBegun(deps, begun, { kind: "store", error: written.error });
  return ok(written.value.kind === "written" ? begun : "changed");
}

function newRecord(deps: ConnectDeps, userId: UserId, provider: ProviderName, tombstone: SourceRecord | undefined): SourceRecord {
  const now = nowOf(deps.clock);
  return {
    userId,
    provider,
    sourceId: deps.newSourceId(),
    accountId: null,
    phase: "connecting",
    connectedAt: now,
    phaseSince: now,
    rank: null,
    health: { kind: "ok", since: now },
    lastSuccessAt: null,
    openFrom: { day: (dayOf(now) - 1) as Day, loweredAt: null },
    backfill: null,
    gaps: [],
    ended: tombstone?.ended ?? [],
    // Never a version that stood here before, though nothing is left of it: whoever slept since must not take this for what it read.
    version: tombstone === undefined ? Math.floor(deps.clock.nowMs()) : tombstone.version + 1,
  };
}
