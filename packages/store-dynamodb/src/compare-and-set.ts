import { randomBytes } from "node:crypto";
import { type AttributeValue, PutItemCommand } from "@aws-sdk/client-dynamodb";
import type { Call, ReplaceOutcome, StoreError } from "@bg-ingest/core";
import { err, ok, type Result } from "neverthrow";
import { askOnConditions } from "./ask.ts";
import type { Item, ItemKey, Table } from "./table.ts";

/** An item that counts its writes: `v` from 1, and `w`, the mark of its last write. */
export type VersionedItem = Item & ItemKey & { readonly v: { readonly N: string }; readonly w: { readonly B: Uint8Array } };

export type Compared = { readonly kind: "written" } | { readonly kind: "conflict"; readonly current: Item | null };

/** Enough that no two writes over the same version ever bear the same. */
const MARK_BYTES = 6;

export function versioned(key: ItemKey, version: number, content: Item): VersionedItem {
  return { ...key, v: { N: String(version) }, w: newMark(), ...content };
}

export function newMark(): { readonly B: Uint8Array } {
  return { B: randomBytes(MARK_BYTES) };
}

export function isSameMark(a: AttributeValue | undefined, b: AttributeValue | undefined): boolean {
  return a?.B !== undefined && b?.B !== undefined && Buffer.compare(a.B, b.B) === 0;
}

/**
 * Writes an item over the version expected, 0 where nothing stands. An attempt of which the answer was lost makes the next one fail its
 * condition: what stands then bears the mark of this very write.
 */
export async function compareAndSet(
  { client, name }: Table,
  item: VersionedItem,
  condition: Condition,
  call: Call,
): Promise<Result<Compared, StoreError>> {
  const put = new PutItemCommand({ TableName: name, Item: item, ...condition, ReturnValuesOnConditionCheckFailure: "ALL_OLD" });
  const sent = await askOnConditions(call, (options) => client.send(put, options));
  if (sent.isErr()) return err(sent.error);
  return ok(sent.value.kind === "done" ? { kind: "written" } : comparedWith(item, sent.value.refused[0]?.item ?? null));
}

export function comparedWith(item: VersionedItem, current: Item | null): Compared {
  return isSameWrite(item, current) ? { kind: "written" } : { kind: "conflict", current };
}

export function outcomeOf({ kind }: Compared): ReplaceOutcome {
  return { kind };
}

export interface Condition {
  readonly ConditionExpression: string;
  readonly ExpressionAttributeValues?: Item;
}

export function over(expectedVersion: number): Condition {
  if (expectedVersion === 0) return { ConditionExpression: "attribute_not_exists(p)" };
  return { ConditionExpression: "v = :v", ExpressionAttributeValues: { ":v": { N: String(expectedVersion) } } };
}

export function versionOf(item: Item): number {
  return Number(item["v"]?.N);
}

function isSameWrite(item: VersionedItem, current: Item | null): boolean {
  return current?.["v"]?.N === item.v.N && isSameMark(current["w"], item.w);
}
