import { describe, expect, it } from "vitest";
import type { Instant } from "../reading/instant.ts";
import { signStandardWebhook, verifyStandardWebhook } from "./standard-webhooks.ts";

// The example that the specification's own libraries are tested with (github.com/standard-webhooks/standard-webhooks).
const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
const signedAt = 1614265330 as Instant;
const body = new TextEncoder().encode('{"test": 2432232314}');
const signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
const otherSignature = "Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc=";

const published = {
  headers: { "webhook-id": id, "webhook-timestamp": String(signedAt), "webhook-signature": signature } as Record<
    string,
    string | undefined
  >,
  body,
  secret,
  nowMs: signedAt * 1000,
  toleranceSeconds: 300,
};
type Delivery = typeof published;

const withHeaders = (headers: Record<string, string | undefined>): Delivery => ({
  ...published,
  headers: { ...published.headers, ...headers },
});

describe("the published test vector", () => {
  it("signs to the published signature", async () => {
    const headers = await signStandardWebhook({ id, signedAt, body, secret });
    expect(headers._unsafeUnwrap()).toEqual(published.headers);
  });

  it.each<readonly [string, Delivery]>([
    ["as published", published],
    ["with a secret that lacks its prefix", { ...published, secret: secret.slice("whsec_".length) }],
    [
      "with header names in capitals",
      { ...published, headers: Object.fromEntries(Object.entries(published.headers).map(([k, v]) => [k.toUpperCase(), v])) },
    ],
    [
      "among several signatures, of other secrets and versions",
      withHeaders({ "webhook-signature": `v1,${otherSignature} v2,${otherSignature} ${signature} v1,${otherSignature}` }),
    ],
    ["at the end of the tolerance", { ...published, nowMs: (signedAt + 300) * 1000 + 999 }],
    ["ahead by the tolerance", { ...published, nowMs: (signedAt - 300) * 1000 }],
  ])("verifies %s", async (_, delivery) => {
    expect((await verifyStandardWebhook(delivery))._unsafeUnwrap()).toEqual({ id, signedAt });
  });

  it.each<readonly [string, Delivery, string]>([
    ["without its id", withHeaders({ "webhook-id": undefined }), "signature_missing"],
    ["without its timestamp", withHeaders({ "webhook-timestamp": undefined }), "signature_missing"],
    ["without its signature", withHeaders({ "webhook-signature": undefined }), "signature_missing"],
    ["with an empty signature", withHeaders({ "webhook-signature": "" }), "signature_missing"],
    ["with a timestamp in words", withHeaders({ "webhook-timestamp": "hello" }), "timestamp_outside_tolerance"],
    ["with a timestamp and more", withHeaders({ "webhook-timestamp": `${signedAt} ` }), "timestamp_outside_tolerance"],
    ["replayed too late", { ...published, nowMs: (signedAt + 301) * 1000 }, "timestamp_outside_tolerance"],
    ["from too far ahead", { ...published, nowMs: (signedAt - 301) * 1000 }, "timestamp_outside_tolerance"],
    ["with another signature", withHeaders({ "webhook-signature": `v1,${otherSignature}` }), "signature_wrong"],
    ["with a part of its signature", withHeaders({ "webhook-signature": signature.slice(0, 8) }), "signature_wrong"],
    ["with the version alone", withHeaders({ "webhook-signature": "v1," }), "signature_wrong"],
    ["with the signature under another version", withHeaders({ "webhook-signature": signature.replace("v1", "v2") }), "signature_wrong"],
    ["with another id", withHeaders({ "webhook-id": `${id}x` }), "signature_wrong"],
    ["with another timestamp", withHeaders({ "webhook-timestamp": String(signedAt + 1) }), "signature_wrong"],
    ["with another body", { ...published, body: new TextEncoder().encode('{"test": 2432232315}') }, "signature_wrong"],
    ["under another secret", { ...published, secret: "whsec_c2VjcmV0LW9mLWEtcm90YXRlZC1lbmRwb2ludA==" }, "signature_wrong"],
    ["under no secret", { ...published, secret: "" }, "signature_wrong"],
    ["under what is no base64", { ...published, secret: "whsec_not base64 at all, however long" }, "signature_wrong"],
  ])("is refused %s", async (_, delivery, reason) => {
    expect((await verifyStandardWebhook(delivery))._unsafeUnwrapErr()).toMatchObject({ kind: "refused", reason });
  });
});

it("does not let bytes move from the body into the id", async () => {
  const moved = { "webhook-id": `${id}.${signedAt}`, "webhook-timestamp": "5", "webhook-signature": "" };
  const whole = new TextEncoder().encode("5.rest");
  const headers = (await signStandardWebhook({ id, signedAt, body: whole, secret }))._unsafeUnwrap();
  moved["webhook-signature"] = headers["webhook-signature"];
  const verdict = await verifyStandardWebhook({ ...published, headers: moved, body: new TextEncoder().encode("rest"), nowMs: 5000 });
  expect(verdict._unsafeUnwrapErr().reason).toBe("signature_wrong");
});

it.each([
  ["an empty secret", "", id],
  ["a secret of 23 bytes", `whsec_${btoa("x".repeat(23))}`, id],
  ["a secret of 65 bytes", `whsec_${btoa("x".repeat(65))}`, id],
  ["an empty id", secret, ""],
  ["an id with a full stop", secret, "msg.1"],
  ["an id with a line break", secret, "msg\n1"],
])("signs nothing under %s", async (_, given, messageId) => {
  expect((await signStandardWebhook({ id: messageId, signedAt, body, secret: given }))._unsafeUnwrapErr().kind).toBe("unsignable");
});
