import { randomUUID } from "node:crypto";
import { createDynamoDbStore } from "@bg-ingest/store-dynamodb";
import { inject } from "vitest";
import { findPrivateBroker } from "../../../bus-rabbitmq/test/broker.ts";
import { readEventLog } from "../../../bus-rabbitmq/test/event-log.ts";
import { readSources } from "../kill/stored-days.ts";
import { newDataDir } from "../running-host.ts";
import { startDatedProxy } from "./dated-proxy.ts";
import type { OpenEngines } from "./engines-under-test.ts";

const calm = { signal: new AbortController().signal };

/** As long as can be: in a time that runs fast even that is soon over. */
const HEARTBEAT_SECONDS = "60";

/** A broker and a table of one's own; `null` where there is no DynamoDB or no RabbitMQ, which is said aloud. */
export async function findReplicaEngines(): Promise<{ readonly open: OpenEngines; end(): Promise<void> } | null> {
  const dynamoDb = inject("dynamoDbEndpoint");
  if (dynamoDb === null) return null;
  const broker = await findPrivateBroker();
  if (broker === null) return null;
  const open: OpenEngines = async (nowMs) => {
    const proxy = await startDatedProxy(dynamoDb, nowMs);
    const table = `test-${randomUUID()}`;
    const credentials = { accessKeyId: "local", secretAccessKey: "local" };
    const store = createDynamoDbStore({ table, region: "us-east-1", endpoint: dynamoDb, credentials });
    return {
      environment: {
        DATA_DIR: newDataDir(),
        DYNAMODB_ENDPOINT: proxy.endpoint,
        DYNAMODB_TABLE: table,
        RABBITMQ_URL: broker.url,
        HEARTBEAT_SECONDS,
      },
      readStore: () => readSources(store),
      readEvents: async () => (await readEventLog(broker.url, "bg")).map(({ id }) => id),
      confirmsInFlight: 256,
      replicas: async () =>
        (await store.replicaRegister.announced(calm)).map(({ beats }) => beats.map(({ replica }) => replica)).unwrapOr([]),
      close: async () => {
        await store.close();
        await proxy.close();
      },
    };
  };
  return { open, end: () => broker.end() };
}
