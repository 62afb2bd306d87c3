import { describe, expect, it } from "vitest";
import { anna, calm, createIngestBench, type IngestBench, measured, must } from "../../../test/ingest-bench.ts";
import { connectSource } from "../../connection/connect.ts";
import type { Instant } from "../../reading/instant.ts";
import { worldBody } from "../../testing/world/world-webhook.ts";

const HOUR = 3_600;

/** The vendor's grants say of nobody whose they are, and its pages do. */
const connect = (bench: IngestBench, account: string) =>
  connectSource(bench.connect, anna, bench.world.loaded, { ...bench.world.grantOf(account), accountId: null }, calm);

const devices = async (bench: IngestBench) => new Set([...(await bench.view()).values()].map(({ device }) => device));

function people(): IngestBench {
  const bench = createIngestBench();
  for (const account of ["anna", "ben"]) measured(bench, bench.now() - 2 * HOUR, bench.now() + 6 * HOUR, 300, account);
  return bench;
}

/** From now on no page that is asked for says whose it is. */
function namingNobody({ world }: IngestBench): void {
  for (const capability of [world.loaded.provider.poll, world.loaded.provider.backfill]) {
    if (capability === undefined) throw new Error("nothing is asked for");
    const { fetchPages } = capability;
    Object.assign(capability, {
      fetchPages: async function* (...asked: Parameters<typeof fetchPages>) {
        for await (const page of fetchPages(...asked)) yield page.map((told) => ({ ...told, accountId: null }));
      },
    });
  }
}

describe("a source that was connected without anybody saying whose account it is", () => {
  it("is the account's of the first page that says so, and never takes another's readings", async () => {
    const bench = people();
    const { record } = await must(connect(bench, "anna"));
    await bench.run(record, HOUR);
    expect((await bench.record()).accountId).toBe("anna");
    await must(connect(bench, "ben"));
    bench.ingest.forget(record.sourceId);
    await bench.run(record, 2 * HOUR);
    expect(await devices(bench)).toEqual(new Set(["anna"]));
    expect((await bench.record()).health).toMatchObject({ kind: "needs_reconnect", message: /another account/ });
    expect((await connectSource(bench.connect, anna, bench.world.loaded, bench.world.grantOf("ben"), calm))._unsafeUnwrapErr()).toEqual({
      kind: "another_account",
    });
  });

  it("has its account on record before anything of the page is stored", async () => {
    const bench = people();
    const { record } = await must(connect(bench, "anna"));
    const { deps } = bench;
    const known: (string | null)[] = [];
    Object.assign(deps, {
      checkpoint: (name: string) => void (name === "commit.before_put" && known.push(bench.written.records.at(-1)?.accountId ?? null)),
    });
    bench.ingest = bench.another();
    await bench.run(record, HOUR);
    expect(known.length).toBeGreaterThan(1);
    expect(new Set(known)).toEqual(new Set(["anna"]));
  });

  it("learns it from a page without readings, and writes it once", async () => {
    const bench = createIngestBench();
    const { record } = await must(connect(bench, "anna"));
    await bench.run(record, HOUR);
    const told = bench.written.records.filter(({ accountId }, i, all) => accountId !== (all[i - 1]?.accountId ?? null));
    expect(told).toHaveLength(1);
    expect((await bench.record()).accountId).toBe("anna");
  });

  it("learns it from a delivery as well, and takes no delivery of another's", async () => {
    const bench = people();
    const { record } = await must(connect(bench, "anna"));
    const deliver = (account: string) => {
      const at = bench.now();
      const body = worldBody(account, bench.world.account(account).truth.asOf(at, { from: (at - HOUR) as Instant, to: at }));
      const { userId, sourceId, provider } = record;
      return bench.ingest.work({ id: account, userId, sourceId, provider, signedAt: at, body }, calm);
    };
    expect(await deliver("anna")).toEqual({ kind: "done" });
    expect(await deliver("ben")).toMatchObject({ kind: "set_apart", reason: "delivery_of_another_account" });
    expect(await devices(bench)).toEqual(new Set(["anna"]));
  });

  it("takes a delivery of its first minute from a sender whose clock is behind: there was no account before", async () => {
    const bench = people();
    const { record } = await must(connect(bench, "anna"));
    bench.pass(10);
    const at = bench.now();
    const body = worldBody("anna", bench.world.account("anna").truth.asOf(at, { from: (at - HOUR) as Instant, to: at }));
    const { userId, sourceId, provider } = record;
    const delivery = { id: "one", userId, sourceId, provider, signedAt: (at - 30) as Instant, body };
    expect(delivery.signedAt).toBeLessThan(record.phaseSince);
    expect(await bench.ingest.work(delivery, calm)).toEqual({ kind: "done" });
    expect((await bench.record()).accountId).toBe("anna");
    expect(await devices(bench)).toEqual(new Set(["anna"]));
  });

  describe("and anew, when a delivery comes that was signed before that", () => {
    const connectedAnew = async (bench: IngestBench) => {
      const { record } = await must(connect(bench, "ben"));
      const at = bench.now();
      const deliver = (account: string, id: string) => {
        const body = worldBody(account, bench.world.account(account).truth.asOf(at, { from: (at - HOUR) as Instant, to: at }));
        const { userId, sourceId, provider } = record;
        return bench.ingest.work({ id, userId, sourceId, provider, signedAt: at, body }, calm);
      };
      bench.pass(5);
      await must(connect(bench, "anna"));
      return { record, deliver };
    };

    it("has it wait until a page says whose account it is", async () => {
      const bench = people();
      const { record, deliver } = await connectedAnew(bench);
      expect((await deliver("ben", "one")).kind).toBe("hold");
      expect((await bench.record()).accountId).toBeNull();
      await bench.run(record, 600);
      expect((await bench.record()).accountId).toBe("anna");
      expect(await deliver("ben", "one")).toMatchObject({ kind: "set_apart", reason: "delivery_of_another_account" });
      expect(await deliver("anna", "two")).toEqual({ kind: "done" });
      expect(await devices(bench)).toEqual(new Set(["anna"]));
    });

    it("learns of a page that another process was told", async () => {
      const bench = people();
      const { deliver } = await connectedAnew(bench);
      expect((await deliver("anna", "one")).kind).toBe("hold");
      await bench.changeRecord({ accountId: "anna" });
      expect(await deliver("anna", "one")).toEqual({ kind: "done" });
    });

    it("sets it apart with its body once nobody has said for an hour whose it is, and takes those that come after it", async () => {
      const bench = people();
      const { record, deliver } = await connectedAnew(bench);
      bench.world.account("anna").situate("rate_limited");
      await bench.run(record, HOUR);
      expect(await deliver("ben", "one")).toEqual({ kind: "set_apart", reason: "delivery_before_reconnect", body: "kept" });
      const [kept] = (await must(bench.connections.setAsideOf(record, { limit: 10, after: null }, calm))).records;
      expect(Object.keys(JSON.parse(kept?.record ?? "{}"))).toEqual(["delivery", "signed_at", "body_bytes"]);
      expect((await bench.view()).size).toBe(0);
      const [at, body] = [bench.now(), worldBody("anna")];
      const { userId, sourceId, provider } = record;
      expect(await bench.ingest.work({ id: "two", userId, sourceId, provider, signedAt: at, body }, calm)).toEqual({ kind: "done" });
    });

    it("sets it apart at once where pages came since and none of them said so", async () => {
      const bench = people();
      const { record, deliver } = await connectedAnew(bench);
      namingNobody(bench);
      expect((await deliver("ben", "one")).kind).toBe("hold");
      await bench.run(record, 600);
      expect((await bench.record()).accountId).toBeNull();
      expect(await deliver("ben", "one")).toEqual({ kind: "set_apart", reason: "delivery_before_reconnect", body: "kept" });
    });

    it("sets it apart at once where no page would ever say so", async () => {
      const bench = createIngestBench({ capabilities: ["login", "webhook"] });
      const { deliver } = await connectedAnew(bench);
      expect(await deliver("ben", "one")).toMatchObject({ kind: "set_apart", reason: "delivery_before_reconnect" });
      expect((await bench.record()).accountId).toBeNull();
    });
  });

  it.each([
    ["said by nobody either", null],
    ["named", "anna"],
  ])("takes no account from a page that was asked for before it was connected anew, the account %s", async (_, accountId) => {
    const bench = people();
    const { record } = await must(connect(bench, "ben"));
    let isAnew = false;
    const { poll } = bench.world.loaded.provider;
    if (poll === undefined) throw new Error("no poll");
    const { fetchPages } = poll;
    Object.assign(poll, {
      fetchPages: async function* (...asked: Parameters<typeof fetchPages>) {
        for await (const page of fetchPages(...asked)) {
          if (!isAnew) {
            isAnew = true;
            bench.pass(5);
            await must(connectSource(bench.connect, anna, bench.world.loaded, { ...bench.world.grantOf("anna"), accountId }, calm));
          }
          yield page;
        }
      },
    });
    await bench.ingest.tend(record, "live", calm);
    expect([isAnew, (await bench.view()).size, bench.ingest.remembered(record.sourceId)?.failures]).toEqual([true, 0, 0]);
    // At once, and nobody's failure.
    await bench.run(record, 1);
    expect((await bench.view()).size).toBeGreaterThan(0);
    await bench.run(record, HOUR);
    expect(bench.logged.filter(({ level }) => level === "warn")).toEqual([]);
    expect((await bench.record()).accountId).toBe("anna");
    expect(await devices(bench)).toEqual(new Set(["anna"]));
    expect((await bench.record()).health.kind).toBe("ok");
    expect(bench.written.records.filter(({ health }) => health.kind === "needs_reconnect")).toEqual([]);
  });

  it("stays the account's that another process learned first", async () => {
    const bench = people();
    const { record } = await must(connect(bench, "anna"));
    bench.world.account("anna").situate("rate_limited");
    await bench.ingest.tend(record, "live", calm);
    await bench.changeRecord({ accountId: "ben" });
    bench.world.account("anna").situate("well");
    await bench.run(record, 2 * HOUR);
    expect((await bench.record()).accountId).toBe("ben");
    expect((await bench.view()).size).toBe(0);
  });
});
