import { signStandardWebhook } from "@bg-ingest/core";
import { describe, expect, it } from "vitest";
import { call, connectDexcom, EGV, NOW } from "./dexcom-setup.ts";

const SECRET = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
const OTHER_SECRET = `whsec_${Buffer.alloc(32, 8).toString("base64")}`;
const { dexcom } = connectDexcom();
const bytes = (body: unknown) => new TextEncoder().encode(typeof body === "string" ? body : JSON.stringify(body));

async function signed(body: unknown, signedAt = NOW) {
  const raw = bytes(body);
  const headers = (await signStandardWebhook({ id: "msg_1", signedAt, body: raw, secret: SECRET }))._unsafeUnwrap();
  return { headers: { ...headers } as Record<string, string | undefined>, body: raw };
}

describe("a delivery", () => {
  it("of readings is read like a page, with the account that it is of", async () => {
    const request = await signed({ type: "egvs", userId: "user-1", records: [EGV, "garbage"], sentBy: "a relay" });
    expect((await dexcom.webhook.verify(request, SECRET, call))._unsafeUnwrap()).toEqual({ kind: "delivery", id: "msg_1", signedAt: NOW });
    expect(dexcom.webhook.read(request.body)._unsafeUnwrap()).toMatchObject({
      kind: "readings",
      page: { readings: [{ value: 101 }], rejected: [{ record: "garbage" }], accountId: "user-1" },
    });
  });

  it("may say only that something has changed", async () => {
    const request = await signed({ type: "changed" });
    expect((await dexcom.webhook.verify(request, SECRET, call)).isOk()).toBe(true);
    expect(dexcom.webhook.read(request.body)._unsafeUnwrap()).toEqual({ kind: "changed" });
  });

  it("signed for another source, altered, or unsigned is refused", async () => {
    const request = await signed({ type: "changed" });
    const refusalOf = async (...asked: Parameters<typeof dexcom.webhook.verify>) =>
      (await dexcom.webhook.verify(...asked))._unsafeUnwrapErr();
    expect(await refusalOf(request, OTHER_SECRET, call)).toMatchObject({ reason: "signature_wrong" });
    expect(await refusalOf({ ...request, body: bytes({ type: "changed", x: 1 }) }, SECRET, call)).toMatchObject({
      reason: "signature_wrong",
    });
    expect(await refusalOf({ ...request, headers: {} }, SECRET, call)).toMatchObject({ reason: "signature_missing" });
    expect(await refusalOf(await signed({ type: "changed" }, (NOW - 301) as typeof NOW), SECRET, call)).toMatchObject({
      reason: "timestamp_outside_tolerance",
    });
  });

  it.each([
    ["", "empty"],
    ["<html>", "no JSON"],
    ["null", "nothing"],
    ['{"type":"events","records":[]}', "of another type"],
    ['{"type":"egvs","records":[]}', "of nobody"],
    ['{"type":"egvs","userId":"","records":[]}', "of nobody by name"],
    ['{"type":"egvs","userId":"user-1"}', "without records"],
  ])("that reads %s is refused although it is signed", async (text) => {
    const request = await signed(text);
    expect((await dexcom.webhook.verify(request, SECRET, call))._unsafeUnwrapErr()).toMatchObject({ reason: "body_unreadable" });
    expect(dexcom.webhook.read(request.body)._unsafeUnwrapErr().kind).toBe("stop");
  });
});
