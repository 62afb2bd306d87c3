import { err } from "neverthrow";
import { describe, it } from "vitest";
import { among, type CaughtBy, expectCaught, expectEveryCaseFails, only } from "../../test/broken-promises.ts";
import { type AuthorizationStore, MOST_PENDING_OF_USER, type PendingAuthorization } from "../ports/authorization-store.ts";
import type { Call } from "../ports/call.ts";
import type { Instant } from "../reading/instant.ts";
import { authorizationStoreContract } from "./authorization-contract.ts";
import type { UnderTest } from "./contract-case.ts";
import { createMemoryAuthorizationStore } from "./memory-authorization-store.ts";

function underTest(port: AuthorizationStore, restarted: () => AuthorizationStore = () => port): UnderTest<AuthorizationStore> {
  return { port, restarted: async () => restarted(), close: async () => undefined };
}

describe("the authorisation store in memory", () => {
  for (const { id, run } of authorizationStoreContract(async () => underTest(createMemoryAuthorizationStore()))) it(id, run);
});

const calm: Call = { signal: new AbortController().signal };

/** Each breaks one promise of a store that otherwise keeps them all. */
const faults = {
  "gives the same one twice": (store) => {
    const begun = new Map<string, PendingAuthorization>();
    return {
      ...store,
      begin: (pending, call) => {
        begun.set(pending.stateDigest, pending);
        return store.begin(pending, call);
      },
      take: async (digest, now, call) => (await store.take(digest, now, call)).map((taken) => taken ?? begun.get(digest) ?? null),
    };
  },
  "looks before it takes": (store) => {
    let standing: PendingAuthorization | null = null;
    return {
      ...store,
      begin: (pending, call) => {
        standing = pending;
        return store.begin(pending, call);
      },
      take: async (digest, now, call) => {
        const seen = standing?.stateDigest === digest && standing.expiresAt > now ? standing : null;
        await null;
        const taken = await store.take(digest, now, call);
        if (seen !== null) standing = null;
        return taken.map((own) => own ?? seen);
      },
    };
  },
  "takes what is only looked at": (store) => ({ ...store, waiting: store.take }),
  "shows what has expired": (store) => ({ ...store, waiting: (digest, now, call) => store.waiting(digest, (now - 900) as Instant, call) }),
  "shows what was taken": (store) => {
    const begun = new Map<string, PendingAuthorization>();
    return {
      ...store,
      begin: (pending, call) => {
        begun.set(pending.stateDigest, pending);
        return store.begin(pending, call);
      },
      waiting: async (digest, now, call) => {
        const standing = begun.get(digest);
        const found = await store.waiting(digest, now, call);
        return found.map((own) => own ?? (standing !== undefined && standing.expiresAt > now ? standing : null));
      },
    };
  },
  "knows no end": (store) => ({ ...store, take: (digest, now, call) => store.take(digest, (now - 900) as Instant, call) }),
  "ends a second late": (store) => ({ ...store, take: (digest, now, call) => store.take(digest, (now - 1) as Instant, call) }),
  "ends a second early": (store) => ({ ...store, take: (digest, now, call) => store.take(digest, (now + 1) as Instant, call) }),
  "never cleans up": (store) => ({
    ...store,
    begin: (pending, call) => store.begin({ ...pending, begunAt: Math.min(pending.begunAt, 1_745_000_000) as Instant }, call),
  }),
  "forgets the source": (store) => ({ ...store, begin: (pending, call) => store.begin({ ...pending, sourceId: null }, call) }),
  "keeps all that a user begins": (store) => {
    let n = 0;
    const owners = new Map<string, PendingAuthorization["userId"]>();
    return {
      ...store,
      begin: (pending, call) => {
        owners.set(pending.stateDigest, pending.userId);
        return store.begin({ ...pending, userId: `${pending.userId}-${n++}` as PendingAuthorization["userId"] }, call);
      },
      take: async (digest, now, call) =>
        (await store.take(digest, now, call)).map((taken) => taken && { ...taken, userId: owners.get(digest) ?? taken.userId }),
    };
  },
  "counts all users together": (store) => {
    const begun: PendingAuthorization[] = [];
    return {
      ...store,
      begin: async (pending, call) => {
        begun.push(pending);
        const tooMany = begun.length > MOST_PENDING_OF_USER ? begun.shift() : undefined;
        if (tooMany !== undefined) (await store.take(tooMany.stateDigest, tooMany.begunAt, call)).unwrapOr(null);
        return store.begin(pending, call);
      },
    };
  },
  "erases nobody": (store) => ({
    ...store,
    eraseUser: async (userId, call) =>
      call.signal.aborted ? err({ kind: "retry", message: "" }) : store.eraseUser(`no-${userId}` as typeof userId, call),
  }),
  "takes in spite of the signal": (store) => ({
    ...store,
    take: async (digest, now, call) => {
      const taken = await store.take(digest, now, calm);
      return call.signal.aborted ? err({ kind: "retry", message: "" }) : taken;
    },
  }),
  "ignores the case of a state": (store) => ({ ...store, take: (digest, now, call) => store.take(digest.toLowerCase(), now, call) }),
} satisfies Readonly<Record<string, (store: AuthorizationStore) => AuthorizationStore>>;

/** The case that names each of them. */
const caughtBy: Readonly<Record<keyof typeof faults, CaughtBy>> = {
  "gives the same one twice": among("what was begun comes back as it was, once"),
  "looks before it takes": among("of many that take the same one, one gets it"),
  "takes what is only looked at": only("what waits can be looked at as often as one likes, until it is taken or erased or expires"),
  "shows what has expired": only("what waits can be looked at as often as one likes, until it is taken or erased or expires"),
  "shows what was taken": only("what waits can be looked at as often as one likes, until it is taken or erased or expires"),
  "knows no end": only("it is good until it expires, and not a second longer"),
  "ends a second late": only("it is good until it expires, and not a second longer"),
  "ends a second early": among("it is good until it expires, and not a second longer"),
  "never cleans up": only("what has expired is deleted in passing, and nothing else"),
  "forgets the source": among("what was begun comes back as it was, once"),
  "keeps all that a user begins": among("of a user who begins over and over the oldest gives way"),
  "counts all users together": only("of a user who begins over and over the oldest gives way"),
  "erases nobody": among("erasing a user takes what they began, and nobody else's"),
  "takes in spite of the signal": only("a cancelled call is answered by an error and changes nothing"),
  "ignores the case of a state": only("nobody is answered what was never begun"),
};

describe("the authorisation store contract", () => {
  for (const [fault, breaking] of Object.entries(faults)) {
    it(`catches a store that ${fault}`, async () => {
      const cases = authorizationStoreContract(async () => underTest(breaking(createMemoryAuthorizationStore())));
      await expectCaught(cases, caughtBy[fault as keyof typeof faults]);
    });
  }

  const forgetful = () =>
    authorizationStoreContract(async () => underTest(createMemoryAuthorizationStore(), createMemoryAuthorizationStore));

  it("catches a store that forgets", async () => {
    await expectCaught(forgetful(), among("what was begun, and what was taken, outlives the process"));
  });

  it("has no case that nothing fails", async () => {
    const broken = Object.values(faults).map((breaking) =>
      authorizationStoreContract(async () => underTest(breaking(createMemoryAuthorizationStore()))),
    );
    await expectEveryCaseFails([...broken, forgetful()]);
  });
});
