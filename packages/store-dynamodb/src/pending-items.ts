import type { Instant, PendingAuthorization, ProviderName, SourceId, UserId } from "@bg-ingest/core";
import { type Begun, expiringKeyOf, pendingOfUserKeyOf, stateKeyOf } from "./item-keys.ts";
import { EXPIRY_ATTRIBUTE, type Item } from "./table.ts";

/** An authorisation under its state, and the two items by which it is found without: under its user, and under the time it expires. */
export interface PendingItems {
  readonly found: readonly Item[];
  readonly state: Item;
}

/** DynamoDB deletes by its own clock, to which that of the service may not agree: by then nobody's clock takes it for valid. */
const EXPIRED_FOR_SURE_SECONDS = 86_400;

export function pendingItemsOf(pending: PendingAuthorization): PendingItems {
  const { stateDigest, browserDigest, userId, provider, sourceId, begunAt, expiresAt } = pending;
  const deletableAt = Math.ceil(Date.now() / 1000) + expiresAt - begunAt + EXPIRED_FOR_SURE_SECONDS;
  const begun = {
    stateDigest: { S: stateDigest },
    userId: { S: userId },
    begunAt: { N: String(begunAt) },
    expiresAt: { N: String(expiresAt) },
    [EXPIRY_ATTRIBUTE]: { N: String(deletableAt) },
  };
  return {
    found: [
      { ...pendingOfUserKeyOf(pending), ...begun },
      { ...expiringKeyOf(pending), ...begun },
    ],
    state: {
      ...stateKeyOf(pending),
      ...begun,
      browserDigest: { S: browserDigest },
      provider: { S: provider },
      ...(sourceId === null ? {} : { sourceId: { S: sourceId } }),
    },
  };
}

export function begunIn(item: Item): Begun {
  return {
    stateDigest: item["stateDigest"]?.S ?? "",
    userId: item["userId"]?.S as UserId,
    begunAt: Number(item["begunAt"]?.N) as Instant,
    expiresAt: Number(item["expiresAt"]?.N) as Instant,
  };
}

export function pendingIn(item: Item): PendingAuthorization {
  return {
    ...begunIn(item),
    browserDigest: item["browserDigest"]?.S ?? "",
    provider: item["provider"]?.S as ProviderName,
    sourceId: (item["sourceId"]?.S as SourceId | undefined) ?? null,
  };
}
