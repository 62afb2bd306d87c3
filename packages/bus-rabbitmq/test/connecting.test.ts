import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { type AddressInfo, connect as connectTcp } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createServer } from "node:tls";
import { inspect, promisify } from "node:util";
import type { BusError } from "@bg-ingest/core";
import { createMemoryDeliveryIds } from "@bg-ingest/core/testing";
import fc from "fast-check";
import { afterAll, describe, expect, it, onTestFinished } from "vitest";
import { createRabbitMqBus, createRabbitMqEvents, type RabbitMqConfig } from "../src/index.ts";
import { mapAmqpError } from "../src/map-amqp-error.ts";
import { parseRabbitMqUrl } from "../src/rabbitmq-url.ts";
import { asIfThere, findBroker, ownNamespace, through } from "./broker.ts";
import { calm, eventOf } from "./samples.ts";
import { startTcpProxy } from "./tcp-proxy.ts";

const broker = await findBroker();
afterAll(() => broker?.end());

const SECRET = "s3cr3t-of-the-broker";

function open(config: RabbitMqConfig, logged: unknown[] = []) {
  const log = (...line: unknown[]) => void logged.push(line);
  const logger = { debug: log, info: log, warn: log, error: log };
  const deps = { deliveryIds: createMemoryDeliveryIds({ nowMs: Date.now }), logger };
  const rabbit = createRabbitMqBus({ deadlineMs: 2_000, ...config }, deps)._unsafeUnwrap();
  onTestFinished(() => rabbit.close());
  return rabbit;
}

/** Everything that hangs on it, however deep. */
const shown = (value: unknown) =>
  inspect(value, { depth: Number.POSITIVE_INFINITY, showHidden: true, getters: true, maxStringLength: null });

async function publishedTo(config: RabbitMqConfig): Promise<BusError | null> {
  const answer = await open(config).bus.publish([eventOf("source0001", 1)], calm);
  return answer.isErr() ? answer.error : null;
}

describe.skipIf(broker === null)("whether the broker answers", () => {
  it("is told, and told anew once it does", async () => {
    const { url } = asIfThere(broker);
    const proxy = await startTcpProxy(url);
    onTestFinished(() => proxy.close());
    const rabbit = open({ url: through(proxy.port, url), namespace: ownNamespace(url, 0) });
    expect((await rabbit.check(calm)).isOk()).toBe(true);
    proxy.refuse(true);
    proxy.drop();
    await expect.poll(async () => (await rabbit.check(calm)).isOk(), { interval: 50 }).toBe(false);
    expect((await rabbit.check(calm))._unsafeUnwrapErr().message).toContain("RabbitMQ");
    proxy.refuse(false);
    await expect.poll(async () => (await rabbit.check(calm)).isOk(), { interval: 50 }).toBe(true);
    expect((await rabbit.check({ signal: AbortSignal.abort() })).isErr()).toBe(true);
  });

  it("and the bus alone, without the queue, does what the whole does", async () => {
    const { url } = asIfThere(broker);
    const events = createRabbitMqEvents({ url, namespace: ownNamespace(url, 0) })._unsafeUnwrap();
    onTestFinished(() => events.close());
    expect((await events.bus.publish([eventOf("source0001", 1)], calm)).isOk()).toBe(true);
    expect((await events.check(calm)).isOk()).toBe(true);
    await events.close();
    expect((await events.check(calm))._unsafeUnwrapErr().kind).toBe("stop");
  });
});

describe("the URL", () => {
  it.each([
    ["amqp://broker", { protocol: "amqp", hostname: "broker", port: 5672, username: "guest", password: "guest", vhost: "" }],
    ["amqps://u:p%40%2F@[::1]:99/a%2Fb", { protocol: "amqps", hostname: "::1", port: 99, username: "u", password: "p@/", vhost: "a%2Fb" }],
    ["amqps://u@broker/", { protocol: "amqps", port: 5671, username: "u", password: "", vhost: "" }],
  ])("%s is understood", (url, place) => {
    expect(parseRabbitMqUrl(url)._unsafeUnwrap()).toMatchObject(place);
  });

  it.each([
    "",
    "broker:5672",
    `http://bg:${SECRET}@broker`,
    `amqp://bg:${SECRET}@`,
    `amqp://bg:${SECRET}@host:port/x`,
    `amqp://bg:${SECRET}%zz@host`,
    `amqp://bg:${SECRET}@host?heartbeat=1`,
  ])("a wrong one is refused with the form that is right, and never quoted", (url) => {
    const refused = parseRabbitMqUrl(url)._unsafeUnwrapErr();
    expect(refused.message).toContain("RABBITMQ_URL");
    expect(shown(refused)).not.toContain(SECRET);
  });

  it("is read or refused, whatever it is", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.webUrl({ validSchemes: ["amqp", "amqps"] })), (url) => void parseRabbitMqUrl(url).isOk()),
    );
  });

  it("confirms in flight are bounded", () => {
    for (const confirmsInFlight of [0, 2_001, 1.5, Number.NaN]) {
      const created = createRabbitMqBus(
        { url: "amqp://broker", confirmsInFlight },
        { deliveryIds: createMemoryDeliveryIds({ nowMs: Date.now }) },
      );
      expect(created._unsafeUnwrapErr().message).toContain("2000");
    }
  });
});

describe("an error of the client library", () => {
  it.each([
    [Object.assign(new Error("Operation failed"), { code: 403 }), "stop"],
    [Object.assign(new Error("Operation failed"), { code: 406 }), "stop"],
    [Object.assign(new Error("Operation failed"), { code: 404 }), "retry"],
    [Object.assign(new Error("Operation failed"), { code: 405 }), "retry"],
    [new Error('Handshake terminated by server: 403 (ACCESS-REFUSED) with message "…"'), "stop"],
    [new Error('Handshake terminated by server: 530 (NOT-ALLOWED) with message "…"'), "stop"],
    [Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" }), "retry"],
    ["odd", "retry"],
  ])("%s: %s", (cause, kind) => {
    expect(mapAmqpError(cause)).toMatchObject({ kind, cause });
  });
});

it.each(["", "configured "])("a message that is too large is said to be, and nobody is told to delete a queue for it", (word) => {
  const text = `Channel closed by server: 406 (PRECONDITION-FAILED) with message "PRECONDITION_FAILED - message size 20000000 is larger than ${word}max size 16777216"`;
  const error = mapAmqpError(Object.assign(new Error(text), { code: 406 }));
  expect(error).toMatchObject({ kind: "stop", message: expect.stringContaining("WEBHOOK_BODY_LIMIT_BYTES") });
  expect(error.message).not.toMatch(/delete/i);
});

it("a broker that is not there is said to be away, without a word of the password", async () => {
  const logged: unknown[] = [];
  const { bus, queue } = open({ url: `amqp://bg:${SECRET}@127.0.0.1:1/bg` }, logged);
  const consumption = queue.consume(async () => ({ kind: "done" }));
  const answers = [await bus.publish([eventOf("source0001", 1)], calm), await queue.depth(calm)];
  for (const answer of answers) expect(answer._unsafeUnwrapErr()).toMatchObject({ kind: "retry", retryAfterMs: expect.any(Number) });
  await consumption.stop();
  expect(logged.length).toBeGreaterThan(0);
  expect(shown([answers, logged])).not.toContain(SECRET);
});

describe.skipIf(broker === null)("at a broker", () => {
  const { url } = asIfThere(broker);

  it("a wrong password is a matter for whoever set it, and is not repeated to anybody", async () => {
    const refused = await publishedTo({ url: `amqp://guest:${SECRET}@${new URL(url).host}/` });
    expect(refused).toMatchObject({ kind: "stop", message: expect.stringContaining("RABBITMQ_URL") });
    expect(shown(refused)).not.toContain(SECRET);
  });

  it("a virtual host that there is not is said to be so", async () => {
    expect(await publishedTo({ url: `${url}/nowhere` })).toMatchObject({ kind: "stop", message: expect.stringContaining("virtual host") });
  });

  it("a broker that ends a connection in the packet that opens it ends no process", async () => {
    const proxy = await startTcpProxy(url);
    onTestFinished(() => proxy.close());
    const { bus } = open({ url: through(proxy.port, url), namespace: ownNamespace(url, 0) });
    const publish = () => bus.publish([eventOf("source0001", 1)], calm);
    expect((await publish()).isOk()).toBe(true);
    for (const replyCode of [320, 541]) {
      proxy.alter((bytes) => (bytes.includes(OPEN_OK) ? Buffer.concat([bytes, closeFrame(replyCode)]) : bytes));
      proxy.drop();
      expect((await publish())._unsafeUnwrapErr().kind).toBe("retry");
      proxy.alter((bytes) => bytes);
      while ((await publish()).isErr()) await sleep(50);
    }
  });

  it("TLS is spoken, and a certificate of an authority nobody knows is refused", async () => {
    const { key, cert } = await selfSigned();
    const proxy = await startTcpProxy(url);
    const tls = createServer({ key, cert }, (client) => {
      const target = connectTcp(proxy.port, "127.0.0.1");
      for (const socket of [client, target]) socket.on("error", () => undefined);
      client.pipe(target).pipe(client);
    });
    await new Promise<void>((resolve) => tls.listen(0, "127.0.0.1", resolve));
    onTestFinished(async () => {
      await proxy.close();
      tls.close();
    });
    const secure = new URL(url);
    secure.protocol = "amqps:";
    secure.hostname = "localhost";
    secure.port = String((tls.address() as AddressInfo).port);
    const config = { url: secure.href, namespace: ownNamespace(url, 0) };
    expect(await publishedTo({ ...config, tls: { ca: cert } })).toBeNull();
    expect(await publishedTo(config)).toMatchObject({ kind: "retry", cause: { code: "DEPTH_ZERO_SELF_SIGNED_CERT" } });
  });
});

/** Class 10, method 41: the connection is open. */
const OPEN_OK = Buffer.from([0, 10, 0, 41]);

/** Class 10, method 50, on channel 0, with an empty text and no culprit. */
function closeFrame(replyCode: number): Buffer {
  const payload = Buffer.from([0, 10, 0, 50, replyCode >> 8, replyCode & 255, 0, 0, 0, 0, 0]);
  return Buffer.concat([Buffer.from([1, 0, 0, 0, 0, 0, payload.length]), payload, Buffer.from([0xce])]);
}

async function selfSigned(): Promise<{ readonly key: string; readonly cert: string }> {
  const dir = mkdtempSync(join(tmpdir(), "bg-ingest-tls-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const words =
    "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout key.pem -out cert.pem -days 2 -subj /CN=localhost";
  await promisify(execFile)("openssl", [...words.split(" "), "-addext", "subjectAltName=DNS:localhost"], { cwd: dir });
  return { key: readFileSync(join(dir, "key.pem"), "utf8"), cert: readFileSync(join(dir, "cert.pem"), "utf8") };
}
