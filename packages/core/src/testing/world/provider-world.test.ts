import { describe, expect, it } from "vitest";
import type { Credentials, ProviderError, ProviderPage } from "../../ports/cgm-provider.ts";
import type { Instant, Span } from "../../reading/instant.ts";
import { createProviderWorld, type ProviderWorld, type WorldOptions } from "./provider-world.ts";
import { RETRY_AFTER_MS } from "./world-pages.ts";
import { worldBody, worldSignature } from "./world-webhook.ts";

const NOW = 1_745_000_000;
const calm = { signal: new AbortController().signal };

interface Staged {
  readonly world: ProviderWorld;
  pass(seconds: number): void;
  poll(window?: Partial<Span>, credentials?: Credentials): Promise<{ pages: ProviderPage[]; error: ProviderError | undefined }>;
}

function staged(options: Omit<WorldOptions, "clock"> = {}): Staged {
  let now = NOW;
  const world = createProviderWorld({ ...options, clock: { nowMs: () => now * 1000 } });
  for (let at = NOW - 3_600; at <= NOW; at += 300) world.account("anna").measure({ at: at as Instant, mgdl: 100 });
  return {
    world,
    pass: (seconds) => {
      now += seconds;
    },
    async poll(window = {}, credentials = world.grantOf("anna").credentials) {
      const pages: ProviderPage[] = [];
      let error: ProviderError | undefined;
      const span = { from: (NOW - 7_200) as Instant, to: (now + 600) as Instant, ...window };
      for await (const page of world.loaded.provider.poll?.fetchPages({ window: span, credentials }, calm) ?? []) {
        if (page.isOk()) pages.push(page.value);
        else error = page.error;
      }
      return { pages, error };
    },
  };
}

const valuesOf = (pages: readonly ProviderPage[]) =>
  pages.flatMap(({ readings }) => readings.map(({ time, value }) => [time as number, value]));

describe("a vendor in memory", () => {
  it("shows what was measured in the window, from when it is published, and whose it is", async () => {
    const { world, pass, poll } = staged();
    world.account("anna").measure({ at: (NOW + 100) as Instant, mgdl: 120, shownAt: (NOW + 4_000) as Instant });
    expect(valuesOf((await poll()).pages)).toHaveLength(13);
    pass(3_999);
    expect(valuesOf((await poll()).pages)).toHaveLength(13);
    pass(1);
    const { pages } = await poll();
    expect(valuesOf(pages).at(-1)).toEqual([(NOW + 100) * 1000, 120]);
    expect(pages.every(({ accountId }) => accountId === "anna")).toBe(true);
    expect(valuesOf((await poll({ from: NOW as Instant, to: (NOW + 1) as Instant })).pages)).toHaveLength(1);
  });

  it("shows the later of two contents of an instant once it is revised, and the earlier one while its answers are stale", async () => {
    const { world, pass, poll } = staged();
    world.account("anna").measure({ at: NOW as Instant, mgdl: 140, shownAt: (NOW + 60) as Instant });
    expect(valuesOf((await poll()).pages).at(-1)?.[1]).toBe(100);
    pass(60);
    expect(valuesOf((await poll()).pages).at(-1)?.[1]).toBe(140);
    world.account("anna").staleSeconds = 30;
    expect(valuesOf((await poll()).pages).at(-1)?.[1]).toBe(100);
  });

  it("pages in either order without losing a record", async () => {
    for (const order of ["oldest_first", "newest_first"] as const) {
      for (const tellsLast of [true, false]) {
        const { pages } = await staged({ paging: { recordsPerPage: 5, order, tellsLast } }).poll();
        expect(pages.map(({ readings }) => readings.length)).toEqual([5, 5, 3]);
        expect(new Set(valuesOf(pages).map(([time]) => time)).size).toBe(13);
        expect(pages.map(({ isLast }) => isLast === true)).toEqual([false, false, tellsLast]);
      }
    }
  });

  it("cannot read a window that holds a poisoned instant, and reads all others", async () => {
    const { world, poll } = staged();
    world.account("anna").poisoned.add((NOW - 450) as Instant);
    expect((await poll()).error?.kind).toBe("stop");
    expect((await poll({ from: (NOW - 449) as Instant })).error).toBeUndefined();
  });

  it("has only the capabilities that are asked for", () => {
    const { world } = staged({ capabilities: ["oauth", "poll"] });
    expect(Object.keys(world.loaded.provider).toSorted()).toEqual(["oauth", "poll"]);
  });

  it("takes a delivery signed for the one source and no other", async () => {
    const webhook = staged().world.loaded.provider.webhook;
    const body = worldBody("anna");
    const headers = worldSignature("whsec_a", "one", NOW as Instant);
    expect((await webhook?.verify({ headers, body }, "whsec_a", calm))?._unsafeUnwrap()).toMatchObject({ kind: "delivery", id: "one" });
    expect((await webhook?.verify({ headers, body }, "whsec_b", calm))?._unsafeUnwrapErr().reason).toBe("signature_wrong");
    expect((await webhook?.verify({ headers: {}, body }, "whsec_a", calm))?._unsafeUnwrapErr().reason).toBe("signature_missing");
    expect(webhook?.read(body)._unsafeUnwrap()).toEqual({ kind: "changed" });
  });
});

describe("its situations", () => {
  it("two_pages", async () => {
    const { world, poll } = staged();
    world.account("anna").situate("two_pages");
    const { pages } = await poll();
    expect(pages).toHaveLength(2);
    expect(valuesOf(pages)).toHaveLength(13);
  });

  it("no_data", async () => {
    const { world, poll } = staged();
    world.account("anna").situate("no_data");
    const { pages, error } = await poll();
    expect([valuesOf(pages), error]).toEqual([[], undefined]);
  });

  it("late_data: one more record, behind the newest", async () => {
    const { world, poll } = staged();
    const before = valuesOf((await poll()).pages);
    world.account("anna").situate("late_data");
    const after = valuesOf((await poll()).pages);
    expect(after).toHaveLength(before.length + 1);
    expect(after.at(-1)).toEqual(before.at(-1));
  });

  it("revised: the newest says something else", async () => {
    const { world, poll } = staged();
    const before = valuesOf((await poll()).pages);
    world.account("anna").situate("revised");
    const after = valuesOf((await poll()).pages);
    expect(after.map(([time]) => time)).toEqual(before.map(([time]) => time));
    expect(after.at(-1)?.[1]).not.toBe(before.at(-1)?.[1]);
  });

  it("unauthorized: old credentials are refused, renewed ones are taken", async () => {
    const { world, poll } = staged();
    const old = world.grantOf("anna").credentials;
    world.account("anna").situate("unauthorized");
    expect((await poll({}, old)).error?.kind).toBe("reconnect");
    const renewed = await world.loaded.provider.login?.renew(old, calm);
    expect((await poll({}, renewed?._unsafeUnwrap())).error).toBeUndefined();
  });

  it("revoked: nothing is taken any more", async () => {
    const { world, poll } = staged();
    const old = world.grantOf("anna").credentials;
    world.account("anna").situate("revoked");
    expect((await poll({}, old)).error?.kind).toBe("reconnect");
    expect((await world.loaded.provider.login?.renew(old, calm))?._unsafeUnwrapErr().kind).toBe("reconnect");
  });

  it("rate_limited", async () => {
    const { world, poll } = staged();
    world.account("anna").situate("rate_limited");
    expect((await poll()).error).toMatchObject({ kind: "retry", retryAfterMs: RETRY_AFTER_MS });
    world.account("anna").situate("well");
    expect((await poll()).error).toBeUndefined();
  });

  it("garbage_page", async () => {
    const { world, poll } = staged();
    world.account("anna").situate("garbage_page");
    expect((await poll()).error?.kind).toBe("stop");
  });

  it("garbage_record: one record that cannot be read, the rest as before", async () => {
    const { world, poll } = staged();
    world.account("anna").situate("garbage_record");
    const { pages } = await poll();
    expect(pages.flatMap(({ rejected }) => rejected)).toHaveLength(1);
    expect(valuesOf(pages)).toHaveLength(12);
  });

  it("hangs: until it is called off", async () => {
    const { world } = staged();
    world.account("anna").situate("hangs");
    const cutOff = new AbortController();
    const window = { from: NOW as Instant, to: (NOW + 1) as Instant };
    const request = { window, credentials: world.grantOf("anna").credentials };
    const pages = world.loaded.provider.poll?.fetchPages(request, { signal: cutOff.signal });
    const next = pages?.[Symbol.asyncIterator]().next();
    const first = await Promise.race([next, new Promise((resolve) => setTimeout(resolve, 5, "hangs"))]);
    expect(first).toBe("hangs");
    cutOff.abort();
    expect((await next)?.value?._unsafeUnwrapErr().kind).toBe("retry");
  });
});
