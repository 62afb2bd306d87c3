import { err } from "neverthrow";
import { describe, expect, it } from "vitest";
import { anna, calm, createIngestBench, type IngestBench, measured, must, settled } from "../../../test/ingest-bench.ts";
import { overviewOf } from "../../connection/overview.ts";
import type { ProviderError } from "../../ports/cgm-provider.ts";
import type { RateLease } from "../../ports/rate-budget.ts";
import type { SourceRecord } from "../../ports/source-record.ts";
import type { Vault } from "../../ports/vault.ts";
import type { SourceId } from "../../reading/identifiers.ts";
import { dayOf, type Instant } from "../../reading/instant.ts";
import { memoryVault } from "../../testing/memory-vault.ts";
import type { Trouble } from "../../testing/world/situation.ts";

const HOUR = 3_600;
const DAY = 86_400;

const states = (bench: IngestBench) =>
  bench.bus.taken.flatMap((event) => (event.type === "bg.connection.changed.v1" ? [event.data.state] : []));

describe("how a source is", () => {
  it("is written, and told, when its kind changes and not at every failure", async () => {
    const bench = createIngestBench();
    const source = await settled(bench);
    const before = bench.written.records.length;
    bench.world.account(anna).troubles.push(...new Array<"away">(6).fill("away"));
    await bench.run(source, 2 * HOUR);
    expect((await bench.record()).health.kind).toBe("ok");
    expect(bench.written.records.slice(before).map(({ health }) => health.kind)).toEqual(["failing", "ok"]);
    expect(states(bench)).toEqual(["ok", "failing", "ok"]);
  });

  it("failing says since when, how often and until when it waits", async () => {
    const bench = createIngestBench();
    const source = await settled(bench);
    bench.world.account(anna).situate("rate_limited");
    const waiting = bench.now();
    await bench.run(source, 301);
    const { health } = await bench.record();
    if (health.kind !== "failing") throw new Error(health.kind);
    expect(health).toMatchObject({ attempts: 1, message: "Too many requests." });
    expect(health.since).toBeGreaterThanOrEqual(waiting);
    expect(health.nextAttemptAt - health.since).toBeGreaterThanOrEqual(30);
    const remembered = bench.ingest.remembered(source.sourceId);
    expect(remembered?.failures).toBeGreaterThanOrEqual(1);
    expect(remembered?.nextAttemptAtMs).toBeGreaterThan(bench.deps.clock.nowMs());
  });

  it("is shown as it was last refused, though that is not written each time", async () => {
    const bench = createIngestBench();
    const source = await settled(bench);
    const { readings, connections, providers } = bench.deps;
    const knownNow = (of: SourceId) => bench.ingest.remembered(of);
    const shown = async () => {
      const [first] = await must(
        overviewOf({ readings, connections, providers, pollIntervalSeconds: 300, knownNow }, anna, bench.now(), calm),
      );
      return first?.record.health;
    };
    bench.world.account(anna).situate("rate_limited");
    await bench.run(source, HOUR);
    const health = await shown();
    if (health?.kind !== "failing") throw new Error(health?.kind);
    expect(health.attempts).toBeGreaterThan(1);
    expect(health.nextAttemptAt).toBeGreaterThanOrEqual(bench.now());
    const stored = (await bench.record()).health;
    expect(stored).toMatchObject({ kind: "failing", attempts: 1 });
    expect(health.since).toBe(stored.since);
    bench.world.account(anna).situate("well");
    await bench.run(source, HOUR);
    expect((await shown())?.kind).toBe("ok");
  });

  it("a successor waits where its predecessor was told to wait, yet never longer than a day", async () => {
    const bench = createIngestBench();
    const source = await settled(bench);
    const health = { kind: "failing", since: bench.now(), attempts: 1, message: "away" } as const;
    await bench.changeRecord({ health: { ...health, nextAttemptAt: (bench.now() + 1_000) as never } });
    const asked = bench.world.asked.length;
    const soon = bench.another();
    await bench.run(source, 990, soon);
    expect(bench.world.asked.length).toBe(asked);
    await bench.run(source, 20, soon);
    expect(bench.world.asked.length).toBe(asked + 1);
    await bench.changeRecord({ health: { ...health, nextAttemptAt: (bench.now() + 365 * DAY) as never } });
    await bench.run(source, DAY + 600, bench.another());
    expect(bench.world.asked.length).toBeGreaterThan(asked + 1);
  });

  it("a refusal asks the person, and nothing is asked of the provider any more until they connect again", async () => {
    const bench = createIngestBench();
    const source = await settled(bench);
    bench.world.account(anna).situate("revoked");
    await bench.run(source, 301);
    expect((await bench.record()).health.kind).toBe("needs_reconnect");
    const asked = bench.world.asked.length;
    await bench.run(source, DAY);
    expect(bench.world.asked.length).toBe(asked);
    bench.world.account(anna).situate("well");
    await bench.connected();
    bench.ingest.forget(source.sourceId);
    await bench.run(source, 1);
    expect((await bench.record()).health.kind).toBe("ok");
    expect(bench.world.asked.length).toBeGreaterThan(asked);
  });

  it("a refusal of its history outlives a restart: one good poll does not make the source healthy", async () => {
    const bench = createIngestBench();
    const source = await settled(bench);
    const backfill = { startedAt: bench.now(), finishedAt: null, notBefore: null, span: null };
    await bench.changeRecord({ backfill, health: { kind: "stopped", since: bench.now(), message: "unreadable" } });
    bench.pass(600);
    const next = bench.another();
    await next.tend(source, "live", calm);
    expect((await bench.record()).health.kind).toBe("stopped");
    await next.tend(source, "history", calm);
    expect((await bench.record()).health.kind).toBe("ok");
  });

  it("that the person has to act is told once, whatever another owner meets with who does not know it yet", async () => {
    const bench = createIngestBench();
    const source = await settled(bench);
    const other = bench.another();
    await bench.run(source, 600, other);
    await bench.changeRecord({ health: { kind: "needs_reconnect", since: bench.now(), message: "refused" } });
    const asked = bench.world.asked.length;
    bench.world.account(anna).troubles.push("away");
    await bench.run(source, HOUR, other);
    expect(bench.world.asked.length).toBe(asked + 1);
    expect((await bench.record()).health.kind).toBe("needs_reconnect");
    expect(states(bench)).not.toContain("failing");
  });

  it("an answer to what was asked before another owner was refused does not make the source good", async () => {
    let meanwhile: (() => void) | undefined;
    const bench = createIngestBench({
      change: () => ({ checkpoint: (name) => (name === "poll.after_fetch" ? meanwhile?.() : undefined) }),
    });
    const source = await settled(bench);
    await bench.changeRecord({ health: { kind: "failing", since: bench.now(), attempts: 1, message: "away", nextAttemptAt: bench.now() } });
    bench.ingest.forget(source.sourceId);
    const record = await bench.record();
    bench.pass(600);
    meanwhile = () => {
      meanwhile = undefined;
      const health = { kind: "needs_reconnect", since: bench.now(), message: "refused" } as const;
      void bench.connections.replaceRecord({ ...record, health, version: record.version + 1 }, record.version, calm);
    };
    await bench.run(source, 600);
    expect((await bench.record()).health.kind).toBe("needs_reconnect");
  });

  it("credentials that ran out are renewed once and the poll goes on", async () => {
    const bench = createIngestBench();
    const source = await settled(bench);
    bench.world.account(anna).situate("unauthorized");
    measured(bench, bench.now() + 100, bench.now() + 100);
    await bench.run(source, 600);
    expect((await bench.record()).health.kind).toBe("ok");
    expect(states(bench)).toEqual(["ok"]);
  });

  it("a refusal that could not be written down is written as soon as the store is back, without asking the provider again", async () => {
    const bench: IngestBench = createIngestBench({
      change: () => ({
        checkpoint: (name) => {
          if (name === "poll.before_fetch" && bench.world.account(anna).isRevoked) bench.storeMode = "away";
        },
      }),
    });
    const source = await settled(bench);
    bench.world.account(anna).situate("revoked");
    const asked = bench.world.asked.length;
    await bench.run(source, 2 * HOUR);
    expect((await bench.record()).health.kind).toBe("ok");
    expect(bench.world.asked.length).toBe(asked + 1);
    bench.storeMode = "there";
    await bench.run(source, 60);
    expect((await bench.record()).health.kind).toBe("needs_reconnect");
    expect(bench.world.asked.length).toBe(asked + 1);
  });

  it("a refusal of before that could not be written down is not written over a connection that was made since", async () => {
    const bench = createIngestBench();
    const source = await settled(bench);
    bench.world.account(anna).situate("revoked");
    bench.pass(300);
    const { replaceRecord } = bench.deps.connections;
    Object.assign(bench.deps.connections, { replaceRecord: async () => err({ kind: "retry", message: "away" }) });
    await bench.ingest.tend(source, "live", calm);
    Object.assign(bench.deps.connections, { replaceRecord });
    bench.world.account(anna).situate("well");
    await bench.connected();
    await bench.run(source, 600);
    expect((await bench.record()).health.kind).toBe("ok");
    expect(bench.written.records.map(({ health }) => health.kind)).not.toContain("needs_reconnect");
  });

  it("what history was refused is still written when a poll goes well meanwhile", async () => {
    const bench = createIngestBench();
    measured(bench, bench.now() - 3 * DAY, bench.now(), 900);
    Object.assign(bench.world.loaded.provider.backfill ?? {}, {
      availableSpan: async () => {
        bench.storeMode = "away";
        return err({ kind: "retry", message: "no history now" });
      },
    });
    const { record } = await bench.connected();
    await bench.ingest.tend(record, "live", calm);
    await bench.ingest.tend(record, "history", calm);
    bench.storeMode = "there";
    bench.pass(300);
    await bench.ingest.tend(record, "live", calm);
    expect((await bench.record()).health).toMatchObject({ kind: "failing", message: "no history now" });
  });

  it("a good answer is noted every six hours while nothing new comes", async () => {
    const bench = createIngestBench();
    const source = await settled(bench);
    const before = bench.written.records.length;
    await bench.run(source, 13 * HOUR);
    expect(bench.written.records.slice(before)).toHaveLength(2);
    expect((await bench.record()).lastSuccessAt).toBeGreaterThan(bench.now() - 6 * HOUR - 600);
  });

  it("a bug is asked about ever more seldom, and at each start", async () => {
    const bench = createIngestBench();
    const source = await settled(bench);
    bench.world.account(anna).situate("garbage_page");
    await bench.run(source, 3 * DAY);
    expect((await bench.record()).health.kind).toBe("stopped");
    const asked = bench.world.asked.length;
    await bench.run(source, DAY + 600);
    const perDay = bench.world.asked.length - asked;
    expect(perDay).toBeGreaterThan(0);
    const again = bench.world.asked.length;
    await bench.run(source, 301, bench.another());
    expect(bench.world.asked.length).toBeGreaterThan(again);
  });

  it("a tending that is cut off waits before the provider is asked again, and says so", async () => {
    const bench = createIngestBench();
    const source = await settled(bench);
    bench.world.account(anna).situate("hangs");
    bench.pass(300);
    const cutOff = new AbortController();
    const tending = bench.ingest.tend(source, "history", { signal: cutOff.signal });
    setTimeout(() => cutOff.abort(), 5);
    const { liveAtMs: nextAtMs } = await tending;
    expect(nextAtMs).toBeGreaterThan(bench.deps.clock.nowMs());
    bench.world.account(anna).situate("well");
    await bench.ingest.tend(source, "history", calm);
    expect((await bench.record()).health.kind).toBe("failing");
  });
});

describe("history that cannot be read", () => {
  /** A provider whose polls work and whose history does not. */
  async function half(bench: IngestBench) {
    measured(bench, bench.now() - 3 * DAY, bench.now(), 900);
    const backfill = bench.world.loaded.provider.backfill;
    if (backfill === undefined) throw new Error("no backfill");
    let refused = 0;
    let isRefusing = true;
    const { availableSpan } = backfill;
    Object.assign(backfill, {
      availableSpan: async (...given: Parameters<typeof availableSpan>) => {
        if (!isRefusing) return availableSpan(...given);
        refused++;
        return (await import("neverthrow")).err({ kind: "retry", message: "no history now" });
      },
    });
    const { record } = await bench.connected();
    return { record, refusals: () => refused, mend: () => (isRefusing = false) };
  }

  it("is asked for ever more seldom while live polls go on at every slot", async () => {
    const bench = createIngestBench();
    const { record, refusals } = await half(bench);
    await bench.run(record, 6 * HOUR);
    expect(refusals()).toBeLessThan(90);
    expect(refusals()).toBeGreaterThan(10);
    expect(bench.world.asked.length).toBeGreaterThanOrEqual(70);
    expect(bench.world.asked.length).toBeLessThanOrEqual(75);
  });

  it("is said, and a poll that goes well does not unsay it", async () => {
    const bench = createIngestBench();
    const { record, mend } = await half(bench);
    await bench.run(record, 6 * HOUR);
    expect((await bench.record()).health).toMatchObject({ kind: "failing", message: "no history now" });
    expect(states(bench)).toEqual(["ok", "failing"]);
    mend();
    await bench.run(record, HOUR);
    expect((await bench.record()).health.kind).toBe("ok");
    expect((await bench.record()).backfill?.finishedAt).not.toBeNull();
  });
});

describe("an allowance that is used up", () => {
  it("delays history alone, and is nobody's failure", async () => {
    let isLow = true;
    const take = async (_: unknown, purpose: string): Promise<RateLease> =>
      purpose === "backfill" && isLow ? { kind: "wait", waitMs: 7_200_000 } : { kind: "granted" };
    const bench = createIngestBench({ change: () => ({ budget: { take } }) });
    measured(bench, bench.now() - 2 * DAY, bench.now());
    const { record } = await bench.connected();
    for (let n = 0; n < 24; n++) {
      measured(bench, bench.now() - 10, bench.now(), 300);
      await bench.run(record, 300);
    }
    expect((await bench.record()).health.kind).toBe("ok");
    expect(bench.world.asked.length).toBeGreaterThanOrEqual(23);
    expect(bench.logged.filter(({ level }) => level === "warn")).toEqual([]);
    isLow = false;
    await bench.run(record, 4 * HOUR);
    expect((await bench.record()).backfill?.finishedAt).not.toBeNull();
  });

  it("delays a poll no longer than it has to", async () => {
    let waits = 1;
    const take = async (): Promise<RateLease> => (waits-- > 0 ? { kind: "wait", waitMs: 20_000 } : { kind: "granted" });
    const bench = createIngestBench({ capabilities: ["login", "poll"], change: () => ({ budget: { take } }) });
    measured(bench, bench.now() - HOUR, bench.now());
    const { record } = await bench.connected();
    await bench.run(record, 19);
    expect((await bench.view()).size).toBe(0);
    await bench.run(record, 25);
    expect((await bench.view()).size).toBe(13);
    expect((await bench.record()).health.kind).toBe("ok");
  });

  /** At most three calls at once, one more each minute. */
  function small(bench: Pick<IngestBench, "deps">) {
    let taken = 0;
    return async (): Promise<RateLease> => {
      const flowedIn = bench.deps.clock.monotonicMs() / 60_000;
      taken = Math.max(taken, flowedIn - 3);
      if (taken + 1 > flowedIn) return { kind: "wait", waitMs: Math.ceil((taken + 1 - flowedIn) * 60_000) };
      taken++;
      return { kind: "granted" };
    };
  }

  const pagings = [
    { recordsPerPage: 12, order: "oldest_first", tellsLast: false },
    { recordsPerPage: 12, order: "newest_first", tellsLast: false },
  ] as const;

  it.each(pagings)(
    "and is smaller than what a window of history needs delays its pages, and loses none of them: $order",
    async (paging) => {
      const bench: IngestBench = createIngestBench({ paging, change: () => ({ budget: { take: () => take() } }) });
      const take = small(bench);
      const instants = measured(bench, bench.now() - 2 * DAY, bench.now());
      bench.world.account(anna).poisoned.add(instants.at(-40) as Instant);
      const { record } = await bench.connected();
      await bench.run(record, 20 * HOUR);
      await expectAll(bench, instants.slice(-280));
      expect((await bench.record()).backfill?.finishedAt).not.toBeNull();
    },
  );

  it.each(pagings)("and is smaller than what an outage left behind delays its pages, and loses none of them: $order", async (paging) => {
    const bench: IngestBench = createIngestBench({ paging, change: () => ({ budget: { take: () => take() } }) });
    const take = small(bench);
    const source = await settled(bench);
    bench.pass(30 * HOUR);
    const missed = measured(bench, bench.now() - 30 * HOUR, bench.now() - 3 * HOUR);
    bench.world.account(anna).poisoned.add(missed.at(40) as Instant);
    await bench.run(source, 10 * HOUR);
    await expectAll(bench, missed);
  });

  async function expectAll(bench: IngestBench, instants: readonly Instant[]) {
    const view = await bench.view();
    const { gaps, health } = await bench.record();
    expect(instants.filter((at) => !view.has(at) && !gaps.some(({ from, to }) => at >= from && at < to))).toEqual([]);
    expect(gaps.reduce((sum, { from, to }) => sum + to - from, 0)).toBeLessThanOrEqual(600);
    expect(health.kind).toBe("ok");
  }
});

type Mishap = (bench: IngestBench, source: SourceRecord, key: { isThere: boolean }) => void | Promise<void>;

describe("the log", () => {
  /** Everything that is said of a source while something is wrong with it, each once. */
  async function saidOf(go: Mishap): Promise<readonly string[]> {
    const key = { isThere: true };
    const open: Vault["open"] = async (...given) =>
      key.isThere ? memoryVault.open(...given) : err({ kind: "stop", message: "Another key sealed it." });
    const bench = createIngestBench({ change: () => ({ vault: { ...memoryVault, open } }) });
    const source = await settled(bench);
    bench.logged.splice(0);
    await go(bench, source, key);
    await bench.run(source, HOUR, bench.another());
    return [...new Set(bench.logged.filter(({ level }) => level === "warn").map(({ message }) => message))];
  }

  /** From now on renewing comes to this. */
  const renewing = (error: ProviderError) => (bench: IngestBench) => {
    bench.world.account(anna).troubles.push(...new Array<"unauthorized">(500).fill("unauthorized"));
    Object.assign(bench.world.loaded.provider.login ?? {}, { renew: async () => err(error) });
  };
  const lockVault: Mishap = (_, __, key) => {
    key.isThere = false;
  };
  const trouble = (kind: Trouble) => (bench: IngestBench) => {
    bench.world.account(anna).troubles.push(...new Array<Trouble>(2_000).fill(kind));
  };

  it.each<readonly [string, Mishap, RegExp, RegExp]>([
    ["a vault's key that is missing", lockVault, /^The stored credentials .* do not open/, /answer/],
    [
      "an application that the provider does not know",
      renewing({ kind: "stop", message: "invalid_client" }),
      /^Access could not be renewed/,
      /answer/,
    ],
    [
      "a renewal that does not work just now",
      renewing({ kind: "retry", message: "later" }),
      /^The provider did not renew access/,
      /answer/,
    ],
    ["answers that cannot be used", trouble("garbage_page"), /^Nothing usable came of asking the provider/, /credentials/],
    ["a provider that is away", trouble("away"), /^The provider did not answer as it should/, /usable/],
    ["access that was taken back", (bench) => bench.world.account(anna).situate("revoked"), /person has to connect again\.$/, /answer/],
    ["credentials that are not there", (bench, source) => must(bench.connections.eraseSource(source, calm)), /connect again\.$/, /answer/],
    ["another account", (bench) => bench.changeRecord({ accountId: "ben" }), /^The provider shows another account/, /access/],
    ["days that cannot be read", spoilDays, /^What is stored of this source cannot be read/, /provider (gave|answer)/],
  ])("says of %s what happened, that no readings come, and what to do or to expect", async (_, go, words, others) => {
    const [said, ...more] = await saidOf(go);
    expect(more).toEqual([]);
    expect(said).toMatch(words);
    expect(said).not.toMatch(others);
    expect(said).toMatch(/no new readings/);
    expect(said).toMatch(/again/);
  });

  async function spoilDays(bench: IngestBench, { userId, sourceId }: SourceRecord): Promise<void> {
    const day = dayOf(bench.now());
    const [stored] = await must(bench.readings.getDays([{ userId, sourceId, day }], calm));
    const version = stored?.version ?? 0;
    const spoilt = { userId, sourceId, day, version: version + 1, expectedVersion: version, bytes: Uint8Array.of(0xff, 1, 2, 3) };
    await must(bench.readings.putDays([spoilt], calm));
  }
});
