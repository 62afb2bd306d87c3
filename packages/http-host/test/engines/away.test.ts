import { createServer } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { createHost } from "../../src/create-host.ts";
import { newDataDir, startHost } from "../running-host.ts";

/** Of this machine, where nobody listens. */
async function deserted(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return `127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
}

it("a service whose table cannot be reached does not start, and says where it looked", async () => {
  const place = await deserted();
  const created = await createHost({
    environment: { DATA_DIR: newDataDir(), DYNAMODB_ENDPOINT: `http://${place}`, DYNAMODB_TABLE: "readings", LOG_LEVEL: "silent" },
    envFile: "/dev/null",
    importModule: (name) => import(name),
  });
  const { message } = created._unsafeUnwrapErr();
  expect(message).toContain("STORE=dynamodb: The table readings could not be looked at.");
  expect(message).toContain(`http://${place}`);
});

it("a service whose broker is away starts, fetches, stores and serves, and says what is missing", async () => {
  const host = await startHost({ RABBITMQ_URL: `amqp://bg:canary-4711@${await deserted()}` });
  onTestFinished(() => host.stop());
  const ask = async (path: string, init?: RequestInit) => {
    const answer = await fetch(`${host.url}${path}`, init);
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };
  const headers = { "content-type": "application/json" };
  const connected = await ask("/api/connections/anna/mock", { method: "POST", body: JSON.stringify({ user: "anna" }), headers });
  expect(connected.status).toBe(201);
  await expect.poll(async () => (await ask("/api/bg/anna/latest")).status).toBe(200);

  const { status, body } = await ask("/readyz");
  expect(status).toBe(200);
  expect(body["checks"]).toEqual([
    { name: "store", ok: true, message: null },
    { name: "schedule", ok: true, message: null },
    { name: "cluster", ok: true, message: null },
    { name: "bus", ok: false, message: expect.stringMatching(/^RabbitMQ cannot be reached/) },
  ]);
  expect(JSON.stringify(body)).not.toContain("canary-4711");
});
