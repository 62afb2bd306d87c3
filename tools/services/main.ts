import { once } from "node:events";
import { hasContainerEngine, startComposedServices } from "./compose.ts";
import { startDynamoDbLocal } from "./dynamodb-local.ts";
import { startPrivateRabbitMq } from "./rabbitmq.ts";

/** What the service and its tests need beside themselves, on this machine, until it is stopped: in containers where an engine runs, else installed ones. */
const DYNAMODB_PORT = 8_000;

// Containers are nobody's children: nothing else would keep this process.
const staying = setInterval(() => undefined, 60_000);
const ended = Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
const { dynamoDbEndpoint, rabbitMqUrl, stop } = hasContainerEngine() ? await startComposedServices() : await startInstalled();
console.log("DynamoDB Local and RabbitMQ are up, until Ctrl-C; nothing they hold outlives that. For .env, or in front of a command:");
console.log(`DYNAMODB_ENDPOINT=${dynamoDbEndpoint}`);
console.log(
  rabbitMqUrl === undefined
    ? "# No RabbitMQ is installed here. On Debian: apt-get install --no-install-recommends rabbitmq-server"
    : `RABBITMQ_URL=${rabbitMqUrl}`,
);
await ended;
clearInterval(staying);
await stop();

async function startInstalled() {
  const dynamoDb = await startDynamoDbLocal(DYNAMODB_PORT);
  const broker = await startPrivateRabbitMq();
  const stop = async () => void (await Promise.all([dynamoDb.stop(), broker?.end()]));
  return { dynamoDbEndpoint: dynamoDb.endpoint, rabbitMqUrl: broker?.url, stop };
}
