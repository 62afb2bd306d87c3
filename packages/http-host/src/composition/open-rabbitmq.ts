import type { RabbitMqConfig } from "@bg-ingest/bus-rabbitmq";
import type { DeliveryIds, WorkQueue } from "@bg-ingest/core";
import type { Result } from "neverthrow";
import type { Settings } from "../settings/settings-schema.ts";
import type { Bus, EngineDeps, EnginesRefused } from "./engines.ts";

/** Where development looks without being told. */
const LOCAL_URL = "amqp://guest:guest@localhost:5672";

/** A delivery waits while its source is being polled; so many sources may hang before somebody else's delivery waits too. */
const PARALLEL_DELIVERIES = 32;

interface Opened extends Bus {
  close(): Promise<void>;
}

/** Nothing is connected yet: a broker that is away keeps no service from starting. */
export async function openRabbitMqEvents({ settings }: EngineDeps): Promise<Result<Opened, EnginesRefused>> {
  const { createRabbitMqEvents } = await import("@bg-ingest/bus-rabbitmq");
  return createRabbitMqEvents(configOf(settings)).map(({ bus: events, check, close }) => ({ events, check, close }));
}

/** The bus and the queue of deliveries. */
export async function openRabbitMq(
  { settings, time, logger }: EngineDeps,
  deliveryIds: DeliveryIds,
): Promise<Result<{ readonly bus: Bus; readonly queue: WorkQueue; close(): Promise<void> }, EnginesRefused>> {
  const { createRabbitMqBus } = await import("@bg-ingest/bus-rabbitmq");
  const created = createRabbitMqBus(configOf(settings), { deliveryIds, logger, time });
  return created.map(({ bus: events, check, queue, close }) => ({ bus: { events, check }, queue, close }));
}

function configOf({ rabbitmqUrl: url = LOCAL_URL, rabbitmqNamespace: namespace }: Settings): RabbitMqConfig {
  return { url, parallelDeliveries: PARALLEL_DELIVERIES, ...(namespace === undefined ? {} : { namespace }) };
}
