import { randomBytes } from "node:crypto";
import { connect } from "amqplib";
import { onTestFinished } from "vitest";
import { type PrivateRabbitMq, startPrivateRabbitMq } from "../../../tools/services/rabbitmq.ts";

/** A broker for a file of tests, to be ended after them. `null` leaves the tests out, which is said aloud. */
export interface TestBroker {
  readonly url: string;
  end(): Promise<void>;
}

/** The one of `RABBITMQ_URL`, else a private one. */
export async function findBroker(): Promise<TestBroker | null> {
  const url = givenUrl();
  if (url === null) return findPrivateBroker();
  return { url, end: async () => undefined };
}

/** One that may be killed. Where there is none, and another one is given, only what kills is left out. */
export async function findPrivateBroker(): Promise<PrivateRabbitMq | null> {
  const broker = await startPrivateRabbitMq();
  if (broker !== null) return broker;
  if (givenUrl() !== null) {
    process.stderr.write(
      `\n*** LEFT OUT: tests that kill their broker; none is installed, and the one of RABBITMQ_URL is not ours. ***\n\n`,
    );
    return null;
  }
  if (process.env["BG_INGEST_REQUIRE_SERVICES"] === "1") throw new Error(`No RabbitMQ is installed, and it is required. ${ADVICE}`);
  process.stderr.write(`\n*** LEFT OUT: tests on RabbitMQ; none is installed. ${ADVICE} ***\n\n`);
  return null;
}

/** For suites that are left out: their tests are collected all the same, and none of them runs. */
export function asIfThere<Broker extends TestBroker>(broker: Broker | null): Broker {
  return broker ?? ({} as Broker);
}

function givenUrl(): string | null {
  const url = process.env["RABBITMQ_URL"];
  return url === undefined || url === "" ? null : url;
}

const ADVICE = "apt-get install --no-install-recommends rabbitmq-server, or name one by RABBITMQ_URL.";

/** The same broker through another port. */
export function through(port: number, url: string): string {
  const changed = new URL(url);
  changed.hostname = "127.0.0.1";
  changed.port = String(port);
  return changed.href;
}

/** Names that no other test uses, deleted when this one is over. */
export function ownNamespace(url: string, partitions: number): string {
  const namespace = `test.${randomBytes(6).toString("hex")}`;
  onTestFinished(() => deleteNamespace(url, namespace, partitions));
  return namespace;
}

/** Everything at a broker whose name begins with it. */
export async function deleteNamespace(url: string, namespace: string, partitions: number): Promise<void> {
  const connection = await connect(url);
  const channel = await connection.createChannel();
  const queues = [
    "events.log",
    "deliveries.set-apart",
    "deliveries.later",
    ...Array.from({ length: partitions }, (_, n) => `deliveries.${n}`),
  ];
  for (const queue of queues) await channel.deleteQueue(`${namespace}.${queue}`);
  for (const exchange of ["events", "deliveries.later"]) await channel.deleteExchange(`${namespace}.${exchange}`);
  await connection.close();
}
