import type { ProviderName, QueueError, ReceiveError, StoreError } from "@bg-ingest/core";
import { errAsync } from "neverthrow";
import { describe, expect, it } from "vitest";
import { diaryProvider } from "../../../test/diary-provider.ts";
import { calm, good, NOW, rawAt, type Served, served, signedHeaders } from "../../../test/served.ts";

const URL = "/api/bg/anna/webhook";
const BODY = JSON.stringify([rawAt(-300, 110)]);

async function waiting({ queue }: Served): Promise<number> {
  return good(await queue.depth(calm)).waiting;
}

async function outcome(service: Served, headers: Record<string, string>, payload: string, url = URL) {
  const answer = await service.ask("POST", url, { headers, payload });
  return { status: answer.statusCode, type: answer.json().type, waiting: await waiting(service) };
}

describe("POST /api/bg/:userId/webhook", () => {
  it("accepts what is signed rightly, and a repeat again", async () => {
    const service = served();
    const { secret } = await service.connect("anna");
    const headers = await signedHeaders(secret, "msg_1", BODY);
    for (const url of [URL, `${URL}/diary`, URL]) {
      const answer = await service.ask("POST", url, { headers, payload: BODY });
      expect([answer.statusCode, answer.body]).toEqual([202, '{"status":"accepted"}']);
    }
    expect(await waiting(service)).toBe(1);
  });

  it("takes the bytes as they came, whatever Content-Type calls them", async () => {
    const service = served();
    const { secret } = await service.connect("anna");
    for (const [index, type] of [
      "application/json",
      "text/plain",
      "multipart/form-data",
      "nonsense",
      "",
      "application/json; charset=???",
    ].entries()) {
      const headers = { ...(await signedHeaders(secret, `msg_${index}`, ` ${BODY}`)), "content-type": type };
      expect((await service.ask("POST", URL, { headers, payload: ` ${BODY}` })).statusCode).toBe(400);
      const right = { ...(await signedHeaders(secret, `msg_${index}`, BODY)), "content-type": type };
      expect((await service.ask("POST", URL, { headers: right, payload: BODY })).statusCode).toBe(202);
    }
  });

  it("gives a challenge its reply as it is", async () => {
    const service = served();
    const { secret } = await service.connect("anna");
    const payload = "challenge 1234";
    const answer = await service.ask("POST", URL, { headers: await signedHeaders(secret, "msg_1", payload), payload });
    expect([answer.statusCode, answer.body, answer.headers["content-type"]]).toEqual([200, "1234", "text/plain"]);
    expect(await waiting(service)).toBe(0);
  });

  it("refuses every delivery that is not what it says it is, and keeps nothing of it", async () => {
    const service = served();
    const { secret } = await service.connect("anna");
    const { secret: secretOfBerta } = await service.connect("berta");
    const right = await signedHeaders(secret, "msg_1", BODY);
    const refused = (type: string, status = 401) => ({ status, type: `/problems/${type}`, waiting: 0 });
    expect(await outcome(service, {}, BODY)).toEqual(refused("signature_missing"));
    expect(await outcome(service, right, BODY.replace("110", "111"))).toEqual(refused("signature_wrong"));
    expect(await outcome(service, { ...right, "webhook-id": "msg_2" }, BODY)).toEqual(refused("signature_wrong"));
    expect(await outcome(service, await signedHeaders(secretOfBerta, "msg_1", BODY), BODY)).toEqual(refused("signature_wrong"));
    expect(await outcome(service, right, BODY, "/api/bg/berta/webhook")).toEqual(refused("signature_wrong"));
    for (const signedAt of [NOW - 301, NOW + 301]) {
      const stale = await signedHeaders(secret, "msg_1", BODY, signedAt);
      expect(await outcome(service, stale, BODY)).toEqual(refused("timestamp_outside_tolerance"));
    }
    expect(await outcome(service, await signedHeaders(secret, "msg_1", "no list"), "no list")).toEqual(refused("delivery_unreadable", 400));
    const large = "[".padEnd(65_537, " ");
    expect(await outcome(service, await signedHeaders(secret, "msg_1", large), large)).toEqual(refused("body_too_large", 413));
    expect(await outcome(service, right, BODY, "/api/bg/carla/webhook")).toEqual(refused("unknown_user", 404));
    expect(await outcome(service, right, BODY, `${URL}/mock`)).toEqual(refused("takes_no_deliveries", 404));
    expect(await outcome(service, right, BODY, `${URL}/Mock`)).toEqual(refused("invalid_path", 400));
    expect(await outcome(service, right, BODY, `${URL}?x=1`)).toEqual(refused("invalid_query", 400));
  });

  it("asks which of several connections is meant", async () => {
    const pump = "pump" as ProviderName;
    const service = served({ providers: ({ nowMs }) => [diaryProvider(nowMs), diaryProvider(nowMs, pump)] });
    const { secret } = await service.connect("anna");
    await service.connect("anna", pump);
    const headers = await signedHeaders(secret, "msg_1", BODY);
    const answer = await service.ask("POST", URL, { headers, payload: BODY });
    expect(answer.statusCode).toBe(409);
    expect(answer.json()).toMatchObject({ type: "/problems/several_connections", providers: ["diary", "pump"] });
    expect(await outcome(service, headers, BODY, `${URL}/diary`)).toEqual({ status: 202, type: undefined, waiting: 1 });
    expect(await outcome(service, headers, BODY, `${URL}/pump`)).toMatchObject({ status: 401, waiting: 1 });
  });

  it("has the sender come again while the store or the queue is away, and tells it nothing of a fault", async () => {
    const answerTo = async (error: ReceiveError) => {
      const service = served({ replace: () => ({ receiveDelivery: () => errAsync(error) }) });
      const answer = await service.ask("POST", URL, { payload: BODY });
      return [answer.statusCode, answer.json().type, answer.headers["retry-after"], answer.body.includes("disk 7")];
    };
    const away: StoreError & QueueError = { kind: "retry", message: "disk 7 is busy", retryAfterMs: 1_200 };
    const broken: StoreError & QueueError = { kind: "stop", message: "disk 7 is broken" };
    expect(await answerTo({ kind: "store", error: away })).toEqual([503, "/problems/store_away", "2", false]);
    expect(await answerTo({ kind: "queue", error: away })).toEqual([503, "/problems/queue_away", "2", false]);
    expect(await answerTo({ kind: "store", error: broken })).toEqual([500, "/problems/internal", undefined, false]);
    expect(await answerTo({ kind: "queue", error: broken })).toEqual([500, "/problems/internal", undefined, false]);
    expect(await answerTo({ kind: "sealed", message: "disk 7" })).toEqual([503, "/problems/secrets_sealed", "300", false]);
    expect(await answerTo({ kind: "refused", reason: "not_checked", message: "disk 7" })).toEqual([
      503,
      "/problems/delivery_not_checked",
      "5",
      false,
    ]);
  });
});
