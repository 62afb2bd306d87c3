import { once } from "node:events";
import { startDynamoDbLocal } from "./dynamodb-local.ts";

/** What the service and its tests need beside themselves, on this machine, until it is stopped. */
const DYNAMODB_PORT = 8_000;

const dynamoDb = await startDynamoDbLocal(DYNAMODB_PORT);
console.log(`DynamoDB Local is up, in memory: DYNAMODB_ENDPOINT=${dynamoDb.endpoint}\nCtrl-C stops it.`);
await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
await dynamoDb.stop();
