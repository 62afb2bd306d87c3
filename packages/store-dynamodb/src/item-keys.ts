import type {
  ApiKeyId,
  BucketName,
  Instant,
  PendingAuthorization,
  ScheduleEntry,
  SetAsideRecord,
  SourceId,
  SourceKey,
  SourceRecord,
  UserId,
} from "@bg-ingest/core";
import { beginningWith, type Selection } from "./query.ts";
import type { Item, ItemKey } from "./table.ts";

/**
 * Where things stand, beside the days. What is a user's stands under the user's id, so that nobody meets another's; sort keys that begin with
 * `#` stand before all days. Partitions that begin with `#` are nobody's: no user id holds a `#` or a `/`.
 */
function keyOf(partition: string, sort: string): ItemKey {
  return { p: { S: partition }, s: { S: sort } };
}

export const sortKeyIn = (item: Item): string => item["s"]?.S ?? "";

export function keyIn({ p, s }: Item): ItemKey {
  return { p, s } as ItemKey;
}

export function recordKeyOf({ userId, provider }: Pick<SourceRecord, "userId" | "provider">): ItemKey {
  return keyOf(userId, `#connection/${provider}`);
}

export const recordsOf = (userId: UserId): Selection => beginningWith(userId, "#connection/");

export function secretsKeyOf({ userId, sourceId }: SourceKey): ItemKey {
  return keyOf(userId, `#secrets/${sourceId}`);
}

export function scheduleKeyOf(shard: number, { userId, provider, sourceId }: Omit<ScheduleEntry, "phase" | "phaseSince">): ItemKey {
  return keyOf(`#shard/${shard}`, `${sourceId}/${userId}/${provider}`);
}

export const scheduleOf = (shard: number): Selection => ({ partition: `#shard/${shard}`, from: "0", to: "~" });

/** Keys of the API: few, so they stand side by side. */
export function apiKeyKeyOf(id: ApiKeyId): ItemKey {
  return keyOf("#keys", `key/${id}`);
}

export const allApiKeys: Selection = { partition: "#keys", from: "key/", to: "key/~" };

export function rateBucketKeyOf(name: BucketName): ItemKey {
  return keyOf("#rate", name);
}

/** How many records of a source are set aside. */
export function asideCountKeyOf(source: SourceKey): ItemKey {
  return keyOf(source.userId, `${asideOf(source.sourceId)}count`);
}

/** Says that the record with this content is kept; it holds nothing else. */
export function asideMarkKeyOf(source: SourceKey, key: string): ItemKey {
  return keyOf(source.userId, `${asideOf(source.sourceId)}known/${key}`);
}

/** The record itself, sorted by time. */
export function asideRecordKeyOf(source: SourceKey, { setAsideAt, key }: Pick<SetAsideRecord, "setAsideAt" | "key">): ItemKey {
  return keyOf(source.userId, `${asideOf(source.sourceId)}record/${secondOf(setAsideAt)}/${key}`);
}

export const allAsideOf = ({ userId, sourceId }: SourceKey): Selection => beginningWith(userId, asideOf(sourceId));

export const asideRecordsOf = ({ userId, sourceId }: SourceKey): Selection => beginningWith(userId, `${asideOf(sourceId)}record/`);

const asideOf = (sourceId: SourceId): string => `#aside/${sourceId}/`;

/** By what the vendor hands back. */
export function stateKeyOf({ stateDigest }: Pick<PendingAuthorization, "stateDigest">): ItemKey {
  return keyOf(`#state/${stateDigest}`, "pending");
}

/** By user, the oldest first. */
export function pendingOfUserKeyOf({ userId, begunAt, stateDigest }: Begun): ItemKey {
  return keyOf(userId, `#pending/${secondOf(begunAt)}/${stateDigest}`);
}

export const pendingOfUser = (userId: UserId): Selection => beginningWith(userId, "#pending/");

/** By when it expires. */
export function expiringKeyOf({ expiresAt, stateDigest }: Begun): ItemKey {
  return keyOf("#pending", `${secondOf(expiresAt)}/${stateDigest}`);
}

export const expiredBy = (now: Instant): Selection => ({ partition: "#pending", from: "0", to: `${secondOf(now)}/~` });

/** A delivery that was taken, by the digest of its id; all of a source side by side. */
export function deliveryKeyOf(sourceId: SourceId, digest: string): ItemKey {
  return keyOf(`#deliveries/${sourceId}`, digest);
}

export const deliveriesOf = (sourceId: SourceId): Selection => ({ partition: `#deliveries/${sourceId}`, from: "0", to: "~" });

export const REPLICAS = "#replicas";

/** A replica of the service; all of them side by side. */
export function replicaKeyOf(replica: string): ItemKey {
  return keyOf(REPLICAS, replica);
}

export type Begun = Pick<PendingAuthorization, "stateDigest" | "userId" | "begunAt" | "expiresAt">;

/** Sorts as text. */
const secondOf = (at: Instant): string => String(at).padStart(12, "0");
