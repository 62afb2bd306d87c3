import fc from "fast-check";
import { err, ok } from "neverthrow";
import { describe, expect, it } from "vitest";
import { anna, type BenchOptions, calm, createIngestBench, type IngestBench, measured, must } from "../../../test/ingest-bench.ts";
import { disconnectSource } from "../../connection/disconnect.ts";
import type { Credentials, ProviderError } from "../../ports/cgm-provider.ts";
import type { Vault } from "../../ports/vault.ts";
import { memoryVault } from "../../testing/memory-vault.ts";

const HOUR = 3_600;
const DAY = 86_400;
const AWAY: ProviderError = { kind: "retry", message: "The vendor is away." };

/** A vendor that can be asked to call: what it was asked, and for whom it stands. */
interface Caller {
  readonly asked: { readonly atSeconds: number; readonly credentials: Credentials; readonly secret: string }[];
  readonly standing: Map<string, string>;
  /** What it answers; `null`: it does as it is asked. */
  answer: () => ProviderError | null;
  /** What happens while it is asked. */
  meanwhile: () => Promise<void>;
  url: URL | null;
}

function callingBench(options: BenchOptions = {}): { readonly bench: IngestBench; readonly caller: Caller } {
  const caller: Caller = {
    asked: [],
    standing: new Map(),
    answer: () => null,
    meanwhile: async () => undefined,
    url: new URL("https://bg.example.org/api/bg/anna/webhook/world"),
  };
  const bench = createIngestBench({
    ...options,
    change: (deps) => ({ ...options.change?.(deps), callbackUrl: () => caller.url }),
  });
  const { provider } = bench.world.loaded;
  Object.assign(provider, {
    webhook: {
      ...provider.webhook,
      subscribe: async (credentials: Credentials, url: URL, secret: string) => {
        caller.asked.push({ atSeconds: bench.now(), credentials, secret });
        await caller.meanwhile();
        const error = caller.answer();
        if (error !== null) return err(error);
        caller.standing.set(url.href, secret);
        return ok(undefined);
      },
      unsubscribe: async (_: Credentials, url: URL) => {
        caller.standing.delete(url.href);
        return ok(undefined);
      },
    },
  });
  return { bench, caller };
}

const urlOf = ({ url }: Caller): string => url?.href ?? "";

describe("a vendor that can be asked to call", () => {
  it("is asked once, with what the source was connected with, restarts included", async () => {
    const { bench, caller } = callingBench();
    const { record, webhookSecret } = await bench.connected();
    await bench.run(record, HOUR);
    await bench.run(record, DAY, bench.another());
    const { credentials } = bench.world.grantOf(anna);
    expect(caller.asked).toEqual([{ atSeconds: record.phaseSince, credentials, secret: webhookSecret }]);
    expect([...caller.standing]).toEqual([[urlOf(caller), webhookSecret]]);
    expect((await bench.record()).push).toEqual({ kind: "on", since: record.phaseSince, url: urlOf(caller) });
  });

  it("and is away is asked again, ever more seldom, until it calls; polls go on and bring all that there is", async () => {
    const { bench, caller } = callingBench();
    caller.answer = () => AWAY;
    const all = measured(bench, bench.now() - HOUR, bench.now() + 2 * DAY);
    const { record, webhookSecret } = await bench.connected();
    await bench.run(record, 2 * DAY);
    const push = (await bench.record()).push;
    expect(push).toMatchObject({ kind: "off", since: record.phaseSince, attempts: caller.asked.length, message: AWAY.message });
    expect(caller.asked.length).toBeGreaterThan(8);
    expect(caller.asked.length).toBeLessThan(40);
    expect((await bench.record()).health.kind).toBe("ok");
    const warned = bench.logged.filter(({ message }) => message.includes("could not be asked to call"));
    expect(warned).toHaveLength(caller.asked.length);
    expect(JSON.stringify(bench.logged)).not.toContain(webhookSecret);
    caller.answer = () => null;
    await bench.run(record, 6 * HOUR);
    expect((await bench.record()).push).toMatchObject({ kind: "on" });
    const { length } = caller.asked;
    await bench.run(record, DAY);
    expect(caller.asked).toHaveLength(length);
    const view = await bench.view();
    expect(all.filter((at) => !view.has(at))).toEqual([]);
  });

  it("waits where it was told to, whoever owns the source by then, and not longer because a clock fell back", async () => {
    const { bench, caller } = callingBench();
    caller.answer = () => ({ kind: "retry", message: "later", retryAfterMs: 3 * HOUR * 1_000 });
    const { record } = await bench.connected();
    await bench.run(record, HOUR);
    await bench.run(record, HOUR, bench.another());
    expect(caller.asked).toHaveLength(1);
    await bench.run(record, 2 * HOUR, bench.another());
    expect(caller.asked).toHaveLength(2);
    bench.jump(-30 * DAY);
    await bench.run(record, HOUR, bench.another());
    expect(caller.asked.length).toBeGreaterThan(2);
  });

  it.each<ProviderError>([
    { kind: "reconnect", message: "not for you" },
    { kind: "stop", message: "unreadable" },
  ])("and answers $kind is no reason to stop polls, or to ask the person", async (error) => {
    const { bench, caller } = callingBench();
    caller.answer = () => error;
    const { record } = await bench.connected();
    await bench.run(record, HOUR);
    expect(await bench.record()).toMatchObject({ health: { kind: "ok" }, push: { kind: "off", message: error.message } });
    expect(bench.world.asked.length).toBeGreaterThan(10);
  });

  it("is asked anew when the person connects again, and when it has to call elsewhere", async () => {
    const { bench, caller } = callingBench();
    const { record } = await bench.connected();
    await bench.run(record, HOUR);
    await bench.connected();
    expect((await bench.record()).push).toBeUndefined();
    bench.ingest.forget(record.sourceId);
    await bench.run(record, HOUR);
    expect(caller.asked).toHaveLength(2);
    caller.url = new URL("https://elsewhere.example.org/api/bg/anna/webhook/world");
    await bench.run(record, HOUR);
    expect(caller.asked).toHaveLength(3);
    expect((await bench.record()).push).toMatchObject({ kind: "on", url: urlOf(caller) });
  });

  it("is not asked where nobody outside can reach the service", async () => {
    const { bench, caller } = callingBench();
    caller.url = null;
    const { record } = await bench.connected();
    await bench.run(record, HOUR);
    expect([caller.asked, (await bench.record()).push]).toEqual([[], undefined]);
  });

  it("and is asked while the person leaves calls no more", async () => {
    for (const isCutShort of [false, true]) {
      const { bench, caller } = callingBench();
      const { record } = await bench.connected();
      const turn = new AbortController();
      caller.meanwhile = async () => {
        await must(disconnectSource(bench.connections, anna, record.provider, bench.now(), calm));
        caller.standing.set(urlOf(caller), "done, and nobody heard of it");
        if (!isCutShort) return;
        caller.answer = () => AWAY;
        turn.abort();
      };
      await bench.ingest.tend(record, "live", { signal: turn.signal });
      expect([...caller.standing], String(isCutShort)).toEqual([]);
      expect((await bench.record()).push).toBeUndefined();
    }
  });

  it("is asked again where its answer could not be written down, and not in a loop", async () => {
    const { bench, caller } = callingBench();
    const { record, webhookSecret } = await bench.connected();
    caller.meanwhile = async () => {
      bench.storeMode = "away";
    };
    const { liveAtMs } = await bench.ingest.tend(record, "live", calm);
    expect(liveAtMs).toBeGreaterThan(bench.deps.clock.nowMs());
    bench.storeMode = "there";
    caller.meanwhile = async () => undefined;
    await bench.run(record, HOUR);
    expect(caller.asked).toHaveLength(2);
    expect([...caller.standing]).toEqual([[urlOf(caller), webhookSecret]]);
    expect((await bench.record()).push).toMatchObject({ kind: "on" });
  });

  it("is not asked while no call is left of what the provider allows", async () => {
    let isShort = true;
    const { bench, caller } = callingBench({
      change: () => ({ budget: { take: async () => (isShort ? { kind: "wait", waitMs: 5_000 } : { kind: "granted" }) } }),
    });
    const { record } = await bench.connected();
    await bench.run(record, HOUR);
    expect(caller.asked).toEqual([]);
    isShort = false;
    await bench.run(record, HOUR);
    expect(caller.asked).toHaveLength(1);
  });
});

it("whenever the vendor fails and whoever owns the source, it calls in the end, is asked no more then, and no reading is lost", async () => {
  const trouble = fc.constantFrom<ProviderError | null>(AWAY, { kind: "stop", message: "odd" }, { kind: "reconnect", message: "no" }, null);
  await fc.assert(
    fc.asyncProperty(fc.array(trouble, { maxLength: 12 }), fc.integer({ min: 1, max: 20 }), async (troubles, every) => {
      const { bench, caller } = callingBench({ pollIntervalSeconds: HOUR });
      const left = [...troubles];
      caller.answer = () => left.shift() ?? null;
      const { record, webhookSecret } = await bench.connected();
      const all = measured(bench, bench.now(), bench.now() + 3 * DAY, HOUR);
      for (let hour = 0; hour < 76; hour++) {
        if (hour % every === 0) bench.ingest = bench.another();
        await bench.run(record, HOUR, bench.ingest);
      }
      expect([...caller.standing]).toEqual([[urlOf(caller), webhookSecret]]);
      const until = troubles.indexOf(null);
      expect(caller.asked).toHaveLength((until === -1 ? troubles.length : until) + 1);
      const view = await bench.view();
      expect(all.filter((at) => !view.has(at))).toEqual([]);
    }),
    { numRuns: 15 },
  );
});

describe("a source that is never polled", () => {
  it("says so when there is nothing to ask the vendor with, and is well again when there is", async () => {
    let isShut = true;
    const open: Vault["open"] = async (...asked) =>
      isShut ? err({ kind: "stop", message: "The key is another one." }) : memoryVault.open(...asked);
    const { bench, caller } = callingBench({
      capabilities: ["login", "webhook"],
      change: () => ({ vault: { ...memoryVault, open } }),
    });
    const { record } = await bench.connected();
    await bench.run(record, HOUR);
    expect((await bench.record()).health).toMatchObject({ kind: "stopped", message: "The key is another one." });
    expect(caller.asked).toEqual([]);
    isShut = false;
    await bench.run(record, 2 * DAY);
    expect(caller.asked).toHaveLength(1);
    expect((await bench.record()).health.kind).toBe("ok");
  });
});
