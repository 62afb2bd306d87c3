import { createHash } from "node:crypto";
import type { Call, Clock, DeliveryIds, SourceId, StoreError } from "@bg-ingest/core";
import { err, type Result } from "neverthrow";
import { deliveriesOf, deliveryKeyOf, keyIn } from "./item-keys.ts";
import { deleteItems, getItem, putItems } from "./items.ts";
import { collect, query } from "./query.ts";
import { EXPIRY_ATTRIBUTE, type Item, type Table } from "./table.ts";

const WEEK_SECONDS = 7 * 86_400;
/** DynamoDB deletes by its own clock, to which that of the service may not agree. */
const OVER_FOR_SURE_SECONDS = WEEK_SECONDS + 86_400;

/** A delivery is one item, put whole: a put of which the answer was lost is put once more and changes nothing. */
export function createDynamoDbDeliveryIds(table: Table, clock: Pick<Clock, "nowMs">): DeliveryIds {
  return {
    isKnown: (sourceId, id, call) =>
      getItem(table, deliveryKeyOf(sourceId, digestOf(id)), call).map((item) => item !== null && isWithinTheWeek(item, clock.nowMs())),
    note: (sourceId, id, call) => putItems(table, [itemOf(sourceId, id, clock.nowMs())], call),
    eraseSource: (sourceId, call) => eraseSource(table, sourceId, call),
  };
}

function itemOf(sourceId: SourceId, id: string, nowMs: number): Item {
  return {
    ...deliveryKeyOf(sourceId, digestOf(id)),
    notedAtMs: { N: String(Math.floor(nowMs)) },
    [EXPIRY_ATTRIBUTE]: { N: String(Math.ceil(Date.now() / 1000) + OVER_FOR_SURE_SECONDS) },
  };
}

function isWithinTheWeek(item: Item, nowMs: number): boolean {
  return nowMs - Number(item["notedAtMs"]?.N) < WEEK_SECONDS * 1000;
}

async function eraseSource(table: Table, sourceId: SourceId, call: Call): Promise<Result<void, StoreError>> {
  const reading = { ConsistentRead: true, ProjectionExpression: "p, s", firstPage: null };
  const noted = await collect(query(table, deliveriesOf(sourceId), reading, call));
  return noted.isErr() ? err(noted.error) : deleteItems(table, noted.value.map(keyIn), call);
}

/** Senders choose their ids; a sort key takes 1,024 bytes. */
function digestOf(id: string): string {
  return createHash("sha256").update(id).digest("hex");
}
