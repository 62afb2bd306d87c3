import { err } from "neverthrow";
import { describe, expect, it } from "vitest";
import { anna, calm, createIngestBench, type IngestBench, measured, must } from "../../../test/ingest-bench.ts";
import type { SourceRecord } from "../../ports/source-record.ts";
import type { Delivery } from "../../ports/work-queue.ts";
import type { ProviderName, UserId } from "../../reading/identifiers.ts";
import { formatInstant, type Instant } from "../../reading/instant.ts";
import { createManualTime } from "../../testing/manual-time.ts";
import { createMemoryWorkQueue } from "../../testing/memory-work-queue.ts";
import { worldBody, worldSignature } from "../../testing/world/world-webhook.ts";
import { createIngest } from "../ingest.ts";
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

  /** From now on the provider makes no more of any delivery than this. */
  function readingSo(bench: IngestBench, error: { readonly kind: "stop" | "retry"; readonly message: string }): void {
    const { provider } = bench.world.loaded;
    Object.assign(provider, { webhook: { ...provider.webhook, read: () => err(error) } });
  }

  async function keptAside(bench: IngestBench, source: SourceRecord) {
    return (await must(bench.connections.setAsideOf(source, { limit: 10, after: null }, calm))).records;
  }

  it("of which nothing can be read is set apart, shown to the person with its body, and the source is polled", async () => {
    const bench = createIngestBench();
    const { record } = await bench.connected();
    await bench.run(record, 3_600);
    readingSo(bench, { kind: "stop", message: "not a body of ours" });
    const delivery = deliveryOf(bench, record, new TextEncoder().encode('{"mgdl":287}'));
    const instants = measured(bench, bench.now(), bench.now());
    for (let n = 0; n < 2; n++) {
      const verdict = await bench.ingest.work(delivery, calm);
      expect(verdict).toEqual({ kind: "set_apart", reason: "delivery_unreadable", body: "kept" });
    }
    expect(await keptAside(bench, record)).toMatchObject([
      {
        reason: "delivery_unreadable",
        detail: "not a body of ours",
        at: null,
        record: JSON.stringify({ delivery: "one", signed_at: formatInstant(delivery.signedAt), body: '{"mgdl":287}' }),
      },
    ]);
    await bench.run(record, 1);
    expect([...(await bench.view()).keys()]).toEqual(instants);
  });

  it("that says there is more, leaves a hole or cannot be read leaves a poll owed to whoever worked on it, until that is done", async () => {
    for (const kind of ["changed", "hole", "unreadable"] as const) {
      const bench = createIngestBench();
      const { record } = await bench.connected();
      measured(bench, bench.now() - 7_200, bench.now() - 7_200);
      await bench.run(record, 3_600);
      const instants = measured(bench, bench.now() - 600, bench.now());
      if (kind === "unreadable") readingSo(bench, { kind: "stop", message: "not a body of ours" });
      // Another replica, which has never heard of this source.
      const other = createIngest({ ...bench.deps, replica: "another" });
      expect(other.isPollOwed(record.sourceId)).toBe(false);
      const body = kind === "hole" ? worldBody(anna, shownAt(bench, instants.slice(-1))) : worldBody(anna);
      await other.work(deliveryOf(bench, record, body), calm);
      expect(other.isPollOwed(record.sourceId), kind).toBe(true);
      await other.tend(record, "live", calm);
      expect([...(await bench.view()).keys()], kind).toEqual(expect.arrayContaining([...instants]));
      expect(other.isPollOwed(record.sourceId), kind).toBe(false);
    }
  });

  it("owes its poll although its source is forgotten while it is worked on", async () => {
    const bench = createIngestBench();
    const { record } = await bench.connected();
    await bench.run(record, 3_600);
    const other = createIngest({
      ...bench.deps,
      replica: "another",
      checkpoint: (name) => {
        if (name === "delivery.before_work") other.forget(record.sourceId);
      },
    });
    await other.work(deliveryOf(bench, record, worldBody(anna)), calm);
    expect(other.isPollOwed(record.sourceId)).toBe(true);
  });

  it("owes no poll to a source that is not asked for any more", async () => {
    const bench = createIngestBench();
    const { record } = await bench.connected();
    await bench.changeRecord({ phase: "disconnected" });
    await bench.ingest.work(deliveryOf(bench, record, worldBody(anna)), calm);
    expect(bench.ingest.isPollOwed(record.sourceId)).toBe(false);
  });

  it("that may be read later, or whose mishap cannot be written down, is held", async () => {
    const bench = createIngestBench();
    const { record } = await bench.connected();
    await bench.run(record, 60);
    const delivery = deliveryOf(bench, record, new Uint8Array(100_000).fill(255));
    readingSo(bench, { kind: "retry", message: "later" });
    expect((await bench.ingest.work(delivery, calm)).kind).toBe("hold");
    readingSo(bench, { kind: "stop", message: "not a body of ours" });
    bench.storeMode = "away";
    expect((await bench.ingest.work(delivery, calm)).kind).toBe("hold");
    bench.storeMode = "there";
    expect(await keptAside(bench, record)).toEqual([]);
    expect((await bench.ingest.work(delivery, calm)).kind).toBe("set_apart");
    expect((await keptAside(bench, record))[0]?.record).toHaveLength(4_096);
  });

  it("with another account's readings is set apart: nothing of it is stored, nothing is shown, and its body is to go", async () => {
    const bench = createIngestBench();
    const { record } = await bench.connected();
    const instants = measured(bench, bench.now() - 600, bench.now(), 300, "ben");
    const delivery = deliveryOf(bench, record, worldBody("ben", shownAt(bench, instants, "ben")));
    const verdict = await bench.ingest.work(delivery, calm);
    expect(verdict).toEqual({ kind: "set_apart", reason: "delivery_of_another_account", body: "deleted" });
    expect((await bench.view()).size).toBe(0);
    const [kept] = await keptAside(bench, record);
    expect(kept).toMatchObject({ reason: "delivery_of_another_account", at: null, detail: expect.stringContaining("the sender") });
    const { signedAt, body } = delivery;
    expect(kept?.record).toBe(JSON.stringify({ delivery: "one", signed_at: formatInstant(signedAt), body_bytes: body.byteLength }));
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

  it("asks for it again where the provider that would take it is meant to be here and could not be loaded", async () => {
    const { bench, secret, signed } = await receiving();
    const queue = createMemoryWorkQueue(createManualTime());
    const deps = { ...bench.connect, providers: new Map(), queue, checkpoint: () => undefined };
    const receive = (whyNotLoaded: (name: ProviderName) => string | null) =>
      receiveDelivery({ ...deps, whyNotLoaded }, anna, null, { headers: signed(secret), body: worldBody(anna) }, calm);
    expect((await receive((name) => `${name} is broken`))._unsafeUnwrapErr()).toEqual({ kind: "not_loaded", message: "world is broken" });
    expect((await receive(() => null))._unsafeUnwrapErr()).toEqual({ kind: "takes_none" });
  });

  it("says that the store is away, and takes nothing, while it is", async () => {
    const { bench, receive, secret, signed, depth } = await receiving();
    bench.storeMode = "away";
    expect((await receive(anna, null, signed(secret)))._unsafeUnwrapErr()).toMatchObject({ kind: "store" });
    expect(await depth()).toBe(0);
  });
});
