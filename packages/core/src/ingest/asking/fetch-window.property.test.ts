import fc from "fast-check";
import { err, ok } from "neverthrow";
import { expect, it } from "vitest";
import type { FetchPages, ProviderError, ProviderPage } from "../../ports/cgm-provider.ts";
import type { RateLease } from "../../ports/rate-budget.ts";
import type { ProviderName, UserId } from "../../reading/identifiers.ts";
import type { Instant, Span } from "../../reading/instant.ts";
import { type FetchFailed, fetchWindow } from "./fetch-window.ts";

const calm = { signal: new AbortController().signal };
const SHORTEST = 300;
const user = { provider: "world" as ProviderName, userId: "anna" as UserId };
const FROM = 1_745_000_000;

interface Vendor {
  /** Windows asked for. */
  readonly asked: Span[];
  /** Calls made. */
  calls: number;
  readonly leases: string[];
  readonly fetchPages: FetchPages;
}

const page = (at: readonly number[], isLast = false): ProviderPage => ({
  readings: at.map((second) => ({ time: second * 1000, value: 100, unit: "mg/dL" })),
  rejected: [],
  accountId: null,
  ...(isLast ? { isLast } : {}),
});

/** Answers `at` in pages; a window that holds a poison is unreadable after the pages that came before it. */
function vendorOf(at: readonly number[], poisons: readonly number[], perPage: number, tellsLast: boolean): Vendor {
  const vendor: Vendor = {
    asked: [],
    calls: 0,
    leases: [],
    async *fetchPages({ window }) {
      vendor.asked.push(window);
      const inside = (second: number) => second >= window.from && second < window.to;
      const records = at.filter(inside);
      for (let first = 0; ; first += perPage) {
        vendor.calls++;
        const part = records.slice(first, first + perPage);
        if (poisons.some((poison) => inside(poison) && (part.length === 0 || poison <= (part.at(-1) ?? 0)))) {
          yield err({ kind: "stop", message: "unreadable" });
          return;
        }
        if (part.length === 0 && first > 0) return;
        const isLast = first + perPage >= records.length && !poisons.some(inside);
        yield ok(page(part, isLast && tellsLast));
        if (isLast && tellsLast) return;
      }
    },
  };
  return vendor;
}

async function fetched(vendor: Vendor, window: Span, lease: () => RateLease = () => ({ kind: "granted" })) {
  const taken: number[] = [];
  const askedAt: Instant[] = [];
  const result = await fetchWindow(
    {
      user,
      fetchPages: vendor.fetchPages,
      credentials: { value: null, expiresAt: null },
      window,
      purpose: "live",
      shortestSliceSeconds: SHORTEST,
      isOnce: false,
    },
    {
      take: async (_, purpose) => {
        vendor.leases.push(purpose);
        return lease();
      },
    },
    {
      askedAt: () => askedAt.push(0 as Instant) as Instant,
      take: async ({ readings }) => {
        taken.push(...readings.map(({ time }) => (time as number) / 1000));
        return ok(undefined);
      },
    },
    calm,
  );
  return { result, taken, askedAt };
}

const windowOf = (lengthSeconds: number): Span => ({ from: FROM as Instant, to: (FROM + lengthSeconds) as Instant });
const length = fc.oneof(fc.integer({ min: 1, max: 4_000 }), fc.integer({ min: 4_000, max: 30 * 86_400 }));
const share = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

it("whatever is poisoned, all the rest is read, and what remains is a slice no longer than the shortest around each poison", async () => {
  await fc.assert(
    fc.asyncProperty(
      length,
      fc.array(share, { maxLength: 4 }),
      fc.array(share, { maxLength: 60 }),
      fc.integer({ min: 1, max: 20 }),
      fc.boolean(),
      async (seconds, poisonShares, recordShares, perPage, tellsLast) => {
        const window = windowOf(seconds);
        const placed = (shares: readonly number[]) =>
          [...new Set(shares.map((each) => FROM + Math.floor(each * seconds)))].sort((a, b) => a - b);
        const poisons = placed(poisonShares);
        const records = placed(recordShares);
        const vendor = vendorOf(records, poisons, perPage, tellsLast);
        const { result, taken } = await fetched(vendor, window);
        const { read, unreadable } = result._unsafeUnwrap();

        const slices = [...read, ...unreadable].toSorted((a, b) => a.from - b.from);
        expect(slices[0]?.from).toBe(window.from);
        expect(slices.at(-1)?.to).toBe(window.to);
        for (const [i, slice] of slices.entries()) expect(slice.from).toBe(slices[i - 1]?.to ?? window.from);
        for (const slice of unreadable) {
          expect(slice.to - slice.from).toBeLessThanOrEqual(SHORTEST);
          expect(poisons.some((poison) => poison >= slice.from && poison < slice.to)).toBe(true);
        }
        for (const poison of poisons) expect(unreadable.some(({ from, to }) => poison >= from && poison < to)).toBe(true);
        const readable = records.filter((at) => read.some(({ from, to }) => at >= from && at < to));
        expect(readable.filter((at) => !taken.includes(at))).toEqual([]);
        expect(taken.filter((at) => !records.includes(at))).toEqual([]);

        const depth = Math.ceil(Math.log2(Math.max(1, seconds / SHORTEST))) + 1;
        expect(vendor.asked.length).toBeLessThanOrEqual(1 + poisons.length * 3 * depth);
      },
    ),
  );
});

it("slices are asked for oldest first, and none twice but one that was refused", async () => {
  await fc.assert(
    fc.asyncProperty(length, fc.array(share, { maxLength: 4 }), async (seconds, shares) => {
      const vendor = vendorOf(
        [],
        shares.map((each) => FROM + Math.floor(each * seconds)),
        5,
        true,
      );
      await fetched(vendor, windowOf(seconds));
      const counts = Map.groupBy(vendor.asked, ({ from, to }) => `${from}-${to}`);
      for (const each of counts.values()) expect(each.length).toBeLessThanOrEqual(2);
      const leaves = vendor.asked.filter((slice) => !vendor.asked.some((other) => other !== slice && isInside(other, slice)));
      for (const [i, leaf] of leaves.entries()) expect(leaf.from).toBeGreaterThanOrEqual(leaves[i - 1]?.from ?? 0);
    }),
  );
});

function isInside(inner: Span, outer: Span): boolean {
  return inner.from >= outer.from && inner.to <= outer.to && inner.to - inner.from < outer.to - outer.from;
}

it("a provider that answers nothing readable is not asked without end", async () => {
  for (const seconds of [300, 86_400, 30 * 86_400, 3_650 * 86_400]) {
    const unreadable: FetchPages = async function* () {
      yield err({ kind: "stop", message: "nothing works" });
    };
    const vendor: Vendor = { ...vendorOf([], [], 1, true), fetchPages: unreadable };
    const { result } = await fetched(vendor, windowOf(seconds));
    expect(result._unsafeUnwrap().read).toEqual([]);
    expect(vendor.leases.length).toBeLessThanOrEqual(100);
  }
});

it("one poison in the oldest second of a year costs one slice", async () => {
  const vendor = vendorOf([], [FROM], 1, true);
  const { result } = await fetched(vendor, windowOf(365 * 86_400));
  expect(result._unsafeUnwrap().unreadable.map(({ from, to }) => to - from)).toEqual([expect.closeTo(240, -2)]);
});

const refusals: readonly ProviderError[] = [
  { kind: "retry", message: "later", retryAfterMs: 5_000 },
  { kind: "reconnect", message: "who are you" },
];

it.each(refusals)("$kind ends it at once: nothing more is asked, what came before is kept", async (refusal) => {
  const vendor: Vendor = {
    ...vendorOf([], [], 1, true),
    async *fetchPages() {
      vendor.calls++;
      yield ok(page([FROM]));
      yield err(refusal);
    },
  };
  const { result, taken } = await fetched(vendor, windowOf(7_200));
  expect(result._unsafeUnwrapErr()).toEqual({ at: "provider", error: refusal } satisfies FetchFailed);
  expect(vendor.calls).toBe(1);
  expect(taken).toEqual([FROM]);
});

it("a store that does not take a page ends it at once, and the provider's iterator is left", async () => {
  let isLeft = false;
  const vendor: Vendor = {
    ...vendorOf([], [], 1, true),
    async *fetchPages() {
      try {
        yield ok(page([FROM]));
        yield ok(page([FROM + 1]));
      } finally {
        isLeft = true;
      }
    },
  };
  const away: FetchFailed = { at: "store", error: { kind: "retry", message: "away" } };
  const result = await fetchWindow(
    {
      user,
      fetchPages: vendor.fetchPages,
      credentials: { value: null, expiresAt: null },
      window: windowOf(600),
      purpose: "live",
      shortestSliceSeconds: SHORTEST,
      isOnce: false,
    },
    { take: async () => ({ kind: "granted" }) },
    { askedAt: () => 0 as Instant, take: async () => err(away) },
    calm,
  );
  expect(result._unsafeUnwrapErr()).toEqual(away);
  expect(isLeft).toBe(true);
});

it("every request takes one call of the allowance, and a last page that says so saves the one that would find nothing", async () => {
  const records = [FROM, FROM + 1, FROM + 2, FROM + 3];
  const silent = vendorOf(records, [], 2, false);
  await fetched(silent, windowOf(60));
  expect([silent.calls, silent.leases.length]).toEqual([3, 3]);
  const telling = vendorOf(records, [], 2, true);
  const { askedAt } = await fetched(telling, windowOf(60));
  expect([telling.calls, telling.leases.length, askedAt.length]).toEqual([2, 2, 2]);
});

it("an allowance that is used up is nobody's failure, what came before is kept, and half as much is proposed for the next time", async () => {
  const vendor = vendorOf([FROM, FROM + 1, FROM + 2], [], 1, true);
  let left = 2;
  const window = windowOf(1_000);
  const { result, taken } = await fetched(vendor, window, () => (left-- > 0 ? { kind: "granted" } : { kind: "wait", waitMs: 7_000 }));
  expect(result._unsafeUnwrapErr()).toMatchObject({ at: "allowance", nextSeconds: 500, soFar: { read: [], unreadable: [] } });
  expect(taken).toEqual([FROM, FROM + 1]);
});

it("slices that were done before the allowance ended are told, and a slice that was not begun is not narrowed", async () => {
  const vendor = vendorOf([], [FROM + 200], 1, true);
  let left = 6;
  const { result } = await fetched(vendor, windowOf(1_200), () => (left-- > 0 ? { kind: "granted" } : { kind: "wait", waitMs: 7_000 }));
  expect(result._unsafeUnwrapErr()).toEqual({
    at: "allowance",
    waitMs: 7_000,
    isMidway: false,
    nextSeconds: 300,
    soFar: { read: [], unreadable: [{ from: FROM, to: FROM + 300, message: "unreadable" }] },
  });
});
