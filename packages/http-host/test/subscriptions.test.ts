import { createMockProvider, createMockWorld } from "@bg-ingest/provider-mock";
import { afterEach, expect, it } from "vitest";
import { createHost } from "../src/create-host.ts";
import type { Host } from "../src/host.ts";
import { newDataDir } from "./running-host.ts";

const PUBLIC_URL = "http://localhost:5001";

/** Far longer than a busy machine takes. */
const soon = { timeout: 30_000 };

let running: Host | null = null;

afterEach(async () => {
  await running?.stop();
  running = null;
});

/** A service whose vendor can be asked to call, and the vendor. */
async function start(environment: Readonly<Record<string, string>>) {
  const world = createMockWorld({ clock: { nowMs: () => Date.now() } });
  const created = await createHost({
    environment: { DATA_DIR: newDataDir(), PORT: "0", DEMO: "off", LOG_LEVEL: "silent", ...environment },
    envFile: "/dev/null",
    importModule: (name) => import(name),
    providers: [createMockProvider({ world })],
  });
  running = created._unsafeUnwrap();
  const { url } = (await running.start())._unsafeUnwrap();
  const ask = async (method: "GET" | "POST" | "DELETE", path: string, body?: object) => {
    const headers = body === undefined ? {} : { "content-type": "application/json" };
    const answer = await fetch(`${url}${path}`, { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) });
    expect(answer.status, await answer.clone().text()).toBeLessThan(300);
    return answer;
  };
  const connect = async () => {
    const answer = await ask("POST", "/api/connections/anna/mock", { user: "anna" });
    return (await answer.json()) as { readonly webhook: { readonly url: string; readonly secret: string } };
  };
  const push = async () => {
    const answer = (await (await ask("GET", "/api/connections/anna")).json()) as {
      readonly connections: readonly { readonly push: object | null }[];
    };
    return (answer.connections[0]?.push ?? {}) as { readonly state?: string };
  };
  return { world, ask, connect, push };
}

it("the vendor is asked to call while somebody is connected, and no longer", async () => {
  const { world, ask, connect, push } = await start({ PUBLIC_URL });
  const { webhook } = await connect();
  await expect.poll(() => world.subscriptionOf("anna"), soon).toEqual({ callbackUrl: webhook.url, secret: webhook.secret });
  await expect.poll(async () => (await push()).state, soon).toBe("on");
  expect(webhook.url).toBe(`${PUBLIC_URL}/api/bg/anna/webhook/mock`);
  await ask("DELETE", "/api/connections/anna/mock");
  expect(world.subscriptionOf("anna")).toBeUndefined();
  const again = await connect();
  expect(again.webhook.secret).not.toBe(webhook.secret);
  await expect.poll(() => world.subscriptionOf("anna"), soon).toEqual({ callbackUrl: webhook.url, secret: again.webhook.secret });
});

it("the vendor is told to call no more when somebody is erased", async () => {
  const { world, ask, connect } = await start({ PUBLIC_URL });
  await connect();
  await expect.poll(() => world.subscriptionOf("anna"), soon).toBeDefined();
  await ask("DELETE", "/api/bg/anna");
  expect(world.subscriptionOf("anna")).toBeUndefined();
});

it("a vendor that is in trouble keeps nobody from connecting, disconnecting and being erased", async () => {
  const { world, ask, connect } = await start({ PUBLIC_URL });
  await connect();
  await expect.poll(() => world.subscriptionOf("anna"), soon).toBeDefined();
  world.faults.switchOn("server_errors", 1);
  await ask("DELETE", "/api/connections/anna/mock");
  await ask("DELETE", "/api/bg/anna");
  expect(world.subscriptionOf("anna")).toBeDefined();
});

it("without an address by which others reach the service, no vendor is asked to call", async () => {
  const { world, connect, push } = await start({});
  await connect();
  expect(await push()).toEqual({});
  expect(world.subscriptionOf("anna")).toBeUndefined();
});
