import { UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import {
  type AuthorizationStore,
  type Call,
  type Instant,
  MOST_PENDING_OF_USER,
  type PendingAuthorization,
  type StoreError,
  type UserId,
} from "@bg-ingest/core";
import { err, ok, type Result } from "neverthrow";
import { askOnConditions } from "./ask.ts";
import { isSameMark, newMark } from "./compare-and-set.ts";
import { type Begun, expiredBy, expiringKeyOf, pendingOfUser, pendingOfUserKeyOf, stateKeyOf } from "./item-keys.ts";
import { deleteItems, getItem, putItems } from "./items.ts";
import { begunIn, pendingIn, pendingItemsOf } from "./pending-items.ts";
import { collect, query, type Selection } from "./query.ts";
import type { Item, Table } from "./table.ts";

export function createDynamoDbAuthorizationStore(table: Table): AuthorizationStore {
  return {
    begin: (pending, call) => begin(table, pending, call),
    waiting: (stateDigest, now, call) => waiting(table, stateDigest, now, call),
    take: (stateDigest, now, call) => take(table, stateDigest, now, call),
    eraseUser: (userId, call) => eraseUser(table, userId, call),
  };
}

/** By what it is found first: whatever is cut off in between, nothing of a user is left that an erase would not find. */
async function begin(table: Table, pending: PendingAuthorization, call: Call): Promise<Result<void, StoreError>> {
  const { found, state } = pendingItemsOf(pending);
  for (const items of [found, [state]]) {
    const put = await putItems(table, items, call);
    if (put.isErr()) return err(put.error);
  }
  const expired = await begunWithin(table, expiredBy(pending.begunAt), call);
  const ofUser = await begunWithin(table, pendingOfUser(pending.userId), call);
  if (expired.isErr()) return err(expired.error);
  if (ofUser.isErr()) return err(ofUser.error);
  const others = ofUser.value.filter(({ stateDigest }) => stateDigest !== pending.stateDigest);
  const tooMany = others.slice(0, Math.max(0, others.length + 1 - MOST_PENDING_OF_USER));
  return forget(table, [...expired.value, ...tooMany], call);
}

async function waiting(
  table: Table,
  stateDigest: string,
  now: Instant,
  call: Call,
): Promise<Result<PendingAuthorization | null, StoreError>> {
  const item = await getItem(table, stateKeyOf({ stateDigest }), call);
  return item.map((found) => (found === null || found["takenBy"] !== undefined ? null : unexpired(pendingIn(found), now)));
}

function unexpired(pending: PendingAuthorization, now: Instant): PendingAuthorization | null {
  return pending.expiresAt > now ? pending : null;
}

/** Of many one gets it: whose mark it bears. What is left of it then expires, should it not be deleted. */
async function take(table: Table, stateDigest: string, now: Instant, call: Call): Promise<Result<PendingAuthorization | null, StoreError>> {
  const mark = newMark();
  const update = new UpdateItemCommand({
    TableName: table.name,
    Key: stateKeyOf({ stateDigest }),
    UpdateExpression: "SET takenBy = :mark",
    ConditionExpression: "attribute_exists(p) AND attribute_not_exists(takenBy)",
    ExpressionAttributeValues: { ":mark": mark },
    ReturnValues: "ALL_NEW",
    ReturnValuesOnConditionCheckFailure: "ALL_OLD",
  });
  const sent = await askOnConditions(call, (options) => table.client.send(update, options));
  if (sent.isErr()) return err(sent.error);
  const item = sent.value.kind === "done" ? sent.value.output.Attributes : sent.value.refused[0]?.item;
  if (!isSameMark(item?.["takenBy"], mark)) return ok(null);
  const pending = pendingIn(item as Item);
  (await forget(table, [pending], call)).unwrapOr(undefined);
  return ok(unexpired(pending, now));
}

async function eraseUser(table: Table, userId: UserId, call: Call): Promise<Result<void, StoreError>> {
  const begun = await begunWithin(table, pendingOfUser(userId), call);
  return begun.isErr() ? err(begun.error) : forget(table, begun.value, call);
}

async function begunWithin(table: Table, selection: Selection, call: Call): Promise<Result<readonly Begun[], StoreError>> {
  const items = await collect(query(table, selection, { ConsistentRead: true, firstPage: null }, call));
  return items.map((found) => found.map(begunIn));
}

/** What leads to them goes last. */
async function forget(table: Table, begun: readonly Begun[], call: Call): Promise<Result<void, StoreError>> {
  const states = await deleteItems(table, begun.map(stateKeyOf), call);
  if (states.isErr()) return err(states.error);
  return deleteItems(table, [...begun.map(expiringKeyOf), ...begun.map(pendingOfUserKeyOf)], call);
}
