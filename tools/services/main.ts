import { once } from "node:events";
import { startDynamoDbLocal } from "./dynamodb-local.ts";
import { startPrivateRabbitMq } from "./rabbitmq.ts";

/** What the service and its tests need beside themselves, on this machine, until it is stopped. */
const DYNAMODB_PORT = 8_000;

const dynamoDb = await startDynamoDbLocal(DYNAMODB_PORT);
const broker = await startPrivateRabbitMq();
console.log("DynamoDB Local (in memory) and RabbitMQ are up, until Ctrl-C. For .env, or in front of a command:");
console.log(`DYNAMODB_ENDPOINT=${dynamoDb.endpoint}`);
console.log(
  broker === null
    ? "# No RabbitMQ is installed here. On Debian: apt-get install --no-install-recommends rabbitmq-server"
    : `RABBITMQ_URL=${broker.url}`,
);
await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
await Promise.all([dynamoDb.stop(), broker?.end()]);
