import { describe, expect, it } from "vitest";
import type { DeliveryContent } from "../src/index.ts";
import { call, connectMock, demoCredentials, fetched, HOUR, NOW, spanBefore } from "./mock-setup.ts";

const SECRET = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
const OTHER_SECRET = `whsec_${Buffer.alloc(32, 8).toString("base64")}`;

async function delivered(content: DeliveryContent, options: Parameters<typeof connectMock>[0] = {}) {
  const connected = connectMock(options);
  const delivery = (await connected.world.signDelivery({ account: "demo", secret: SECRET, content }))._unsafeUnwrap();
  return { ...connected, ...delivery, headers: { ...delivery.headers } as Record<string, string | undefined> };
}

describe("a delivery", () => {
  it("of readings brings what a poll of the span brings", async () => {
    const span = spanBefore(NOW, HOUR);
    const { mock, headers, body } = await delivered({ kind: "readings", span }, { faults: { null_values: 0.5 } });
    expect((await mock.webhook.verify({ headers, body }, SECRET, call))._unsafeUnwrap()).toEqual({
      kind: "delivery",
      id: headers["webhook-id"],
      signedAt: NOW,
    });
    const content = mock.webhook.read(body)._unsafeUnwrap();
    expect(content).toMatchObject({ kind: "readings", page: await fetched(mock, span) });
    expect(content.kind === "readings" && content.page.accountId).toMatch(/^acct-/);
  });

  it("may say only that something has changed", async () => {
    const { mock, headers, body } = await delivered({ kind: "changed" });
    expect((await mock.webhook.verify({ headers, body }, SECRET, call))._unsafeUnwrap().kind).toBe("delivery");
    expect(mock.webhook.read(body)._unsafeUnwrap()).toEqual({ kind: "changed" });
  });

  it("may be a challenge, which gets its reply", async () => {
    const { mock, headers, body } = await delivered({ kind: "challenge", challenge: 'are you "there"?' });
    expect((await mock.webhook.verify({ headers, body }, SECRET, call))._unsafeUnwrap()).toEqual({
      kind: "challenge",
      contentType: "text/plain",
      reply: 'are you "there"?',
    });
    expect(mock.webhook.read(body)._unsafeUnwrapErr().kind).toBe("stop");
  });

  it.each([
    ["signed for another source", OTHER_SECRET, 0, "signature_wrong"],
    ["from too long ago", SECRET, 301, "timestamp_outside_tolerance"],
  ])("%s is refused", async (_, secret, seconds, reason) => {
    const { mock, time, headers, body } = await delivered({ kind: "changed" });
    time.pass(seconds * 1000);
    expect((await mock.webhook.verify({ headers, body }, secret, call))._unsafeUnwrapErr()).toMatchObject({ kind: "refused", reason });
  });

  it("that was altered is refused", async () => {
    const { mock, headers, body } = await delivered({ kind: "changed" });
    const altered = body.with(5, 120);
    expect((await mock.webhook.verify({ headers, body: altered }, SECRET, call))._unsafeUnwrapErr()).toMatchObject({
      reason: "signature_wrong",
    });
    const unsigned = { "webhook-id": headers["webhook-id"] };
    expect((await mock.webhook.verify({ headers: unsigned, body }, SECRET, call))._unsafeUnwrapErr()).toMatchObject({
      reason: "signature_missing",
    });
  });

  it.each(["", "<html>", "null", '{"type":"something.else"}', '{"type":"readings.recorded"}'])(
    "whose body reads %s is not taken",
    async (text) => {
      const { mock } = connectMock();
      expect(mock.webhook.read(new TextEncoder().encode(text))._unsafeUnwrapErr().kind).toBe("stop");
    },
  );

  it("bears one id for all attempts at it, and others another", async () => {
    const first = await delivered({ kind: "changed" });
    const again = await delivered({ kind: "changed" });
    const other = await delivered({ kind: "readings", span: spanBefore(NOW, HOUR) });
    expect(again.headers["webhook-id"]).toBe(first.headers["webhook-id"]);
    expect(other.headers["webhook-id"]).not.toBe(first.headers["webhook-id"]);
  });
});

describe("a subscription", () => {
  it("is kept by the vendor until it is ended", async () => {
    const { world, mock } = connectMock();
    const credentials = await demoCredentials(mock);
    const callbackUrl = new URL("https://example.org/hook?a=1&b=2");
    expect((await mock.webhook.subscribe?.(credentials, callbackUrl, SECRET, call))?.isOk()).toBe(true);
    expect(world.subscriptionOf("demo")).toEqual({ callbackUrl: callbackUrl.href, secret: SECRET });
    expect((await mock.webhook.unsubscribe?.(credentials, callbackUrl, call))?.isOk()).toBe(true);
    expect(world.subscriptionOf("demo")).toBeUndefined();
  });

  it("is refused to whoever has no access", async () => {
    const { world, mock } = connectMock();
    const credentials = await demoCredentials(mock);
    world.revoke("demo");
    const answer = await mock.webhook.subscribe?.(credentials, new URL("https://example.org/hook"), SECRET, call);
    expect(answer?._unsafeUnwrapErr().kind).toBe("reconnect");
  });
});
