import { type AuthorizationStore, MOST_PENDING_OF_USER, type PendingAuthorization } from "../ports/authorization-store.ts";
import type { UserId } from "../reading/identifiers.ts";
import { type ContractCase, caseOf, emptySuiteFails, type UnderTest } from "./contract-case.ts";
import { good, keeps, same } from "./promise.ts";
import { abortedCall, anna, annaCgm, calm, instantAt, providerOf, userOf } from "./samples.ts";

type Body = (subject: UnderTest<AuthorizationStore>) => Promise<void>;

const BEGUN = 1_745_000_000;
const bert = userOf("bert");

/** Everything that `AuthorizationStore` promises, one case a promise. */
export function authorizationStoreContract(make: () => PromiseLike<UnderTest<AuthorizationStore>>): readonly ContractCase[] {
  return emptySuiteFails(Object.entries(bodies).map(([id, body]) => caseOf(make, id, body)));
}

const bodies: Readonly<Record<string, Body>> = {
  "what was begun comes back as it was, once": async ({ port }) => {
    for (const [n, sourceId] of [null, annaCgm].entries()) {
      await begin(port, pendingAt(n, { sourceId }));
      same("every field comes back", await take(port, n), pendingAt(n, { sourceId }));
      same("and never again", await take(port, n), null);
    }
  },
  "what waits can be looked at as often as one likes, until it is taken or erased or expires": async ({ port, restarted }) => {
    await begin(port, pendingAt(1));
    await begin(port, pendingAt(2, { sourceId: annaCgm }));
    same("nothing else waits", await waiting(port, 3), null);
    for (const _ of [1, 2]) same("it comes as it was", await waiting(port, 2), pendingAt(2, { sourceId: annaCgm }));
    same("it is good until it expires", await waiting(port, 1, BEGUN + 599), pendingAt(1));
    same("and not a second longer", await waiting(port, 1, BEGUN + 600), null);
    const later = await restarted();
    same("it is still to be taken", await take(later, 1), pendingAt(1));
    same("and waits no more then", await waiting(later, 1), null);
    good("eraseUser works", await later.eraseUser(anna, calm));
    same("nor once it is erased", await waiting(later, 2), null);
  },
  "nobody is answered what was never begun": async ({ port }) => {
    await begin(port, pendingAt(1));
    for (const digest of ["", stateOf(2), stateOf(1).slice(1), `${stateOf(1)}0`, stateOf(1).toUpperCase(), "%", "' OR 1=1 --"])
      same(`the digest ${digest.slice(0, 20)}`, good("take works", await port.take(digest, instantAt(BEGUN), calm)), null);
    same("what was begun still waits", await take(port, 1), pendingAt(1));
  },
  "of many that take the same one, one gets it": async ({ port }) => {
    await begin(port, pendingAt(1));
    const taken = await Promise.all(Array.from({ length: 30 }, () => take(port, 1)));
    same("exactly one of 30", taken.filter((each) => each !== null).length, 1);
  },
  "it is good until it expires, and not a second longer": async ({ port }) => {
    await begin(port, pendingAt(1));
    await begin(port, pendingAt(2));
    same("in the last second", await take(port, 1, BEGUN + 599), pendingAt(1));
    same("when it expires", await take(port, 2, BEGUN + 600), null);
    same("nor for a clock that falls back", await take(port, 2, BEGUN), null);
  },
  "what has expired is deleted in passing, and nothing else": async ({ port }) => {
    await begin(port, pendingAt(1));
    await begin(port, pendingAt(2, { userId: bert, begunAt: instantAt(BEGUN + 1), expiresAt: instantAt(BEGUN + 601) }));
    await begin(port, pendingAt(3, { userId: userOf("carl"), begunAt: instantAt(BEGUN + 600), expiresAt: instantAt(BEGUN + 1_200) }));
    same("the expired one is gone, even for a clock that falls back", await take(port, 1, BEGUN), null);
    same("the other waits", (await take(port, 2, BEGUN + 600))?.userId, bert);
  },
  "of a user who begins over and over the oldest gives way": async ({ port }) => {
    await begin(port, pendingAt(99, { userId: bert }));
    const count = MOST_PENDING_OF_USER + 3;
    for (let n = 0; n < count; n++) await begin(port, pendingAt(n, { begunAt: instantAt(BEGUN + n) }));
    const waiting: number[] = [];
    for (let n = 0; n < count; n++) if ((await take(port, n)) !== null) waiting.push(n);
    same(
      "the newest wait",
      waiting,
      Array.from({ length: MOST_PENDING_OF_USER }, (_, n) => n + 3),
    );
    same("nobody else has to give way", (await take(port, 99))?.userId, bert);
  },
  "of many begun within one second no more wait than otherwise, the last among them": async ({ port }) => {
    const count = 4 * MOST_PENDING_OF_USER;
    for (let n = 0; n < count; n++) await begin(port, pendingAt(n));
    const last = await take(port, count - 1);
    let waiting = 0;
    for (let n = 0; n < count; n++) if ((await take(port, n)) !== null) waiting++;
    same("the last one waits", last?.stateDigest, stateOf(count - 1));
    same("with as many as may", waiting, MOST_PENDING_OF_USER - 1);
  },
  "erasing a user takes what they began, and nobody else's": async ({ port, restarted }) => {
    await begin(port, pendingAt(1));
    await begin(port, pendingAt(2));
    await begin(port, pendingAt(3, { userId: bert }));
    good("eraseUser works", await port.eraseUser(anna, calm));
    good("and once more", await port.eraseUser(anna, calm));
    const later = await restarted();
    same("theirs are gone", [await take(later, 1), await take(later, 2)], [null, null]);
    same("the other's waits", (await take(later, 3))?.userId, bert);
  },
  "what was begun, and what was taken, outlives the process": async ({ port, restarted }) => {
    await begin(port, pendingAt(1));
    await begin(port, pendingAt(2));
    await take(port, 1);
    const later = await restarted();
    same("what waits is found", await take(later, 2), pendingAt(2));
    same("what was taken stays so", await take(later, 1), null);
  },
  "a cancelled call is answered by an error and changes nothing": async ({ port }) => {
    await begin(port, pendingAt(1));
    const call = abortedCall();
    const answers = [
      await port.begin(pendingAt(2), call),
      await port.waiting(stateOf(1), instantAt(BEGUN), call),
      await port.take(stateOf(1), instantAt(BEGUN), call),
      await port.eraseUser(anna, call),
    ];
    keeps(
      "every cancelled call answers an error",
      answers.every((answer) => answer.isErr()),
      answers.map((answer) => (answer.isErr() ? "err" : "ok")).join(" "),
    );
    same("nothing was begun", await take(port, 2), null);
    same("nothing was taken", await take(port, 1), pendingAt(1));
  },
};

const stateOf = (n: number): string => `${n}`.padStart(4, "0").repeat(15).concat("abcd");

function pendingAt(n: number, change: Partial<PendingAuthorization> = {}): PendingAuthorization {
  return {
    stateDigest: stateOf(n),
    browserDigest: `browser-${n}`,
    userId: anna as UserId,
    provider: providerOf("mock"),
    sourceId: null,
    begunAt: instantAt(BEGUN),
    expiresAt: instantAt(BEGUN + 600),
    ...change,
  };
}

async function begin(store: AuthorizationStore, pending: PendingAuthorization): Promise<void> {
  good("begin works", await store.begin(pending, calm));
}

async function take(store: AuthorizationStore, n: number, at = BEGUN): Promise<PendingAuthorization | null> {
  return good("take works", await store.take(stateOf(n), instantAt(at), calm));
}

async function waiting(store: AuthorizationStore, n: number, at = BEGUN): Promise<PendingAuthorization | null> {
  return good("waiting works", await store.waiting(stateOf(n), instantAt(at), calm));
}
