export type { BusTime } from "./bus-time.ts";
export type { TlsFiles } from "./connect-amqplib.ts";
export { createRabbitMqBus, type RabbitMq, type RabbitMqConfig, type RabbitMqDeps } from "./create-rabbitmq-bus.ts";
export type { RabbitMqRefused } from "./rabbitmq-url.ts";
