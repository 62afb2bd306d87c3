import { err, errAsync, ok } from "neverthrow";
import { describe, expect, it } from "vitest";
import { among, brokenPromises, type CaughtBy, expectCaught, expectEveryCaseFails, only } from "../../test/broken-promises.ts";
import type { Call } from "../ports/call.ts";
import type { ConnectionStore, SealedSecrets, SetAsidePage, SourceKey } from "../ports/connection-store.ts";
import type { SourceRecord } from "../ports/source-record.ts";
import type { StoreError } from "../ports/store-error.ts";
import { connectionStoreContract } from "./connection-contract.ts";
import type { UnderTest } from "./contract-case.ts";
import { createMemoryConnectionStore } from "./memory-connection-store.ts";

function underTest(port: ConnectionStore, restarted: () => ConnectionStore = () => port): UnderTest<ConnectionStore> {
  return { port, restarted: async () => restarted(), close: async () => undefined };
}

describe("the connection store in memory", () => {
  for (const { id, run } of connectionStoreContract(async () => underTest(createMemoryConnectionStore()))) it(id, run);
});

const calm: Call = { signal: new AbortController().signal };

const MISTAKE = { kind: "stop", message: "a mistake" } as StoreError;

/** Each breaks one promise of a store that otherwise keeps them all. */
const faults = {
  "replaces a record over any version": (store) => ({
    ...store,
    replaceRecord: async (record, _, call) => {
      const standing = (await store.recordsOf(record.userId, call)).unwrapOr([]).find(({ provider }) => provider === record.provider);
      return store.replaceRecord(record, standing?.version ?? 0, call);
    },
  }),
  "forgets an account id": (store) => withRecords(store, (record) => ({ ...record, accountId: null })),
  "leaves tombstones out": (store) => ({
    ...store,
    recordsOf: async (user, call) => (await store.recordsOf(user, call)).map((all) => all.filter(({ phase }) => phase !== "erased")),
  }),
  "gives records in the order of connecting": (store) => ({
    ...store,
    recordsOf: async (user, call) =>
      (await store.recordsOf(user, call)).map((all) => all.toSorted((a, b) => (a.sourceId < b.sourceId ? -1 : 1))),
  }),
  "schedules everything everywhere": (store) => ({
    ...store,
    async *schedule(_, call) {
      for (let shard = 0; shard < 256; shard++) yield* store.schedule(shard, call);
    },
  }),
  "schedules one page of 100": (store) => ({
    ...store,
    async *schedule(shard, call) {
      let count = 0;
      for await (const entry of store.schedule(shard, call)) if (count++ < 100) yield entry;
    },
  }),
  "keeps the first schedule entry": (store) => {
    const first = new Map<string, SourceRecord>();
    return {
      ...store,
      replaceRecord: async (record, ...rest) => {
        if (!first.has(record.sourceId)) first.set(record.sourceId, record);
        return store.replaceRecord(record, ...rest);
      },
      async *schedule(shard, call) {
        for await (const entry of store.schedule(shard, call)) {
          yield entry.map((one) => ({ ...one, phase: first.get(one.sourceId)?.phase ?? one.phase }));
        }
      },
    };
  },
  "keeps secrets by user": (store) =>
    withSource(store, "secrets", ({ userId }) => ({ userId, sourceId: "allsources00" as SourceKey["sourceId"] })),
  "keeps secrets by source id alone": (store) =>
    withSource(store, "secrets", ({ sourceId }) => ({ sourceId, userId: "all" as SourceKey["userId"] })),
  "overwrites secrets": (store) => ({
    ...store,
    replaceSecrets: async (source, next, call) => {
      const standing = (await store.secretsOf(source, call)).unwrapOr(null);
      const written = await store.replaceSecrets(source, { ...next, version: (standing?.version ?? 0) + 1 }, call);
      return written.map(() => ({ kind: "written" }));
    },
  }),
  "keeps secrets that are to be deleted": (store) => ({
    ...store,
    replaceSecrets: async (source, next, call) => {
      const standing = (await store.secretsOf(source, call)).unwrapOr(null);
      return store.replaceSecrets(source, { ...next, sealed: next.sealed ?? standing?.sealed ?? null }, call);
    },
  }),
  "forgets the version with the secrets": (store) => ({
    ...store,
    replaceSecrets: async (source, next, call) => {
      const replaced = await store.replaceSecrets(source, next, call);
      const isGone = next.sealed === null && replaced.isOk() && replaced.value.kind === "written";
      return isGone ? (await store.eraseSource(source, call)).map(() => replaced.value) : replaced;
    },
  }),
  "forgets who claimed a renewal": (store) => ({
    ...store,
    replaceSecrets: (source, next, call) => store.replaceSecrets(source, { ...next, claim: null }, call),
  }),
  "keeps a claim that was ended": (store) => {
    let last: SealedSecrets["claim"] = null;
    return {
      ...store,
      replaceSecrets: (source, next, call) => {
        last = next.claim ?? last;
        return store.replaceSecrets(source, { ...next, claim: last }, call);
      },
    };
  },
  "keeps what is set aside by source id alone": (store) =>
    withSource(store, "setAside", ({ sourceId }) => ({ sourceId, userId: "all" as SourceKey["userId"] })),
  "takes the latest time of a record set aside": (store) => {
    const times = new Map<string, SetAsidePage["records"][number]>();
    return {
      ...store,
      setAside: async (source, records, call) => {
        for (const record of records) times.set(record.key, record);
        return store.setAside(source, records, call);
      },
      setAsideOf: async (...args) =>
        (await store.setAsideOf(...args)).map((page) => ({
          ...page,
          records: page.records.map((record) => times.get(record.key) ?? record),
        })),
    };
  },
  "pages by offset": (store) => ({
    ...store,
    setAsideOf: async (source, { limit, after }, call) => {
      const start = after === null ? 0 : Number(after);
      if (!(Number.isInteger(start) && start > 0) && after !== null) return err({ kind: "stop", message: "" });
      const all = await store.setAsideOf(source, { limit: 1000, after: null }, call);
      return all.map(({ records }) => ({
        records: records.slice(start, start + limit),
        next: start + limit < records.length ? String(start + limit) : null,
      }));
    },
  }),
  "gives the oldest first": (store) => ({
    ...store,
    setAsideOf: async (...args) => (await store.setAsideOf(...args)).map((page) => ({ ...page, records: page.records.toReversed() })),
  }),
  "starts again at an unreadable page mark": (store) => ({
    ...store,
    setAsideOf: async (source, page, call) => {
      const answer = await store.setAsideOf(source, page, call);
      return answer.isErr() && answer.error.kind === "stop" ? store.setAsideOf(source, { ...page, after: null }, call) : answer;
    },
  }),
  "erases the record as well": (store) => {
    const erased = new Set<string>();
    return {
      ...store,
      eraseSource: async (source, call) => {
        erased.add(`${source.userId}/${source.sourceId}`);
        return store.eraseSource(source, call);
      },
      recordsOf: async (user, call) =>
        (await store.recordsOf(user, call)).map((all) => all.filter(({ userId, sourceId }) => !erased.has(`${userId}/${sourceId}`))),
    };
  },
  "says it erased": (store) => ({
    ...store,
    eraseSource: async (_, call) => (call.signal.aborted ? err({ kind: "retry", message: "" }) : ok(undefined)),
  }),
  "sets aside in spite of the signal": (store) => ({
    ...store,
    setAside: async (source, records, call) => {
      const kept = await store.setAside(source, records, calm);
      return call.signal.aborted ? err({ kind: "retry", message: "" }) : kept;
    },
  }),
  "erases a source once and no more": (store) => {
    const erased = new Set<string>();
    return {
      ...store,
      eraseSource: async (source, call) => {
        if (erased.has(source.sourceId)) return err(MISTAKE);
        erased.add(source.sourceId);
        return store.eraseSource(source, call);
      },
    };
  },
  "sets aside in two steps": (store) => {
    let busy = 0;
    return {
      ...store,
      setAside: async (source, records, call) => {
        busy++;
        const rivals = busy;
        const kept = await store.setAside(
          source,
          records.map((record) => (rivals > 1 ? { ...record, key: `${record.key}${rivals}` } : record)),
          call,
        );
        busy--;
        return kept;
      },
    };
  },
  "takes nothing for a mistake": (store) => ({
    ...store,
    setAside: (source, records, call) => (records.length === 0 ? errAsync(MISTAKE) : store.setAside(source, records, call)),
  }),
  "checks a record and writes it in two steps": (store) => {
    const standing = async (record: SourceRecord, call: Call) =>
      (await store.recordsOf(record.userId, call)).unwrapOr([]).find(({ provider }) => provider === record.provider)?.version ?? 0;
    return {
      ...store,
      replaceRecord: async (record, expected, call) => {
        if ((await standing(record, call)) !== expected) return ok({ kind: "conflict" });
        for (;;) {
          const written = await store.replaceRecord(record, await standing(record, call), call);
          if (written.isErr() || written.value.kind === "written") return written;
        }
      },
    };
  },
  "ignores the case of user ids": (store) => {
    const low = <Text extends string>(text: Text) => text.toLowerCase() as Text;
    return {
      ...store,
      recordsOf: (user, call) => store.recordsOf(low(user), call),
      replaceRecord: (record, ...rest) => store.replaceRecord({ ...record, userId: low(record.userId) }, ...rest),
    };
  },
  "forgets that it removed a record": (store) => {
    const removed = new Map<string, SourceRecord>();
    return {
      ...store,
      removeRecord: async (user, provider, version, call) => {
        for (const record of (await store.recordsOf(user, call)).unwrapOr([])) removed.set(`${record.userId}/${record.provider}`, record);
        return store.removeRecord(user, provider, version, call);
      },
      recordsOf: async (user, call) =>
        (await store.recordsOf(user, call)).map((all) => [
          ...all,
          ...[...removed.values()].filter(({ userId, provider }) => userId === user && !all.some((each) => each.provider === provider)),
        ]),
    };
  },
} satisfies Readonly<Record<string, (store: ConnectionStore) => ConnectionStore>>;

/** The case that names each of them. */
const caughtBy: Readonly<Record<keyof typeof faults, CaughtBy>> = {
  "replaces a record over any version": among("a record is replaced over the version that stands, and over no other"),
  "forgets an account id": among("a record comes back as it was written, whatever it says"),
  "leaves tombstones out": among("the records of a user come by provider, tombstones included"),
  "gives records in the order of connecting": only("the records of a user come by provider, tombstones included"),
  "schedules everything everywhere": among("every source stands in the schedule of its shard, and in no other"),
  "schedules one page of 100": only("a crowded shard comes whole, each source once"),
  "keeps the first schedule entry": only("the schedule follows the record"),
  "keeps secrets by user": among("secrets belong to one source of one user"),
  "keeps secrets by source id alone": among("secrets belong to one source of one user"),
  "overwrites secrets": among("secrets are replaced over the version before, and over no other"),
  "keeps secrets that are to be deleted": only(
    "secrets that are deleted leave nothing but their version, from which the next ones count on",
  ),
  "forgets the version with the secrets": only(
    "secrets that are deleted leave nothing but their version, from which the next ones count on",
  ),
  "forgets who claimed a renewal": only("a claim stands beside the secrets until the next write"),
  "keeps a claim that was ended": only("a write without a claim ends the one that stood"),
  "keeps what is set aside by source id alone": among("what is set aside belongs to one source of one user"),
  "takes the latest time of a record set aside": only("the same record is kept once, with its first time"),
  "pages by offset": among("records that arrive between pages shift none"),
  "gives the oldest first": among("pages give every record once, newest first"),
  "starts again at an unreadable page mark": only("an unreadable page mark is answered with stop"),
  "erases the record as well": only("erasing a source takes its credentials and what was set aside, and leaves its record"),
  "says it erased": among("erasing a source takes its credentials and what was set aside, and leaves its record"),
  "sets aside in spite of the signal": only("a cancelled call is answered by an error and changes nothing"),
  "erases a source once and no more": only("erasing what is not there is fine"),
  "sets aside in two steps": only("many who set the same aside keep it once"),
  "takes nothing for a mistake": only("nothing to set aside is fine"),
  "checks a record and writes it in two steps": among("two connects at once make one living source"),
  "ignores the case of user ids": among("nobody sees a record of somebody with a similar name"),
  "forgets that it removed a record": only("a record is removed at the version that stands, and at no other; nobody else's goes with it"),
};

describe("the connection store contract", () => {
  for (const [fault, breaking] of Object.entries(faults)) {
    it(`catches a store that ${fault}`, async () => {
      await expectCaught(
        connectionStoreContract(async () => underTest(breaking(createMemoryConnectionStore()))),
        caughtBy[fault as keyof typeof faults],
      );
    });
  }

  const forgetful = () => connectionStoreContract(async () => underTest(createMemoryConnectionStore(), createMemoryConnectionStore));

  it("has no case that nothing fails", async () => {
    const broken = Object.values(faults).map((breaking) =>
      connectionStoreContract(async () => underTest(breaking(createMemoryConnectionStore()))),
    );
    await expectEveryCaseFails([...broken, forgetful()]);
  });

  it("catches a store that forgets", async () => {
    expect(Object.keys(await brokenPromises(forgetful()))).toEqual(
      expect.arrayContaining([
        "a record outlives the process",
        "secrets come back byte for byte",
        "a record set aside comes back as it was",
      ]),
    );
  });
});

function withRecords(store: ConnectionStore, change: (record: SourceRecord) => SourceRecord): ConnectionStore {
  return { ...store, replaceRecord: (record, ...rest) => store.replaceRecord(change(record), ...rest) };
}

function withSource(store: ConnectionStore, what: "secrets" | "setAside", blur: (source: SourceKey) => SourceKey): ConnectionStore {
  if (what === "secrets") {
    return {
      ...store,
      secretsOf: (source, call) => store.secretsOf(blur(source), call),
      replaceSecrets: (source, ...rest) => store.replaceSecrets(blur(source), ...rest),
    };
  }
  return {
    ...store,
    setAside: (source, ...rest) => store.setAside(blur(source), ...rest),
    setAsideOf: (source, ...rest) => store.setAsideOf(blur(source), ...rest),
    countSetAside: (source, call) => store.countSetAside(blur(source), call),
  };
}
