export type { BusTime } from "./bus-time.ts";
export type { TlsFiles } from "./connect-amqplib.ts";
export {
  createRabbitMqBus,
  createRabbitMqEvents,
  type RabbitMq,
  type RabbitMqConfig,
  type RabbitMqDeps,
  type RabbitMqEvents,
} from "./create-rabbitmq-bus.ts";
export type { RabbitMqRefused } from "./rabbitmq-url.ts";
