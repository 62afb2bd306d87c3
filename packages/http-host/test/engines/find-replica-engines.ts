import { randomUUID } from "node:crypto";
import { createDynamoDbStore } from "@bg-ingest/store-dynamodb";
import { inject } from "vitest";
import { deleteNamespace, findBroker } from "../../../bus-rabbitmq/test/broker.ts";
import { readEventLog } from "../../../bus-rabbitmq/test/event-log.ts";
import { readSources } from "../kill/stored-days.ts";
import { newDataDir } from "../running-host.ts";
import { startDatedProxy } from "./dated-proxy.ts";
import { HEARTBEAT_SECONDS, type OpenEngines } from "./engines-under-test.ts";

const calm = { signal: new AbortController().signal };

/** As the service has them. */
const PARTITIONS = 16;

/** A namespace at a broker and a table of one's own; `null` where there is no DynamoDB or no RabbitMQ, which is said aloud. */
export async function findReplicaEngines(): Promise<{ readonly open: OpenEngines; end(): Promise<void> } | null> {
  const dynamoDb = inject("dynamoDbEndpoint");
  if (dynamoDb === null) return null;
  const broker = await findBroker();
  if (broker === null) return null;
  const open: OpenEngines = async (nowMs, between = dynamoDb) => {
    const proxy = await startDatedProxy(between, nowMs);
    const table = `test-${randomUUID()}`;
    const namespace = `test.${randomUUID()}`;
    const credentials = { accessKeyId: "local", secretAccessKey: "local" };
    const store = createDynamoDbStore({ table, region: "us-east-1", endpoint: dynamoDb, credentials });
    return {
      environment: {
        DATA_DIR: newDataDir(),
        DYNAMODB_ENDPOINT: proxy.endpoint,
        DYNAMODB_TABLE: table,
        RABBITMQ_URL: broker.url,
        RABBITMQ_NAMESPACE: namespace,
        HEARTBEAT_SECONDS,
      },
      readStore: () => readSources(store),
      readEvents: async () => (await readEventLog(broker.url, namespace)).map(({ id }) => id),
      confirmsInFlight: 256,
      replicas: async () =>
        (await store.replicaRegister.announced(calm)).map(({ beats }) => beats.map(({ replica }) => replica)).unwrapOr([]),
      close: async () => {
        await store.close();
        await proxy.close();
        await deleteNamespace(broker.url, namespace, PARTITIONS);
      },
    };
  };
  return { open, end: () => broker.end() };
}
