import type { ReplicaBeat, ReplicaRegister } from "../ports/replica-register.ts";
import { type ContractCase, caseOf, emptySuiteFails, type UnderTest } from "./contract-case.ts";
import { good, keeps, same } from "./promise.ts";
import { abortedCall, calm } from "./samples.ts";

export interface ReplicaRegisterUnderTest extends UnderTest<ReplicaRegister> {
  /** What the store's own clock says, in milliseconds since the epoch. */
  readonly storeNowMs: () => number;
}

/** Everything that `ReplicaRegister` promises, one case a promise. */
export function replicaRegisterContract(make: () => PromiseLike<ReplicaRegisterUnderTest>): readonly ContractCase[] {
  return emptySuiteFails(Object.entries(bodies).map(([id, body]) => caseOf(make, id, body)));
}

/** A store may tell its time in whole seconds, and not agree with the test's clock to the millisecond. */
const TOLD_WITHIN_MS = 2_000;

const beatOf = (replica: string, beat: number, notices: ReplicaBeat["notices"] = []): ReplicaBeat => ({ replica, beat, notices });

async function announce(port: ReplicaRegister, beat: ReplicaBeat): Promise<number | null> {
  return good("announce works", await port.announce(beat, calm));
}

async function found(port: ReplicaRegister): Promise<readonly ReplicaBeat[]> {
  const { beats } = good("announced works", await port.announced(calm));
  return [...beats].sort((a, b) => (a.replica < b.replica ? -1 : 1));
}

const bodies: Readonly<Record<string, (subject: ReplicaRegisterUnderTest) => Promise<void>>> = {
  "nobody is announced at first": async ({ port }) => {
    same("nobody", await found(port), []);
  },
  "who announced itself is found as it is now": async ({ port, restarted }) => {
    const notices = [
      { shard: 0, beat: 1 },
      { shard: 255, beat: 2 },
    ];
    await announce(port, beatOf("b", 1));
    await announce(port, beatOf("a", 1, notices.slice(0, 1)));
    same("both", await found(port), [beatOf("a", 1, notices.slice(0, 1)), beatOf("b", 1)]);
    await announce(port, beatOf("a", 2, notices));
    same("the newer", await found(port), [beatOf("a", 2, notices), beatOf("b", 1)]);
    same("by another process", await found(await restarted()), [beatOf("a", 2, notices), beatOf("b", 1)]);
  },
  "many announce themselves at once, and none is missed": async ({ port }) => {
    const all = Array.from({ length: 40 }, (_, n) => beatOf(`replica-${String(n).padStart(2, "0")}-${"x".repeat(30)}`, n + 1));
    await Promise.all(all.map((beat) => announce(port, beat)));
    same("all", await found(port), all);
  },
  "who announces itself hears with which beat it stood there until then": async ({ port }) => {
    same("at first", await announce(port, beatOf("a", 1)), null);
    same("again", await announce(port, beatOf("a", 2)), 1);
    same("the same once more", await announce(port, beatOf("a", 2)), 2);
    same("another", await announce(port, beatOf("b", 1)), null);
    same("taken out", good("remove works", await port.remove("a", 2, calm)), "out");
    same("after it was taken out", await announce(port, beatOf("a", 3)), null);
  },
  "who is taken out is not found, and may come back": async ({ port }) => {
    for (const name of ["a", "b"]) await announce(port, beatOf(name, 3));
    same("taken out", good("remove works", await port.remove("a", 3, calm)), "out");
    same("taken out twice", good("remove works", await port.remove("a", 3, calm)), "out");
    same("nobody taken out", good("remove works", await port.remove("nobody", 1, calm)), "out");
    same("the other", await found(port), [beatOf("b", 3)]);
    await announce(port, beatOf("a", 4));
    same("both", await found(port), [beatOf("a", 4), beatOf("b", 3)]);
  },
  "who has announced itself again since is not taken out": async ({ port }) => {
    await announce(port, beatOf("a", 8));
    same("it stays", good("remove works", await port.remove("a", 7, calm)), "stays");
    same("it is there", await found(port), [beatOf("a", 8)]);
  },
  "the store tells its own time": async ({ port, storeNowMs }) => {
    const before = storeNowMs();
    const { moment } = good("announced works", await port.announced(calm));
    keeps("it is told between two moments", moment.fromMs <= moment.toMs, `${moment.fromMs} is after ${moment.toMs}`);
    keeps("it is told closely", moment.toMs - moment.fromMs <= TOLD_WITHIN_MS, `${moment.toMs - moment.fromMs} ms apart`);
    const isNow = moment.toMs >= before - TOLD_WITHIN_MS && moment.fromMs <= storeNowMs() + TOLD_WITHIN_MS;
    keeps("it is the time of the call", isNow, `${moment.fromMs} is not ${before}`);
  },
  "a cancelled call is answered by an error and changes nothing": async ({ port }) => {
    await announce(port, beatOf("a", 1));
    const call = abortedCall();
    for (const answer of [await port.announce(beatOf("b", 1), call), await port.announced(call), await port.remove("a", 1, call)])
      keeps("a cancelled call answers an error", answer.isErr(), "it answered as if it had worked");
    same("who is there", await found(port), [beatOf("a", 1)]);
  },
};
