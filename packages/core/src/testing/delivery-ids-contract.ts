import type { DeliveryIds } from "../ports/delivery-ids.ts";
import type { SourceId } from "../reading/identifiers.ts";
import { type ContractCase, caseOf, emptySuiteFails, type UnderTest } from "./contract-case.ts";
import { good, keeps, same } from "./promise.ts";
import { abortedCall, annaCgm, calm, sourceOf } from "./samples.ts";

export interface DeliveryIdsUnderTest extends UnderTest<DeliveryIds> {
  /** Lets so much time go by for the store. */
  readonly passTime: (ms: number) => PromiseLike<void>;
}

/** Everything that `DeliveryIds` promises, one case a promise. */
export function deliveryIdsContract(make: () => PromiseLike<DeliveryIdsUnderTest>): readonly ContractCase[] {
  return emptySuiteFails(Object.entries(cases).map(([id, body]) => caseOf(make, id, body)));
}

const bertsCgm = sourceOf("bertscgm0001");
const HOUR_MS = 3_600_000;
const WEEK_MS = 7 * 24 * HOUR_MS;

const cases: Readonly<Record<string, (subject: DeliveryIdsUnderTest) => Promise<void>>> = {
  "what was noted is known, and nothing else": async ({ port }) => {
    const odd = `№ 2 / »odd« ${"x".repeat(300)}`;
    same("nothing at first", await isKnown(port, "1"), false);
    for (const id of ["1", odd]) await note(port, id);
    for (const id of ["1", odd]) same("what was noted", await isKnown(port, id), true);
    for (const id of ["", "2", "1 ", odd.slice(0, -1)]) same(`another id: ${id.slice(0, 20)}`, await isKnown(port, id), false);
    same("the same id of another source", await isKnown(port, "1", bertsCgm), false);
  },
  "it is known for a week, restarts included, and longer if it is noted again": async (subject) => {
    await note(subject.port, "1");
    await note(subject.port, "2");
    await subject.passTime(WEEK_MS - HOUR_MS);
    const later = await subject.restarted();
    same("an hour before the week is over", await isKnown(later, "1"), true);
    await note(later, "1");
    await subject.passTime(2 * HOUR_MS);
    same("an hour after the week is over", await isKnown(later, "2"), false);
    same("noted again", await isKnown(later, "1"), true);
  },
  "noting at once and again changes nothing": async ({ port }) => {
    await Promise.all(Array.from({ length: 20 }, (_, n) => note(port, String(n % 4))));
    for (const id of ["0", "1", "2", "3"]) same("noted by many", await isKnown(port, id), true);
  },
  "erasing a source forgets what was noted of it, and nothing else": async ({ port }) => {
    const ids = Array.from({ length: 60 }, (_, n) => `msg ${n}`);
    for (const id of ids) await Promise.all([note(port, id, annaCgm), note(port, id, bertsCgm)]);
    good("eraseSource works", await port.eraseSource(annaCgm, calm));
    good("erasing twice works", await port.eraseSource(annaCgm, calm));
    for (const id of ids) same("of the erased one", await isKnown(port, id, annaCgm), false);
    for (const id of ids) same("of the other one", await isKnown(port, id, bertsCgm), true);
  },
  "a cancelled call is answered by an error and changes nothing": async ({ port }) => {
    await note(port, "1");
    const call = abortedCall();
    for (const answer of [
      await port.note(annaCgm, "2", call),
      await port.isKnown(annaCgm, "1", call),
      await port.eraseSource(annaCgm, call),
    ])
      keeps("a cancelled call answers an error", answer.isErr(), "it answered as if it had worked");
    same("nothing was noted", await isKnown(port, "2"), false);
    same("nothing was forgotten", await isKnown(port, "1"), true);
  },
};

async function note(port: DeliveryIds, id: string, sourceId: SourceId = annaCgm): Promise<void> {
  good("note works", await port.note(sourceId, id, calm));
}

async function isKnown(port: DeliveryIds, id: string, sourceId: SourceId = annaCgm): Promise<boolean> {
  return good("isKnown works", await port.isKnown(sourceId, id, calm));
}
