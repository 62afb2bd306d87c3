import { err, errAsync, ok, type Result } from "neverthrow";
import { describe, expect, it } from "vitest";
import { among, type CaughtBy, expectCaught, expectEveryCaseFails, only } from "../../test/broken-promises.ts";
import type { Call } from "../ports/call.ts";
import type { DayKey, DayPut, PutOutcome, ReadingStore, StoredDay } from "../ports/reading-store.ts";
import type { StoreError } from "../ports/store-error.ts";
import type { UserId } from "../reading/identifiers.ts";
import type { DaySpan } from "../reading/instant.ts";
import { emptySuiteFails, type UnderTest } from "./contract-case.ts";
import { createMemoryReadingStore } from "./memory-reading-store.ts";
import { readingStoreContract } from "./store-contract.ts";

function underTest(port: ReadingStore, restarted: () => ReadingStore = () => port): UnderTest<ReadingStore> {
  return { port, restarted: async () => restarted(), close: async () => undefined };
}

describe("the reading store in memory", () => {
  for (const { id, run } of readingStoreContract(async () => underTest(createMemoryReadingStore()))) it(id, run);
});

const MISTAKE = { kind: "stop", message: "a mistake" } as StoreError;

/** Each breaks one promise of a store that otherwise keeps them all. */
const faults = {
  "overwrites whatever stands": (store) => ({ ...store, putDays: (puts, call) => overwrite(store, puts, call) }),
  "checks and writes in two steps": (store) => ({
    ...store,
    putDays: async (puts, call) => {
      const found = await store.getDays(puts, call);
      const stale = found.unwrapOr([]).some((day, at) => (day?.version ?? 0) !== puts[at]?.expectedVersion);
      return stale ? store.putDays(puts, call) : overwrite(store, puts, call);
    },
  }),
  "gives up at the first conflict": (store) => ({
    ...store,
    putDays: async (puts, call) => {
      const outcomes: PutOutcome[] = [];
      for (const put of puts) {
        const outcome = await store.putDays([put], call);
        if (outcome.isErr()) return err(outcome.error);
        outcomes.push(...outcome.value);
        if (outcome.value[0]?.kind === "conflict") break;
      }
      return ok(outcomes);
    },
  }),
  "answers a conflict without what stands": (store) => ({
    ...store,
    putDays: async (puts, call) =>
      (await store.putDays(puts, call)).map((all) => all.map((one) => (one.kind === "conflict" ? { ...one, current: null } : one))),
  }),
  "cuts a day at 64 KiB": cutting,
  "counts versions itself": (store) => ({
    ...store,
    putDays: (puts, call) =>
      store.putDays(
        puts.map((put) => ({ ...put, version: put.expectedVersion + 1 })),
        call,
      ),
  }),
  "hands out its own bytes": (store) => {
    const shown = new Map<string, StoredDay>();
    return {
      ...store,
      getDays: async (keys, call) =>
        (await store.getDays(keys, call)).map((days) =>
          days.map((day) => {
            if (day === null) return null;
            const name = `${day.userId}/${day.day}/${day.sourceId}/${day.version}`;
            const known = shown.get(name) ?? day;
            shown.set(name, known);
            return known;
          }),
        ),
    };
  },
  "sorts days as text": (store) => ({
    ...store,
    async *days(userId, span, read, call) {
      const all = await collect(store, userId, span, call);
      const sign = read.order === "ascending" ? 1 : -1;
      for (const day of all.sort((a, b) => sign * (String(a.day) < String(b.day) ? -1 : 1))) yield ok(day);
    },
  }),
  "ignores the order asked": (store) => ({
    ...store,
    days: (user, span, read, call) => store.days(user, span, { ...read, order: "ascending" }, call),
  }),
  "leaves out the last day of a span": (store) => ({
    ...store,
    days: (user, span, read, call) => store.days(user, { ...span, last: (span.last - 1) as typeof span.last }, read, call),
  }),
  "stops after one page of 64": (store) => ({
    ...store,
    async *days(...args) {
      let count = 0;
      for await (const item of store.days(...args)) {
        if (count++ === 64) return;
        yield item;
      }
    },
  }),
  "ignores the case of user ids": (store) => lowerCasing(store),
  "ignores the signal": (store) => {
    const calm = { signal: new AbortController().signal };
    return {
      days: (user, span, read) => store.days(user, span, read, calm),
      getDays: (keys) => store.getDays(keys, calm),
      putDays: (puts) => store.putDays(puts, calm),
      eraseSource: (user, source) => store.eraseSource(user, source, calm),
    };
  },
  "throws from its stream": (store) => ({
    ...store,
    async *days(...args) {
      for await (const item of store.days(...args)) {
        if (item.isErr()) throw new Error("aborted");
        yield item;
      }
    },
  }),
  "goes on after an error": (store) => ({
    ...store,
    async *days(...args) {
      yield* store.days(...args);
      if (args[3].signal.aborted) yield err({ kind: "retry", message: "again" });
    },
  }),
  "erases the user's other sources too": (store) => ({
    ...store,
    eraseSource: async (userId, sourceId, call) => {
      const other = (sourceId.endsWith("1") ? `${sourceId.slice(0, -1)}2` : sourceId) as typeof sourceId;
      const also = await store.eraseSource(userId, other, call);
      return also.isErr() ? err(also.error) : store.eraseSource(userId, sourceId, call);
    },
  }),
  "counts an erase as one": (store) => ({
    ...store,
    eraseSource: async (...args) => (await store.eraseSource(...args)).map((count) => Math.min(count, 1)),
  }),
  "says it erased": (store) => ({
    ...store,
    eraseSource: async (_user, _source, call) => (call.signal.aborted ? err({ kind: "retry", message: "" }) : ok(0)),
  }),
  "answers keys in its own order": (store) => ({
    ...store,
    getDays: async (keys, call) => (await store.getDays(keys, call)).map((days) => [...days].sort((a, b) => (a?.day ?? 0) - (b?.day ?? 0))),
  }),
  "turns the bytes round": (store) => ({
    ...store,
    putDays: (puts, call) =>
      store.putDays(
        puts.map((put) => ({ ...put, bytes: put.bytes.toReversed() })),
        call,
      ),
  }),
  "writes a day once and never again": (store) => ({
    ...store,
    putDays: async (puts, call) => {
      const outcomes = await store.putDays(
        puts.filter(({ expectedVersion }) => expectedVersion === 0),
        call,
      );
      return outcomes.map((all) =>
        puts.map((put, at) => all[at] ?? { kind: "conflict", current: { ...put, version: put.expectedVersion } }),
      );
    },
  }),
  "takes nothing for a mistake": (store) => ({
    ...store,
    putDays: (puts, call) => (puts.length === 0 ? errAsync(MISTAKE) : store.putDays(puts, call)),
  }),
  "keeps no day without bytes": (store) => ({
    ...store,
    putDays: async (puts, call) => {
      const kept = await store.putDays(
        puts.filter(({ bytes }) => bytes.length > 0),
        call,
      );
      return kept.map((all) => puts.map((_, at) => all[at] ?? { kind: "written" }));
    },
  }),
  "calls a day that is not there a mistake": (store) => ({
    ...store,
    getDays: async (keys, call) => (await store.getDays(keys, call)).andThen((days) => (days.includes(null) ? err(MISTAKE) : ok(days))),
  }),
  "calls it a mistake to erase what is not there": (store) => ({
    ...store,
    eraseSource: async (...args) => (await store.eraseSource(...args)).andThen((count) => (count === 0 ? err(MISTAKE) : ok(count))),
  }),
  "answers with what stood a write ago": (store) => {
    const before = new Map<string, StoredDay | null>();
    const nameOf = ({ userId, day, sourceId }: DayKey) => `${userId}/${day}/${sourceId}`;
    return {
      ...store,
      putDays: async (puts, call) => {
        const found = (await store.getDays(puts, call)).unwrapOr([]);
        for (const [at, put] of puts.entries()) before.set(nameOf(put), found[at] ?? null);
        return store.putDays(puts, call);
      },
      getDays: async (keys, call) =>
        (await store.getDays(keys, call)).map((days) => keys.map((key, at) => before.get(nameOf(key)) ?? days[at] ?? null)),
    };
  },
  "looks less closely whose days they are where it may lag": (store) => ({
    ...store,
    async *days(user, span, read, call) {
      yield* store.days(user, span, read, call);
      if (read.consistency === "eventual") yield* store.days("bert" as UserId, span, read, call);
    },
  }),
  "has one lock for everybody": (store) => {
    let isBusy = false;
    return {
      ...store,
      putDays: async (puts, call) => {
        if (isBusy) return ok(puts.map(() => ({ kind: "conflict", current: null }) as const));
        isBusy = true;
        const outcomes = await store.putDays(puts, call);
        isBusy = false;
        return outcomes;
      },
    };
  },
} satisfies Readonly<Record<string, (store: ReadingStore) => ReadingStore>>;

/** The case that names each of them. */
const caughtBy: Readonly<Record<keyof typeof faults, CaughtBy>> = {
  "overwrites whatever stands": among("a stale put meets what stands there now"),
  "checks and writes in two steps": among("of many writers over one version exactly one is written"),
  "gives up at the first conflict": only("a conflict of one day hinders no other, and each is answered in its place"),
  "answers a conflict without what stands": among("a stale put meets what stands there now"),
  "cuts a day at 64 KiB": only("a full day of 128 KiB is a day like others"),
  "counts versions itself": only("one write may bring several commits"),
  "hands out its own bytes": only("what is stored is nobody's array"),
  "sorts days as text": among("days come by day and then by source"),
  "ignores the order asked": among("days come by day and then by source"),
  "leaves out the last day of a span": only("a span holds its first and its last day and nothing outside"),
  "stops after one page of 64": among("a long history comes whole, each day once"),
  "ignores the case of user ids": only("nobody sees a day of somebody with a similar name"),
  "ignores the signal": among("a cancelled call is answered by an error and writes nothing"),
  "throws from its stream": only("a cancelled reading ends with an error, and never throws"),
  "goes on after an error": only("a cancelled reading ends with an error, and never throws"),
  "erases the user's other sources too": only("erasing a source takes its days and nothing else"),
  "counts an erase as one": among("erasing a source takes its days and nothing else"),
  "says it erased": among("erasing a source takes its days and nothing else"),
  "answers keys in its own order": among("the days named come in the order asked"),
  "turns the bytes round": among("a day comes back as it was written"),
  "writes a day once and never again": among("a day that was read is written over"),
  "takes nothing for a mistake": only("no puts, no keys: nothing happens"),
  "keeps no day without bytes": only("a day may be empty of bytes"),
  "calls a day that is not there a mistake": among("a stranger has no days"),
  "calls it a mistake to erase what is not there": only("erasing what is not there answers 0"),
  "answers with what stood a write ago": among("a strong read sees what was answered before"),
  "looks less closely whose days they are where it may lag": only("an eventual read gives no stranger's day"),
  "has one lock for everybody": among("writers of other days, sources and users do not meet"),
};

describe("the reading store contract", () => {
  for (const [fault, breaking] of Object.entries(faults)) {
    it(`catches a store that ${fault}`, async () => {
      await expectCaught(
        readingStoreContract(async () => underTest(breaking(createMemoryReadingStore()))),
        caughtBy[fault as keyof typeof faults],
      );
    });
  }

  const forgetful = () => readingStoreContract(async () => underTest(createMemoryReadingStore(), createMemoryReadingStore));

  it("catches a store that forgets", async () => {
    await expectCaught(forgetful(), among("what was answered outlives the process"));
  });

  it("has no case that nothing fails", async () => {
    const broken = Object.values(faults).map((breaking) =>
      readingStoreContract(async () => underTest(breaking(createMemoryReadingStore()))),
    );
    await expectEveryCaseFails([...broken, forgetful()]);
  });

  it("says what was promised and what happened", async () => {
    const cases = readingStoreContract(async () => underTest(cutting(createMemoryReadingStore())));
    const full = cases.find(({ id }) => id === "a full day of 128 KiB is a day like others");
    await expect(full?.run()).rejects.toThrow(
      /^promised: full days come back byte for byte\nhappened: .*65536 bytes.* should have been .*131072 bytes/,
    );
  });

  it("a suite without cases fails", () => {
    expect(() => emptySuiteFails([])).toThrow(/^promised: .+\nhappened: it has no cases$/);
  });
});

async function collect(store: ReadingStore, userId: UserId, span: DaySpan, call: Call): Promise<StoredDay[]> {
  const days: StoredDay[] = [];
  for await (const item of store.days(userId, span, { order: "ascending", consistency: "strong" }, call))
    if (item.isOk()) days.push(item.value);
  return days;
}

/** Reads and writes until nothing stands in the way. */
async function overwrite(store: ReadingStore, puts: readonly DayPut[], call: Call): Promise<Result<readonly PutOutcome[], StoreError>> {
  const found = await store.getDays(puts, call);
  if (found.isErr()) return err(found.error);
  const blind = puts.map((one, at) => ({ ...one, expectedVersion: found.value[at]?.version ?? 0 }));
  const outcomes = await store.putDays(blind, call);
  const again = outcomes.unwrapOr([]).some(({ kind }) => kind === "conflict");
  return again ? overwrite(store, puts, call) : outcomes;
}

function cutting(store: ReadingStore): ReadingStore {
  return {
    ...store,
    putDays: (puts, call) =>
      store.putDays(
        puts.map((put) => ({ ...put, bytes: put.bytes.slice(0, 65_536) })),
        call,
      ),
  };
}

function lowerCasing(store: ReadingStore): ReadingStore {
  const low = <Key extends { readonly userId: string }>(key: Key): Key => ({ ...key, userId: key.userId.toLowerCase() });
  return {
    ...store,
    days: (user, span, read, call) => store.days(user.toLowerCase() as typeof user, span, read, call),
    getDays: (keys, call) => store.getDays(keys.map(low), call),
    putDays: (puts, call) => store.putDays(puts.map(low), call),
  };
}
