import { describe, it } from "vitest";
import { among, type CaughtBy, expectCaught, expectEveryCaseFails, only } from "../../test/broken-promises.ts";
import type { ApiKey, ApiKeyStore } from "../ports/api-key-store.ts";
import { apiKeyStoreContract } from "./api-key-contract.ts";
import type { UnderTest } from "./contract-case.ts";
import { createMemoryApiKeyStore } from "./memory-api-key-store.ts";
import { calm } from "./samples.ts";

function underTest(port: ApiKeyStore, restarted: () => ApiKeyStore = () => port): UnderTest<ApiKeyStore> {
  return { port, restarted: async () => restarted(), close: async () => undefined };
}

describe("the store of keys in memory", () => {
  for (const { id, run } of apiKeyStoreContract(async () => underTest(createMemoryApiKeyStore()))) it(id, run);
});

/** Each breaks one promise of a store that otherwise keeps them all. */
const faults = {
  "revives a key when it is used": (store) => {
    const added = new Map<string, ApiKey>();
    const used = new Set<string>();
    return {
      ...store,
      add: (key, call) => {
        added.set(key.id, key);
        return store.add(key, call);
      },
      noteUse: (id, at, call) => {
        used.add(id);
        return store.noteUse(id, at, call);
      },
      find: async (id, call) =>
        (await store.find(id, call)).map((key) => (key !== null && used.has(id) ? { ...key, revokedAt: null } : key)),
    };
  },
  "lets time fall": (store) => ({
    ...store,
    find: async (id, call) =>
      (await store.find(id, call)).map((key) =>
        key?.lastUsedAt ? { ...key, lastUsedAt: (key.lastUsedAt - 10) as typeof key.createdAt } : key,
      ),
  }),
  "finds a key by the beginning of its id": (store) => ({
    ...store,
    find: async (id, call) =>
      (await store.find(id, call)).isErr()
        ? store.find(id, call)
        : (await store.list(call)).map((keys) => keys.find((key) => key.id.startsWith(id)) ?? null),
  }),
  "forgets whose data a key is for": (store) => ({ ...store, add: (key, call) => store.add({ ...key, subject: null }, call) }),
  "gives every key all scopes": (store) => ({
    ...store,
    add: (key, call) => store.add({ ...key, scopes: ["read", "write", "admin"] }, call),
  }),
  "does not list what is revoked": (store) => ({
    ...store,
    list: async (call) => (await store.list(call)).map((keys) => keys.filter(({ revokedAt }) => revokedAt === null)),
  }),
  "erases the keys of everybody": (store) => ({
    ...store,
    eraseSubject: async (subject, call) => {
      for (const { subject: other } of (await store.list(call)).unwrapOr([]))
        if (other !== null) (await store.eraseSubject(other, call)).unwrapOr(undefined);
      return store.eraseSubject(subject, call);
    },
  }),
  "leaves nothing of the keys of somebody who was erased": (store) => ({
    ...store,
    list: async (call) => (await store.list(call)).map((keys) => keys.filter(({ digest }) => digest !== "")),
  }),
  "erases nobody": (store) => ({
    ...store,
    eraseSubject: (subject, call) => store.eraseSubject((call.signal.aborted ? subject : `no-${subject}`) as typeof subject, call),
  }),
  "revokes in spite of the signal": (store) => ({
    ...store,
    revoke: async (id, at, call) => {
      (await store.revoke(id, at, calm)).unwrapOr(null);
      return store.revoke(id, at, call);
    },
  }),
  "writes over what is there": (store) => {
    const last = new Map<string, ApiKey>();
    return {
      ...store,
      add: async (key, call) => {
        const added = await store.add(key, call);
        if (added.isOk()) last.set(key.id, key);
        return added;
      },
      find: async (id, call) => (await store.find(id, call)).map((key) => key && { ...key, digest: last.get(id)?.digest ?? key.digest }),
    };
  },
  "looks whether an id is taken before it adds": (store) => ({
    ...store,
    add: async (key, call) => {
      const isTaken = (await store.find(key.id, call)).unwrapOr(null) !== null;
      return (await store.add(key, call)).map(() => (isTaken ? "taken" : "added"));
    },
  }),
  "lists one page": (store) => ({ ...store, list: async (call) => (await store.list(call)).map((keys) => keys.slice(0, 50)) }),
} satisfies Readonly<Record<string, (store: ApiKeyStore) => ApiKeyStore>>;

/** The case that names each of them. */
const caughtBy: Readonly<Record<keyof typeof faults, CaughtBy>> = {
  "revives a key when it is used": among("noting a use makes no key, and revives none"),
  "lets time fall": among("when it was last used is noted, and never falls"),
  "finds a key by the beginning of its id": only("nobody is answered a key that there is not"),
  "forgets whose data a key is for": among("a key comes back as it was added, every field of it"),
  "gives every key all scopes": among("a key comes back as it was added, every field of it"),
  "does not list what is revoked": among("all keys are listed, the oldest first, revoked ones too"),
  "erases the keys of everybody": only(
    "erasing a person leaves of the keys for that person's data that there were some, and the others as they are",
  ),
  "leaves nothing of the keys of somebody who was erased": only(
    "erasing a person leaves of the keys for that person's data that there were some, and the others as they are",
  ),
  "erases nobody": only("erasing a person leaves of the keys for that person's data that there were some, and the others as they are"),
  "revokes in spite of the signal": only("a cancelled call is answered by an error and changes nothing"),
  "writes over what is there": among("an id that is taken stays with its key"),
  "looks whether an id is taken before it adds": only("of many that add one id at once, one comes through"),
  "lists one page": only("many keys are listed, none left out"),
};

describe("the contract of a store of keys", () => {
  for (const [fault, breaking] of Object.entries(faults)) {
    it(`catches one that ${fault}`, async () => {
      await expectCaught(
        apiKeyStoreContract(async () => underTest(breaking(createMemoryApiKeyStore()))),
        caughtBy[fault as keyof typeof faults],
      );
    });
  }

  const forgetful = () => apiKeyStoreContract(async () => underTest(createMemoryApiKeyStore(), createMemoryApiKeyStore));

  it("catches one that forgets", async () => {
    await expectCaught(forgetful(), only("what was added, revoked and noted outlives the process"));
  });

  it("has no case that nothing fails", async () => {
    const broken = Object.values(faults).map((breaking) => apiKeyStoreContract(async () => underTest(breaking(createMemoryApiKeyStore()))));
    await expectEveryCaseFails([...broken, forgetful()]);
  });
});
