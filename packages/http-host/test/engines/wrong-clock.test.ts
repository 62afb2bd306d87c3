import { randomUUID } from "node:crypto";
import { expect, inject, it, onTestFinished } from "vitest";
import { startApplication } from "../application.ts";
import { startDatedProxy } from "./dated-proxy.ts";

const dynamoDb = inject("dynamoDbEndpoint");

interface Readiness {
  readonly status: number;
  readonly cluster: { readonly ok: boolean; readonly message: string | null } | undefined;
}

async function readinessOf(url: string): Promise<Readiness | null> {
  const answer = await fetch(`${url}/readyz`).catch(() => null);
  if (answer === null) return null;
  const { checks } = (await answer.json()) as {
    readonly checks?: readonly { readonly name: string; ok: boolean; message: string | null }[];
  };
  return { status: answer.status, cluster: checks?.find(({ name }) => name === "cluster") };
}

it.skipIf(dynamoDb === null).each([
  ["behind", 90_000],
  ["ahead of", -90_000],
] as const)(
  "a service whose clock is 90 s %s the store's is not ready and says so, and is once its clock is right",
  async (words, offMs) => {
    let gapMs: number = offMs;
    const proxy = await startDatedProxy(dynamoDb as string, () => Date.now() + gapMs);
    onTestFinished(() => proxy.close());
    const { url, complaints } = await startApplication({
      DYNAMODB_ENDPOINT: proxy.endpoint,
      DYNAMODB_TABLE: `test-${randomUUID()}`,
      HEARTBEAT_SECONDS: "1",
      LOG_LEVEL: "silent",
    });
    const within = { timeout: 120_000, interval: 200 };
    await expect
      .poll(async () => (await readinessOf(url))?.cluster?.message, within)
      .toMatch(new RegExp(`^This machine's clock is \\d+ s ${words} the store's\\. Set it right \\(NTP\\)`));
    expect(await readinessOf(url), complaints()).toMatchObject({ status: 503, cluster: { ok: false } });
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    gapMs = 0;
    await expect.poll(() => readinessOf(url), within).toMatchObject({ status: 200, cluster: { ok: true, message: null } });
  },
  300_000,
);
