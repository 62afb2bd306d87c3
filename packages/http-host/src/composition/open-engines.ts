import { err, ok, type Result } from "neverthrow";
import type { EngineDeps, Engines, EnginesRefused } from "./engines.ts";
import { openKeysInFolder } from "./open-api-keys.ts";
import { openDynamoDb } from "./open-dynamodb.ts";
import { openRabbitMq, openRabbitMqEvents } from "./open-rabbitmq.ts";
import { openSqlite } from "./open-sqlite.ts";

/** Opens the engines that the settings name; nothing of the others is even loaded. */
export async function openEngines(deps: EngineDeps): Promise<Result<Engines, EnginesRefused>> {
  switch (deps.settings.store) {
    case "sqlite":
      return overSqlite(deps);
    case "dynamodb":
      return overDynamoDb(deps);
  }
}

async function overSqlite(deps: EngineDeps): Promise<Result<Engines, EnginesRefused>> {
  const sqlite = await openSqlite(deps);
  if (sqlite.isErr()) return err(sqlite.error);
  const { isNew: isFirstStart, ...opened } = sqlite.value;
  const keys = await openKeysInFolder(deps.settings.dataDir);
  if (keys.isErr()) {
    await opened.close();
    return err(keys.error);
  }
  const store = { ...opened, apiKeys: keys.value.apiKeys, isExclusive: true };
  const close = inTurn(keys.value.close, opened.close);
  if (deps.settings.bus === "memory") return ok({ store, bus: null, register: null, isFirstStart, close });
  const events = await openRabbitMqEvents(deps);
  if (events.isOk()) return ok({ store, bus: events.value, register: null, isFirstStart, close: inTurn(events.value.close, close) });
  await close();
  return err(events.error);
}

async function overDynamoDb(deps: EngineDeps): Promise<Result<Engines, EnginesRefused>> {
  const dynamoDb = await openDynamoDb(deps);
  if (dynamoDb.isErr()) return err(dynamoDb.error);
  const { deliveryIds, replicaRegister, close, ...kept } = dynamoDb.value;
  const around = deps.settings.bus === "memory" ? await queueOnDisk(deps) : await openRabbitMq(deps, deliveryIds);
  if (around.isOk()) {
    const { queue, bus } = around.value;
    const store = { ...kept, queue, isExclusive: false };
    return ok({ store, bus, register: replicaRegister, isFirstStart: false, close: inTurn(around.value.close, close) });
  }
  await close();
  return err(around.error);
}

/** Deliveries are durable in development too: they wait in a file of their own. */
async function queueOnDisk(deps: EngineDeps) {
  const sqlite = await openSqlite(deps);
  return sqlite.map(({ queue, close }) => ({ queue, bus: null, close }));
}

function inTurn(first: () => Promise<void>, second: () => Promise<void>): () => Promise<void> {
  return async () => {
    try {
      await first();
    } finally {
      await second();
    }
  };
}
