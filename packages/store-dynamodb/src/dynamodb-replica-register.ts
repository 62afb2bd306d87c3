import { DeleteItemCommand, PutItemCommand, QueryCommand } from "@aws-sdk/client-dynamodb";
import type { Announced, Call, ReplicaBeat, ReplicaRegister, ShardNotice, StoreError } from "@bg-ingest/core";
import { err, ok, type Result } from "neverthrow";
import { ask, askOnConditions } from "./ask.ts";
import { REPLICAS, replicaKeyOf, sortKeyIn } from "./item-keys.ts";
import { EXPIRY_ATTRIBUTE, type Item, type Table } from "./table.ts";
import { listenForTime } from "./told-time.ts";

/** What nobody takes out any more, because no replica is left, DynamoDB deletes. */
const FORGOTTEN_AFTER_SECONDS = 86_400;

export function createDynamoDbReplicaRegister(table: Table): ReplicaRegister {
  return {
    announce: (beat, call) => announce(table, beat, call),
    announced: (call) => announced(table, call),
    remove: (replica, beat, call) => remove(table, replica, beat, call),
  };
}

async function announce({ client, name }: Table, beat: ReplicaBeat, call: Call): Promise<Result<number | null, StoreError>> {
  const put = new PutItemCommand({ TableName: name, Item: itemOf(beat), ReturnValues: "ALL_OLD" });
  const sent = await askOnConditions(call, (options) => client.send(put, options));
  return sent.map((done) =>
    done.kind === "done" && done.output.Attributes !== undefined ? Number(done.output.Attributes["beat"]?.N) : null,
  );
}

function itemOf({ replica, beat, notices }: ReplicaBeat): Item {
  const deletableAt = Math.ceil(Date.now() / 1000) + FORGOTTEN_AFTER_SECONDS;
  return {
    ...replicaKeyOf(replica),
    beat: { N: String(beat) },
    notices: { S: notices.map((notice) => `${notice.shard}@${notice.beat}`).join(" ") },
    [EXPIRY_ATTRIBUTE]: { N: String(deletableAt) },
  };
}

function beatIn(item: Item): ReplicaBeat {
  const words = (item["notices"]?.S ?? "").split(" ").filter((word) => word !== "");
  return { replica: sortKeyIn(item), beat: Number(item["beat"]?.N), notices: words.map(noticeIn) };
}

function noticeIn(word: string): ShardNotice {
  const [shard, beat] = word.split("@").map(Number);
  return { shard: shard ?? 0, beat: beat ?? 0 };
}

const NO_TIME: StoreError = {
  kind: "stop",
  message: "DynamoDB answers without a Date header: replicas cannot hold their clocks against it.",
};

/** One page: it has room for thousands of replicas. */
async function announced({ client, name }: Table, call: Call): Promise<Result<Announced, StoreError>> {
  const query = new QueryCommand({
    TableName: name,
    KeyConditionExpression: "p = :p",
    ExpressionAttributeValues: { ":p": { S: REPLICAS } },
    ConsistentRead: true,
  });
  const toldTime = listenForTime(query);
  const answered = await ask(call, (options) => client.send(query, options));
  if (answered.isErr()) return err(answered.error);
  const moment = toldTime();
  return moment === null ? err(NO_TIME) : ok({ beats: (answered.value.Items ?? []).map(beatIn), moment });
}

async function remove({ client, name }: Table, replica: string, beat: number, call: Call): Promise<Result<"out" | "stays", StoreError>> {
  const command = new DeleteItemCommand({
    TableName: name,
    Key: replicaKeyOf(replica),
    ConditionExpression: "attribute_not_exists(p) OR beat <= :beat",
    ExpressionAttributeValues: { ":beat": { N: String(beat) } },
  });
  const sent = await askOnConditions(call, (options) => client.send(command, options));
  return sent.map(({ kind }) => (kind === "done" ? "out" : "stays"));
}
