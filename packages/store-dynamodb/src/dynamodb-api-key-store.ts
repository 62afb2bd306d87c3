import { UpdateItemCommand, type UpdateItemCommandInput } from "@aws-sdk/client-dynamodb";
import type { ApiKey, ApiKeyId, ApiKeyStore, Call, Instant, Scope, StoreError, UserId } from "@bg-ingest/core";
import { err, ok, type Result } from "neverthrow";
import { askOnConditions } from "./ask.ts";
import { isSameMark, newMark } from "./compare-and-set.ts";
import { allApiKeys, apiKeyKeyOf } from "./item-keys.ts";
import { getItem } from "./items.ts";
import { collect, query } from "./query.ts";
import type { Item, Table } from "./table.ts";

export function createDynamoDbApiKeyStore(table: Table): ApiKeyStore {
  return {
    add: (key, call) => add(table, key, call),
    find: (id, call) => getItem(table, apiKeyKeyOf(id), call).map((item) => item && keyIn(item)),
    list: (call) => list(table, call),
    revoke: (id, at, call) => revoke(table, id, at, call),
    noteUse: (id, at, call) => noteUse(table, id, at, call),
    eraseSubject: (subject, call) => eraseSubject(table, subject, call),
  };
}

/** An attempt of which the answer was lost makes the next one fail its condition: what stands then bears the mark of this very call. */
async function add(table: Table, key: ApiKey, call: Call): Promise<Result<"added" | "taken", StoreError>> {
  const mark = newMark();
  const attributes: Item = { ...attributesOf(key), w: mark };
  const names = Object.keys(attributes);
  const sent = await update(table, key.id, call, {
    UpdateExpression: `SET ${names.map((name) => `#${name} = :${name}`).join(", ")}`,
    ConditionExpression: "attribute_not_exists(p)",
    ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
    ExpressionAttributeValues: Object.fromEntries(names.map((name) => [`:${name}`, attributes[name] as Item[string]])),
  });
  return sent.map(({ isDone, item }) => (isDone || isSameMark(item?.["w"], mark) ? "added" : "taken"));
}

async function list(table: Table, call: Call): Promise<Result<readonly ApiKey[], StoreError>> {
  const items = await collect(query(table, allApiKeys, { ConsistentRead: true, firstPage: null }, call));
  return items.map((found) => found.map(keyIn).sort((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1)));
}

async function revoke(table: Table, id: ApiKeyId, at: Instant, call: Call): Promise<Result<ApiKey | null, StoreError>> {
  const sent = await update(table, id, call, {
    UpdateExpression: "SET revokedAt = if_not_exists(revokedAt, :at)",
    ConditionExpression: "attribute_exists(p)",
    ExpressionAttributeValues: { ":at": { N: String(at) } },
  });
  return sent.map(({ isDone, item }) => (isDone && item !== null ? keyIn(item) : null));
}

/** Where the condition does not hold there is nothing to note. */
async function noteUse(table: Table, id: ApiKeyId, at: Instant, call: Call): Promise<Result<void, StoreError>> {
  const sent = await update(table, id, call, {
    UpdateExpression: "SET lastUsedAt = :at",
    ConditionExpression: "attribute_exists(p) AND (attribute_not_exists(lastUsedAt) OR lastUsedAt < :at)",
    ExpressionAttributeValues: { ":at": { N: String(at) } },
  });
  return sent.map(() => undefined);
}

async function eraseSubject(table: Table, subject: UserId, call: Call): Promise<Result<void, StoreError>> {
  const keys = await list(table, call);
  if (keys.isErr()) return err(keys.error);
  for (const { id } of keys.value.filter((key) => key.subject === subject)) {
    const sent = await update(table, id, call, NAMELESS);
    if (sent.isErr()) return err(sent.error);
  }
  return ok();
}

const NAMELESS: Update = {
  UpdateExpression: "SET revokedAt = createdAt REMOVE digest, #name, scopes, subject, lastUsedAt",
  ConditionExpression: "attribute_exists(p)",
  ExpressionAttributeNames: { "#name": "name" },
};

type Update = Omit<UpdateItemCommandInput, "TableName" | "Key" | "ReturnValues" | "ReturnValuesOnConditionCheckFailure">;

/** `item`: what stands there after an update that was done, or before one that was not. */
async function update(
  { client, name: TableName }: Table,
  id: ApiKeyId,
  call: Call,
  what: Update,
): Promise<Result<{ readonly isDone: boolean; readonly item: Item | null }, StoreError>> {
  const command = new UpdateItemCommand({
    TableName,
    Key: apiKeyKeyOf(id),
    ...what,
    ReturnValues: "ALL_NEW",
    ReturnValuesOnConditionCheckFailure: "ALL_OLD",
  });
  const sent = await askOnConditions(call, (options) => client.send(command, options));
  if (sent.isErr()) return err(sent.error);
  if (sent.value.kind === "done") return ok({ isDone: true, item: sent.value.output.Attributes ?? null });
  return ok({ isDone: false, item: sent.value.refused[0]?.item ?? null });
}

/** What is not known is not there. */
function attributesOf({ id: _, scopes, ...key }: ApiKey): Item {
  const plain = Object.entries({ ...key, scopes: scopes.join(" ") }).filter(([, value]) => value !== null);
  return Object.fromEntries(plain.map(([name, value]) => [name, typeof value === "number" ? { N: String(value) } : { S: String(value) }]));
}

function keyIn(item: Item): ApiKey {
  const text = (name: string): string => item[name]?.S ?? "";
  const instant = (name: string): Instant | null => (item[name]?.N === undefined ? null : (Number(item[name].N) as Instant));
  return {
    id: text("s").slice("key/".length) as ApiKeyId,
    digest: text("digest"),
    name: text("name"),
    scopes: text("scopes")
      .split(" ")
      .filter((scope) => scope !== "") as Scope[],
    subject: (item["subject"]?.S as UserId | undefined) ?? null,
    createdAt: instant("createdAt") as Instant,
    lastUsedAt: instant("lastUsedAt"),
    revokedAt: instant("revokedAt"),
  };
}
