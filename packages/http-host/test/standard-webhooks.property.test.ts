import { type Instant, signStandardWebhook, verifyStandardWebhook } from "@bg-ingest/core";
import { assert, asyncProperty, integer, record, string, stringMatching, uint8Array } from "fast-check";
import { Webhook } from "standardwebhooks";
import { expect, it } from "vitest";

const nowMs = Date.now();
const delivery = record({
  id: stringMatching(/^[A-Za-z0-9_-]{1,40}$/),
  ageSeconds: integer({ min: -200, max: 200 }),
  text: string({ unit: "binary" }).filter((text) => text.isWellFormed()),
  secret: uint8Array({ minLength: 24, maxLength: 64 }).map((key) => `whsec_${Buffer.from(key).toString("base64")}`),
});

it("signs what the specification's own library signs", async () => {
  await assert(
    asyncProperty(delivery, async ({ id, ageSeconds, text, secret }) => {
      const signedAt = (Math.floor(nowMs / 1000) - ageSeconds) as Instant;
      const headers = (await signStandardWebhook({ id, signedAt, body: Buffer.from(text), secret }))._unsafeUnwrap();
      expect(headers["webhook-signature"]).toBe(new Webhook(secret).sign(id, new Date(signedAt * 1000), text));
    }),
  );
});

it("verifies what that library signed, and nothing that was altered since", async () => {
  await assert(
    asyncProperty(delivery, integer({ min: 0, max: 2 ** 31 - 1 }), async ({ id, ageSeconds, text, secret }, where) => {
      const signedAt = Math.floor(nowMs / 1000) - ageSeconds;
      const headers = {
        "webhook-id": id,
        "webhook-timestamp": String(signedAt),
        "webhook-signature": new Webhook(secret).sign(id, new Date(signedAt * 1000), text),
      };
      const given = { headers, body: new Uint8Array(Buffer.from(text)), secret, nowMs, toleranceSeconds: 300 };
      expect((await verifyStandardWebhook(given))._unsafeUnwrap()).toEqual({ id, signedAt });
      const altered =
        given.body.length === 0
          ? Uint8Array.of(where % 256)
          : given.body.with(where % given.body.length, 255 - (given.body[where % given.body.length] ?? 0));
      expect((await verifyStandardWebhook({ ...given, body: altered }))._unsafeUnwrapErr().reason).toBe("signature_wrong");
    }),
  );
});
