import { err, errAsync, ok, okAsync, type ResultAsync } from "neverthrow";
import type { Call } from "../ports/call.ts";
import type {
  ConnectionStore,
  ReplaceOutcome,
  ScheduleEntry,
  SealedSecrets,
  SetAsideRecord,
  SourceKey,
} from "../ports/connection-store.ts";
import { shardOf } from "../ports/shard.ts";
import type { SourceRecord } from "../ports/source-record.ts";
import type { StoreError } from "../ports/store-error.ts";
import type { ProviderName, UserId } from "../reading/identifiers.ts";
import { cancelled } from "./cancelled.ts";
import { setAsidePage } from "./set-aside-page.ts";

/** The plainest store that keeps every promise of `ConnectionStore` but that of outliving the process. */
export function createMemoryConnectionStore(): ConnectionStore {
  const records = new Map<UserId, Map<ProviderName, SourceRecord>>();
  const secrets = new Map<string, SealedSecrets>();
  const setAside = new Map<string, Map<string, SetAsideRecord>>();
  const setAsideOf = (source: SourceKey): ReadonlyMap<string, SetAsideRecord> => setAside.get(nameOf(source)) ?? new Map();

  const replaceRecord = (record: SourceRecord, expectedVersion: number): ReplaceOutcome => {
    const ofUser = records.get(record.userId) ?? new Map<ProviderName, SourceRecord>();
    if ((ofUser.get(record.provider)?.version ?? 0) !== expectedVersion) return { kind: "conflict" };
    records.set(record.userId, ofUser.set(record.provider, structuredClone(record)));
    return { kind: "written" };
  };
  const removeRecord = (userId: UserId, provider: ProviderName, expectedVersion: number): ReplaceOutcome => {
    const ofUser = records.get(userId);
    if (ofUser?.get(provider)?.version !== expectedVersion) return { kind: "conflict" };
    ofUser.delete(provider);
    return { kind: "written" };
  };
  const replaceSecrets = (source: SourceKey, next: SealedSecrets): ReplaceOutcome => {
    if ((secrets.get(nameOf(source))?.version ?? 0) !== next.version - 1) return { kind: "conflict" };
    secrets.set(nameOf(source), structuredClone(next));
    return { kind: "written" };
  };
  const keep = (source: SourceKey, kept: readonly SetAsideRecord[]): void => {
    const known = setAsideOf(source);
    const fresh = kept.filter(({ key }, at) => !known.has(key) && kept.findIndex((other) => other.key === key) === at);
    setAside.set(nameOf(source), new Map([...known, ...fresh.map((record) => [record.key, structuredClone(record)] as const)]));
  };

  return {
    recordsOf: (userId, call) =>
      answer<readonly SourceRecord[]>(call, () => structuredClone([...(records.get(userId)?.values() ?? [])].sort(byProvider))),
    replaceRecord: (record, expectedVersion, call) => answer(call, () => replaceRecord(record, expectedVersion)),
    removeRecord: (userId, provider, expectedVersion, call) => answer(call, () => removeRecord(userId, provider, expectedVersion)),
    async *schedule(shard, call) {
      const all = [...records.values()].flatMap((ofUser) => [...ofUser.values()]);
      for (const record of all.filter(({ sourceId }) => shardOf(sourceId) === shard)) {
        if (call.signal.aborted) break;
        yield ok(entryOf(record));
      }
      if (call.signal.aborted) yield err(cancelled);
    },
    secretsOf: (source, call) => answer(call, () => structuredClone(secrets.get(nameOf(source)) ?? null)),
    replaceSecrets: (source, next, call) => answer(call, () => replaceSecrets(source, next)),
    setAside: (source, kept, call) => answer(call, () => keep(source, kept)),
    setAsideOf: (source, page, call) => answer(call, () => setAsideOf(source)).andThen((kept) => setAsidePage(kept, page)),
    countSetAside: (source, call) => answer(call, () => setAsideOf(source).size),
    eraseSource: (source, call) =>
      answer(call, () => {
        secrets.delete(nameOf(source));
        setAside.delete(nameOf(source));
      }),
  };
}

function answer<T>(call: Call, act: () => T): ResultAsync<T, StoreError> {
  return call.signal.aborted ? errAsync(cancelled) : okAsync(act());
}

/** No user id holds a slash. */
const nameOf = ({ userId, sourceId }: SourceKey): string => `${userId}/${sourceId}`;

const byProvider = (a: SourceRecord, b: SourceRecord): number => (a.provider < b.provider ? -1 : 1);

function entryOf({ userId, provider, sourceId, phase, phaseSince }: SourceRecord): ScheduleEntry {
  return { userId, provider, sourceId, phase, phaseSince };
}
