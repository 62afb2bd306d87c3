import { err } from "neverthrow";
import { describe, expect, it } from "vitest";
import { anna, calm, createIngestBench, type IngestBench, measured, must } from "../../test/ingest-bench.ts";
import type { SourceRecord } from "../ports/source-record.ts";
import type { Delivery } from "../ports/work-queue.ts";
import type { ProviderName, UserId } from "../reading/identifiers.ts";
import type { Instant } from "../reading/instant.ts";
import { createManualTime } from "../testing/manual-time.ts";
import { createMemoryWorkQueue } from "../testing/memory-work-queue.ts";
import { worldBody, worldSignature } from "../testing/world/world-webhook.ts";
import { receiveDelivery } from "./receive-delivery.ts";

const ben = "ben" as UserId;

function shownAt(bench: IngestBench, instants: readonly Instant[], account: string = anna) {
  return instants.flatMap((at) => bench.world.account(account).truth.asOf(bench.now(), { from: at, to: (at + 1) as Instant }));
}

function deliveryOf(bench: IngestBench, { userId, sourceId, provider }: SourceRecord, body: Uint8Array, id = "one"): Delivery {
  return { id, userId, sourceId, provider, signedAt: bench.now(), body };
}

describe("a delivery that was queued", () => {
  it("is stored and told, and once however often it is handed out", async () => {
    const bench = createIngestBench();
    const { record } = await bench.connected();
    const instants = measured(bench, bench.now() - 600, bench.now());
    const delivery = deliveryOf(bench, record, worldBody(anna, shownAt(bench, instants)));
    for (let n = 0; n < 3; n++) expect(await bench.ingest.work(delivery, calm)).toEqual({ kind: "done" });
    expect([...(await bench.view()).keys()]).toEqual(instants);
    expect(bench.written.days).toHaveLength(1);
    expect(bench.recorded()).toHaveLength(1);
  });

  it("replayed late overturns no correction", async () => {
    const bench = createIngestBench();
    const { record } = await bench.connected();
    const at = bench.now();
    bench.world.account(anna).measure({ at, mgdl: 100 });
    const first = deliveryOf(bench, record, worldBody(anna, shownAt(bench, [at])));
    await bench.ingest.work(first, calm);
    bench.pass(60);
    bench.world.account(anna).measure({ at, mgdl: 70, shownAt: bench.now() });
    await bench.ingest.work(deliveryOf(bench, record, worldBody(anna, shownAt(bench, [at])), "two"), calm);
    await bench.ingest.work(first, calm);
    expect((await bench.view()).get(at)?.mgdl).toBe(70);
  });

  it("that says there is something new has the source polled without waiting for its slot", async () => {
    const bench = createIngestBench();
    const { record } = await bench.connected();
    await bench.run(record, 3_600);
    const instants = measured(bench, bench.now(), bench.now());
    expect(await bench.ingest.work(deliveryOf(bench, record, worldBody(anna)), calm)).toEqual({ kind: "done" });
    await bench.run(record, 1);
    expect([...(await bench.view()).keys()]).toEqual(instants);
  });

  it("is held ever longer while the store is away, and never set apart for it", async () => {
    const bench = createIngestBench();
    const { record } = await bench.connected();
    await bench.run(record, 60);
    const delivery = deliveryOf(bench, record, worldBody(anna, shownAt(bench, measured(bench, bench.now(), bench.now()))));
    bench.storeMode = "away";
    const waits: number[] = [];
    for (let n = 0; n < 9; n++) {
      const verdict = await bench.ingest.work(delivery, calm);
      if (verdict.kind === "hold") waits.push(verdict.waitMs);
    }
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]);
    bench.storeMode = "mute";
    expect((await bench.ingest.work(delivery, calm)).kind).toBe("hold");
    bench.storeMode = "there";
    expect(await bench.ingest.work(delivery, calm)).toEqual({ kind: "done" });
    expect((await bench.view()).size).toBe(1);
    await must(bench.ingest.drain(calm));
    expect(bench.recorded()).toHaveLength(1);
  });

  it("of which nothing can be read is set apart with the reason; one that may be read later is held", async () => {
    const bench = createIngestBench();
    const { record } = await bench.connected();
    const webhook = bench.world.loaded.provider.webhook;
    const read = webhook?.read;
    Object.assign(webhook ?? {}, { read: () => err({ kind: "stop", message: "not a body of ours" }) });
    expect(await bench.ingest.work(deliveryOf(bench, record, new Uint8Array()), calm)).toEqual({
      kind: "set_apart",
      reason: "not a body of ours",
    });
    Object.assign(webhook ?? {}, { read: () => err({ kind: "retry", message: "later" }) });
    expect((await bench.ingest.work(deliveryOf(bench, record, new Uint8Array()), calm)).kind).toBe("hold");
    Object.assign(webhook ?? {}, { read });
  });

  it("with another account's readings is set apart, and nothing of it is stored", async () => {
    const bench = createIngestBench();
    const { record } = await bench.connected();
    const instants = measured(bench, bench.now() - 600, bench.now(), 300, "ben");
    const delivery = deliveryOf(bench, record, worldBody("ben", shownAt(bench, instants, "ben")));
    expect((await bench.ingest.work(delivery, calm)).kind).toBe("set_apart");
    expect((await bench.view()).size).toBe(0);
  });

  it("for a source that was erased is done with, and brings nobody back", async () => {
    const bench = createIngestBench();
    const { record } = await bench.connected();
    const delivery = deliveryOf(bench, record, worldBody(anna, shownAt(bench, measured(bench, bench.now(), bench.now()))));
    await must(bench.ingest.erase(anna, calm));
    expect(await bench.ingest.work(delivery, calm)).toEqual({ kind: "done" });
    expect((await bench.view()).size).toBe(0);
    await bench.connected();
    expect(await bench.ingest.work(delivery, calm)).toEqual({ kind: "done" });
    expect((await bench.view()).size).toBe(0);
  });

  it("waits while its provider is not loaded", async () => {
    const bench = createIngestBench();
    const { record } = await bench.connected();
    const delivery = { ...deliveryOf(bench, record, worldBody(anna)), provider: "gone" as ProviderName };
    expect((await bench.ingest.work(delivery, calm)).kind).toBe("hold");
  });
});

describe("receiving a delivery", () => {
  async function receiving() {
    const bench = createIngestBench();
    const { record, webhookSecret } = await bench.connected();
    const queue = createMemoryWorkQueue(createManualTime());
    const deps = { ...bench.connect, providers: bench.deps.providers, queue, checkpoint: () => undefined };
    const receive = (userId: UserId, provider: ProviderName | null, headers: Readonly<Record<string, string>>, body = worldBody(anna)) =>
      receiveDelivery(deps, userId, provider, { headers, body }, calm);
    const signed = (secret: string) => worldSignature(secret, "one", bench.now());
    const depth = async () => (await queue.depth(calm))._unsafeUnwrap().waiting;
    return { bench, record, secret: webhookSecret ?? "", receive, signed, depth };
  }

  it("queues it for the one source whose secret signed it, and once", async () => {
    const { receive, secret, signed, record, depth } = await receiving();
    for (let n = 0; n < 2; n++) {
      const received = (await receive(anna, null, signed(secret)))._unsafeUnwrap();
      expect(received).toMatchObject({ kind: "accepted", source: { sourceId: record.sourceId } });
    }
    expect(await depth()).toBe(1);
  });

  it("queues nothing that another person's secret signed, that is unsigned, or altered", async () => {
    const { bench, receive, secret, signed, depth } = await receiving();
    const other = await bench.connected(ben);
    expect((await receive(anna, null, signed(other.webhookSecret ?? "")))._unsafeUnwrapErr()).toMatchObject({ reason: "signature_wrong" });
    expect((await receive(ben, null, signed(secret)))._unsafeUnwrapErr()).toMatchObject({ reason: "signature_wrong" });
    expect((await receive(anna, null, {}))._unsafeUnwrapErr()).toMatchObject({ reason: "signature_missing" });
    expect(await depth()).toBe(0);
  });

  it("knows nobody who is not connected, and nobody any more who was erased or has disconnected", async () => {
    const { bench, receive, secret, signed } = await receiving();
    expect((await receive(ben, null, signed(secret)))._unsafeUnwrapErr()).toEqual({ kind: "unknown_user" });
    expect((await receive(anna, "other" as ProviderName, signed(secret)))._unsafeUnwrapErr()).toEqual({ kind: "takes_none" });
    await bench.changeRecord({ phase: "disconnected" });
    expect((await receive(anna, null, signed(secret)))._unsafeUnwrapErr()).toEqual({ kind: "takes_none" });
    await must(bench.ingest.erase(anna, calm));
    expect((await receive(anna, null, signed(secret)))._unsafeUnwrapErr()).toEqual({ kind: "unknown_user" });
  });

  it("says that the store is away, and takes nothing, while it is", async () => {
    const { bench, receive, secret, signed, depth } = await receiving();
    bench.storeMode = "away";
    expect((await receive(anna, null, signed(secret)))._unsafeUnwrapErr()).toMatchObject({ kind: "store" });
    expect(await depth()).toBe(0);
  });
});
