import { keeps, same } from "../promise.ts";
import { abortedCall, anna, annaCgm, bytesOf, firstPut, keyOf, nextPut } from "../samples.ts";
import type { ReadingCases } from "./reading-cases.ts";
import { dayOf, FULL_DAY_BYTES, get, list, put, stored, written } from "./store-questions.ts";

export const writeCases: ReadingCases = {
  "a day comes back as it was written": async ({ port }) => {
    await put(port, [firstPut(keyOf(20_000))]);
    const expected = stored(firstPut(keyOf(20_000)));
    same("getDays gives the day that was written", await get(port, [keyOf(20_000)]), [expected]);
    same("days gives the day that was written", await list(port, anna), [expected]);
  },
  "a day that was read is written over": async ({ port }) => {
    await put(port, [firstPut(keyOf(20_000))]);
    same("a put over the version read is written", await put(port, [nextPut(keyOf(20_000), 1, 7)]), [written]);
    same("the newer version stands", await get(port, [keyOf(20_000)]), [stored(nextPut(keyOf(20_000), 1, 7))]);
  },
  "one write may bring several commits": async ({ port }) => {
    const leap = { ...firstPut(keyOf(20_000)), version: 3 };
    same("a first write may bear any version", await put(port, [leap]), [written]);
    const [day] = await get(port, [keyOf(20_000)]);
    same("the version given stands", day?.version, 3);
  },
  "a stale put meets what stands there now": async ({ port }) => {
    await put(port, [firstPut(keyOf(20_000))]);
    await put(port, [nextPut(keyOf(20_000), 1, 7)]);
    const current = stored(nextPut(keyOf(20_000), 1, 7));
    for (const expectedVersion of [0, 1, 3]) {
      const outcome = await put(port, [nextPut(keyOf(20_000), expectedVersion, 9)]);
      same(`a put over version ${expectedVersion} conflicts where 2 stands`, outcome, [{ kind: "conflict", current }]);
    }
    same("a conflict writes nothing", await get(port, [keyOf(20_000)]), [current]);
  },
  "a put over a day that is gone meets nothing": async ({ port }) => {
    same("nothing stands where a version was expected", await put(port, [nextPut(keyOf(20_000), 4, 9)]), [
      { kind: "conflict", current: null },
    ]);
    same("a conflict writes nothing", await get(port, [keyOf(20_000)]), [null]);
  },
  "a conflict of one day hinders no other, and each is answered in its place": async ({ port }) => {
    await put(port, [firstPut(keyOf(2))]);
    const outcomes = await put(port, [firstPut(keyOf(1)), firstPut(keyOf(2), 99), nextPut(keyOf(3), 1, 0), firstPut(keyOf(4))]);
    const conflict = { kind: "conflict", current: stored(firstPut(keyOf(2))) };
    same("outcomes stand in the order given", outcomes, [written, conflict, { kind: "conflict", current: null }, written]);
    same("the others are written", (await list(port, anna)).map(dayOf), [1, 2, 4]);
  },
  "many days go in one call": async ({ port }) => {
    const puts = Array.from({ length: 130 }, (_, day) => firstPut(keyOf(day)));
    const outcomes = await put(port, puts);
    keeps(
      "every put is answered",
      outcomes.length === 130 && outcomes.every(({ kind }) => kind === "written"),
      `${outcomes.length} answers`,
    );
    const keys = puts.map(({ day }) => keyOf(day)).reverse();
    same("every day is stored", await get(port, keys), puts.map(stored).reverse());
  },
  "no puts, no keys: nothing happens": async ({ port }) => {
    same("no put, no outcome", await put(port, []), []);
    same("no key, no day", await get(port, []), []);
  },
  "a full day of 128 KiB is a day like others": async ({ port }) => {
    const days = Array.from({ length: 12 }, (_, day) => firstPut(keyOf(day), day, FULL_DAY_BYTES));
    for (const day of days) await put(port, [day]);
    same("full days come back byte for byte", await list(port, anna), days.map(stored));
  },
  "a day may be empty of bytes": async ({ port }) => {
    await put(port, [firstPut(keyOf(1), 1, 0)]);
    same("no bytes are bytes too", await list(port, anna), [stored(firstPut(keyOf(1), 1, 0))]);
  },
  "what is stored is nobody's array": async ({ port }) => {
    const bytes = bytesOf(5);
    await put(port, [{ ...firstPut(keyOf(1)), bytes }]);
    bytes.fill(0);
    const [first] = await get(port, [keyOf(1)]);
    first?.bytes.fill(0);
    same("a caller's later changes touch nothing stored", (await get(port, [keyOf(1)]))[0]?.bytes, bytesOf(5));
  },
  "what was answered outlives the process": async ({ port, restarted }) => {
    await put(port, [firstPut(keyOf(1)), firstPut(keyOf(2))]);
    await put(port, [nextPut(keyOf(2), 1, 7)]);
    const later = await restarted();
    same("a restart finds every day that was answered", await list(later, anna), [firstPut(keyOf(1)), nextPut(keyOf(2), 1, 7)].map(stored));
    same("and goes on from there", await put(later, [nextPut(keyOf(2), 2, 8)]), [written]);
  },
  "a cancelled call is answered by an error and writes nothing": async ({ port }) => {
    const call = abortedCall();
    keeps(
      "a cancelled putDays answers an error",
      (await port.putDays([firstPut(keyOf(1))], call)).isErr(),
      "it answered as if it had worked",
    );
    keeps("a cancelled getDays answers an error", (await port.getDays([keyOf(1)], call)).isErr(), "it answered as if it had worked");
    keeps(
      "a cancelled eraseSource answers an error",
      (await port.eraseSource(anna, annaCgm, call)).isErr(),
      "it answered as if it had worked",
    );
    same("nothing was written", await get(port, [keyOf(1)]), [null]);
  },
};
