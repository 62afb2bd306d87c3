import type { ApiKey, ApiKeyId, ApiKeyStore } from "../ports/api-key-store.ts";
import { type ContractCase, caseOf, emptySuiteFails, type UnderTest } from "./contract-case.ts";
import { good, keeps, same } from "./promise.ts";
import { abortedCall, anna, calm, instantAt, userOf } from "./samples.ts";

type Body = (subject: UnderTest<ApiKeyStore>) => Promise<void>;

const MADE = 1_745_000_000;

/** Everything that `ApiKeyStore` promises, one case a promise. */
export function apiKeyStoreContract(make: () => PromiseLike<UnderTest<ApiKeyStore>>): readonly ContractCase[] {
  return emptySuiteFails(Object.entries(bodies).map(([id, body]) => caseOf(make, id, body)));
}

const bodies: Readonly<Record<string, Body>> = {
  "a key comes back as it was added, every field of it": async ({ port }) => {
    const keys = [
      keyAt(1),
      keyAt(2, { scopes: [], name: "" }),
      keyAt(3, { subject: anna, scopes: ["read", "write", "admin"], name: "Dr. Müller’s “dashboard”; ' OR 1=1 --" }),
      keyAt(4, { lastUsedAt: instantAt(MADE + 5), revokedAt: instantAt(MADE + 6) }),
    ];
    for (const key of keys) {
      same("it is added", await add(port, key), "added");
      same("it comes back", await find(port, key.id), key);
    }
  },
  "nobody is answered a key that there is not": async ({ port }) => {
    await add(port, keyAt(1));
    for (const id of ["", "0", idOf(2), idOf(1).slice(1), `${idOf(1)}0`, idOf(1).toUpperCase(), "%", "' OR 1=1 --"])
      same(`the key ${id}`, await find(port, id as ApiKeyId), null);
  },
  "an id that is taken stays with its key": async ({ port }) => {
    await add(port, keyAt(1));
    same("the second is refused", await add(port, keyAt(1, { digest: "another", scopes: ["admin"] })), "taken");
    same("the first stands", await find(port, idOf(1)), keyAt(1));
  },
  "of many that add one id at once, one comes through": async ({ port }) => {
    const outcomes = await Promise.all(Array.from({ length: 20 }, (_, n) => add(port, keyAt(1, { name: `the ${n}th` }))));
    same("one was added", outcomes.filter((outcome) => outcome === "added").length, 1);
    same("it is the one that stands", (await find(port, idOf(1)))?.name, `the ${outcomes.indexOf("added")}th`);
  },
  "all keys are listed, the oldest first, revoked ones too": async ({ port }) => {
    same("none", await list(port), []);
    for (const n of [3, 1, 2]) await add(port, keyAt(n, { createdAt: instantAt(MADE + n) }));
    await revoke(port, 2);
    same(
      "in the order in which they were made",
      (await list(port)).map(({ id }) => id),
      [idOf(1), idOf(2), idOf(3)],
    );
    same("as they are", (await list(port))[1], keyAt(2, { createdAt: instantAt(MADE + 2), revokedAt: instantAt(MADE + 50) }));
  },
  "many keys are listed, none left out": async ({ port }) => {
    const count = 60;
    for (let n = 0; n < count; n++) await add(port, keyAt(n, { name: "x".repeat(200) }));
    same("so many", new Set((await list(port)).map(({ id }) => id)).size, count);
  },
  "a key is revoked once and for all, and no other with it": async ({ port }) => {
    await add(port, keyAt(1));
    await add(port, keyAt(2));
    const revoked = keyAt(1, { revokedAt: instantAt(MADE + 50) });
    same("it is answered as it is now", await revoke(port, 1), revoked);
    same("it is found so", await find(port, idOf(1)), revoked);
    same("once more, later", await revoke(port, 1, MADE + 90), revoked);
    same("the other is good", await find(port, idOf(2)), keyAt(2));
    same("one that there is not", await revoke(port, 9), null);
    same("is not made by it", await find(port, idOf(9)), null);
  },
  "when it was last used is noted, and never falls": async ({ port }) => {
    await add(port, keyAt(1));
    for (const [at, noted] of [
      [MADE + 10, MADE + 10],
      [MADE + 30, MADE + 30],
      [MADE + 20, MADE + 30],
    ] as const) {
      await noteUse(port, 1, at);
      same("last used", (await find(port, idOf(1)))?.lastUsedAt, noted);
    }
  },
  "noting a use makes no key, and revives none": async ({ port }) => {
    await noteUse(port, 7, MADE + 10);
    same("no key", await find(port, idOf(7)), null);
    await add(port, keyAt(1));
    await revoke(port, 1);
    await noteUse(port, 1, MADE + 60);
    same("it stays revoked", (await find(port, idOf(1)))?.revokedAt, MADE + 50);
    await Promise.all([noteUse(port, 1, MADE + 70), port.eraseSubject(anna, calm), revoke(port, 1)]);
    same("and so it stays", (await find(port, idOf(1)))?.revokedAt, MADE + 50);
  },
  "of one who is used and revoked at once, the revocation stands": async ({ port }) => {
    await add(port, keyAt(1));
    await Promise.all([noteUse(port, 1, MADE + 10), revoke(port, 1), noteUse(port, 1, MADE + 11), noteUse(port, 1, MADE + 12)]);
    same("revoked", (await find(port, idOf(1)))?.revokedAt, MADE + 50);
  },
  "erasing a person leaves of the keys for that person's data that there were some, and the others as they are": async ({ port }) => {
    await add(port, keyAt(1, { subject: anna }));
    await add(port, keyAt(2, { subject: anna }));
    await add(port, keyAt(3, { subject: userOf("anna2") }));
    await add(port, keyAt(4));
    await revoke(port, 2);
    good("erasing works", await port.eraseSubject(anna, calm));
    good("and once more", await port.eraseSubject(anna, calm));
    const nameless = { digest: "", name: "", scopes: [], revokedAt: instantAt(MADE) };
    const left = [keyAt(1, nameless), keyAt(2, nameless), keyAt(3, { subject: userOf("anna2") }), keyAt(4)];
    same("what is listed", await list(port), left);
    same("what is found", await find(port, idOf(1)), left[0]);
  },
  "what was added, revoked and noted outlives the process": async ({ port, restarted }) => {
    await add(port, keyAt(1));
    await add(port, keyAt(2));
    await revoke(port, 1);
    await noteUse(port, 2, MADE + 10);
    const later = await restarted();
    same("revoked", (await find(later, idOf(1)))?.revokedAt, MADE + 50);
    same("used", (await find(later, idOf(2)))?.lastUsedAt, MADE + 10);
  },
  "a cancelled call is answered by an error and changes nothing": async ({ port }) => {
    await add(port, keyAt(1));
    const call = abortedCall();
    const answers = [
      await port.add(keyAt(2), call),
      await port.find(idOf(1), call),
      await port.list(call),
      await port.revoke(idOf(1), instantAt(MADE + 50), call),
      await port.noteUse(idOf(1), instantAt(MADE + 10), call),
      await port.eraseSubject(anna, call),
    ];
    keeps(
      "every cancelled call answers an error",
      answers.every((answer) => answer.isErr()),
      answers.map((answer) => (answer.isErr() ? "err" : "ok")).join(" "),
    );
    same("nothing was changed", await list(port), [keyAt(1)]);
  },
};

const idOf = (n: number): ApiKeyId => `${n}`.padStart(4, "a").repeat(4) as ApiKeyId;

function keyAt(n: number, change: Partial<ApiKey> = {}): ApiKey {
  return {
    id: idOf(n),
    digest: `${idOf(n)}${"5e".repeat(24)}`,
    name: `the key ${n}`,
    scopes: ["read"],
    subject: null,
    createdAt: instantAt(MADE),
    lastUsedAt: null,
    revokedAt: null,
    ...change,
  };
}

const add = async (port: ApiKeyStore, key: ApiKey) => good("adding works", await port.add(key, calm));
const find = async (port: ApiKeyStore, id: ApiKeyId) => good("finding works", await port.find(id, calm));
const list = async (port: ApiKeyStore) => good("listing works", await port.list(calm));
const revoke = async (port: ApiKeyStore, n: number, at = MADE + 50) =>
  good("revoking works", await port.revoke(idOf(n), instantAt(at), calm));
const noteUse = async (port: ApiKeyStore, n: number, at: number) =>
  good("noting a use works", await port.noteUse(idOf(n), instantAt(at), calm));
