import type { Result } from "neverthrow";
import type { DayKey, DayPut, DayRead, PutOutcome, ReadingStore, StoredDay } from "../ports/reading-store.ts";
import type { StoreError } from "../ports/store-error.ts";
import type { UserId } from "../reading/identifiers.ts";
import { type ContractCase, caseOf, emptySuiteFails, type UnderTest } from "./contract-case.ts";
import { broken, good, keeps, same } from "./promise.ts";
import { abortedCall, anna, annaCgm, bytesOf, calm, dayAt, firstPut, keyOf, nextPut, sourceOf, userOf } from "./samples.ts";

type Body = (subject: UnderTest<ReadingStore>) => Promise<void>;

/** Everything that `ReadingStore` promises, one case a promise. */
export function readingStoreContract(make: () => PromiseLike<UnderTest<ReadingStore>>): readonly ContractCase[] {
  return emptySuiteFails(Object.entries({ ...writing, ...racing, ...reading, ...erasing }).map(([id, body]) => caseOf(make, id, body)));
}

const secondCgm = sourceOf("annacgm00002");
const written: PutOutcome = { kind: "written" };
const everything = { first: dayAt(-40_000), last: dayAt(90_000) };
const ascending: DayRead = { order: "ascending", consistency: "strong" };
const descending: DayRead = { order: "descending", consistency: "strong" };
/** A day is full at 128 KiB. */
const FULL_DAY_BYTES = 131_072;

const writing: Readonly<Record<string, Body>> = {
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

const racing: Readonly<Record<string, Body>> = {
  "of many writers over one version exactly one is written": async ({ port }) => {
    for (const expectedVersion of [0, 1, 2]) {
      const puts = Array.from({ length: 40 }, (_, seed) => nextPut(keyOf(1), expectedVersion, 100 * expectedVersion + seed));
      const outcomes = (await Promise.all(puts.map((one) => put(port, [one])))).flat();
      const winners = puts.filter((_, at) => outcomes[at]?.kind === "written");
      same(`exactly one of 40 is written over version ${expectedVersion}`, winners.length, 1);
      const current = stored(winners[0] ?? broken("somebody is written", "nobody was"));
      const losers = outcomes.filter(({ kind }) => kind === "conflict");
      same("every other is shown the one that won", losers, Array(39).fill({ kind: "conflict", current }));
      same("the one that won stands", await get(port, [keyOf(1)]), [current]);
    }
  },
  "writers who read again lose nothing": async ({ port }) => {
    await Promise.all(Array.from({ length: 8 }, () => addOneByOne(port, 5)));
    const [day] = await get(port, [keyOf(1)]);
    same("40 additions by 8 writers are 40 versions", day?.version, 40);
    same(
      "and each has left its byte",
      day?.bytes,
      Uint8Array.from({ length: 40 }, (_, n) => n + 1),
    );
  },
  "writers of other days, sources and users do not meet": async ({ port }) => {
    const keys = [anna, userOf("bert")].flatMap((user) =>
      [annaCgm, secondCgm].flatMap((source) => [1, 2, 3].map((day) => keyOf(day, user, source))),
    );
    const outcomes = await Promise.all(keys.map((key) => put(port, [firstPut(key)])));
    same("independent first writes are all written", outcomes.flat(), Array(keys.length).fill(written));
  },
};

const reading: Readonly<Record<string, Body>> = {
  "days come by day and then by source": async ({ port }) => {
    const keys = [
      keyOf(3),
      keyOf(1, anna, secondCgm),
      keyOf(-25_567),
      keyOf(2),
      keyOf(1),
      keyOf(10),
      keyOf(3, anna, secondCgm),
      keyOf(-1),
      keyOf(84_005),
    ];
    await put(
      port,
      keys.map((key) => firstPut(key)),
    );
    const expected = ["-25567/1", "-1/1", "1/1", "1/2", "2/1", "3/1", "3/2", "10/1", "84005/1"];
    const shown = ({ day, sourceId }: StoredDay): string => `${day}/${sourceId === annaCgm ? 1 : 2}`;
    same("ascending is by day and then by source", (await list(port, anna)).map(shown), expected);
    same("descending is the same from the other end", (await list(port, anna, everything, descending)).map(shown), [...expected].reverse());
  },
  "a span holds its first and its last day and nothing outside": async ({ port }) => {
    await put(
      port,
      [1, 2, 3, 4, 5].map((day) => firstPut(keyOf(day))),
    );
    const within = async (first: number, last: number, read = ascending) =>
      (await list(port, anna, { first: dayAt(first), last: dayAt(last) }, read)).map(dayOf);
    same("both ends belong to the span", await within(2, 4), [2, 3, 4]);
    same("descending too", await within(2, 4, descending), [4, 3, 2]);
    same("a span of one day", await within(3, 3), [3]);
    same("a span without data is empty", await within(6, 900), []);
    same("a span that ends before it begins is empty", await within(4, 2), []);
    same("a span may reach beyond all days", await within(-1_000_000, 1_000_000), [1, 2, 3, 4, 5]);
  },
  "a stranger has no days": async ({ port }) => {
    await put(port, [firstPut(keyOf(1))]);
    same("an unknown user has no days", await list(port, userOf("nobody")), []);
    same("an unknown user has no day", await get(port, [keyOf(1, userOf("nobody")), keyOf(1, anna, secondCgm)]), [null, null]);
  },
  "nobody sees a day of somebody with a similar name": async ({ port }) => {
    const users = [
      "a",
      "an",
      "ann",
      "anna",
      "Anna",
      "anna.",
      "anna_",
      "ann_",
      "anna~",
      "anna:",
      "anna@",
      "anna-",
      "x".repeat(128),
      `${"x".repeat(127)}y`,
    ];
    for (const [seed, user] of users.entries())
      await put(port, [firstPut(keyOf(1, userOf(user)), seed), firstPut(keyOf(2, userOf(user)), seed + 50)]);
    for (const [seed, user] of users.entries()) {
      const own = [firstPut(keyOf(1, userOf(user)), seed), firstPut(keyOf(2, userOf(user)), seed + 50)].map(stored);
      same(`the days of ${user} are their own`, await list(port, userOf(user)), own);
    }
  },
  "the days named come in the order asked": async ({ port }) => {
    await put(port, [firstPut(keyOf(1)), firstPut(keyOf(2)), firstPut(keyOf(1, userOf("bert")), 77)]);
    const found = await get(port, [keyOf(2), keyOf(9), keyOf(1, userOf("bert")), keyOf(1), keyOf(2)]);
    same("each key is answered in its place", found, [
      stored(firstPut(keyOf(2))),
      null,
      stored(firstPut(keyOf(1, userOf("bert")), 77)),
      stored(firstPut(keyOf(1))),
      stored(firstPut(keyOf(2))),
    ]);
  },
  "a long history comes whole, each day once": async ({ port }) => {
    const puts = Array.from({ length: 500 }, (_, day) => firstPut(keyOf(day), day, 700));
    await put(port, [...puts, ...puts.slice(0, 300).map((one) => ({ ...one, sourceId: secondCgm }))]);
    const expected = puts.flatMap(({ day }) => (day < 300 ? [day, day] : [day]));
    same("every day of both sources, ascending", (await list(port, anna)).map(dayOf), expected);
    same("every day of both sources, descending", (await list(port, anna, everything, descending)).map(dayOf), [...expected].reverse());
  },
  "writing beside a reader doubles and loses nothing": async ({ port }) => {
    await put(
      port,
      Array.from({ length: 200 }, (_, day) => firstPut(keyOf(2 * day))),
    );
    const seen: number[] = [];
    for await (const item of port.days(anna, everything, ascending, calm)) {
      const { day } = good("days goes on beside a writer", item);
      seen.push(day);
      if (day % 20 === 0) await put(port, [nextPut(keyOf(day), 1, 5), firstPut(keyOf(day - 1)), firstPut(keyOf(day + 1))]);
    }
    same(
      "no day is seen twice, and all are in order",
      seen,
      [...new Set(seen)].sort((a, b) => a - b),
    );
    const standing = seen.filter((day) => day % 2 === 0);
    same(
      "every day that stood all the while is seen",
      standing,
      Array.from({ length: 200 }, (_, n) => 2 * n),
    );
  },
  "a reader may leave at any time": async ({ port }) => {
    await put(
      port,
      Array.from({ length: 100 }, (_, day) => firstPut(keyOf(day))),
    );
    for await (const item of port.days(anna, everything, descending, calm)) {
      same("the newest day comes first", good("days gives the newest day", item).day, 99);
      break;
    }
    same("a reader who left holds nobody up", await put(port, [firstPut(keyOf(100))]), [written]);
  },
  "a strong read sees what was answered before": async ({ port }) => {
    for (let version = 0; version < 20; version++) {
      await put(port, [nextPut(keyOf(1), version, version)]);
      same(
        "getDays sees the write just answered",
        (await get(port, [keyOf(1)])).map((day) => day?.version),
        [version + 1],
      );
      same(
        "days sees the write just answered",
        (await list(port, anna)).map((day) => day.version),
        [version + 1],
      );
    }
  },
  "an eventual read gives no stranger's day": async ({ port }) => {
    await put(port, [firstPut(keyOf(1)), firstPut(keyOf(1, userOf("bert")))]);
    const days = await list(port, anna, everything, { order: "ascending", consistency: "eventual" });
    keeps(
      "an eventual read is the user's own",
      days.every(({ userId }) => userId === anna),
      "it gave a day of somebody else",
    );
  },
  "a cancelled reading ends with an error, and never throws": async ({ port }) => {
    await put(
      port,
      Array.from({ length: 300 }, (_, day) => firstPut(keyOf(day))),
    );
    same("cancelled before it began: the error alone", (await drain(port.days(anna, everything, ascending, abortedCall()))).kinds, ["err"]);
    const controller = new AbortController();
    const { kinds } = await drain(port.days(anna, everything, ascending, { signal: controller.signal }), (count) => {
      if (count === 3) controller.abort();
    });
    same("cancelled on the way: the error comes last", kinds.at(-1), "err");
    same("and only there", kinds.indexOf("err"), kinds.length - 1);
    keeps("a cancelled reading does not run to the end", kinds.length < 300, `it gave ${kinds.length} items`);
  },
};

const erasing: Readonly<Record<string, Body>> = {
  "erasing a source takes its days and nothing else": async ({ port, restarted }) => {
    const bert = userOf("bert");
    const others = [keyOf(1, anna, secondCgm), keyOf(1, bert), keyOf(1, userOf("ann"))].map((key) => firstPut(key));
    await put(port, [...[1, 2, 3].map((day) => firstPut(keyOf(day))), ...others]);
    const erased = good("eraseSource works", await port.eraseSource(anna, annaCgm, calm));
    same("it answers how many days there were", erased, 3);
    const later = await restarted();
    same("the other source of the user stays", await list(later, anna), [stored(firstPut(keyOf(1, anna, secondCgm)))]);
    same("other users stay", [...(await list(later, bert)), ...(await list(later, userOf("ann")))].length, 2);
    same("the days are gone for good", await get(later, [keyOf(1), keyOf(2), keyOf(3)]), [null, null, null]);
  },
  "erasing what is not there answers 0": async ({ port }) => {
    same("nothing to erase", good("eraseSource works", await port.eraseSource(anna, annaCgm, calm)), 0);
    await put(port, [firstPut(keyOf(1))]);
    good("eraseSource works", await port.eraseSource(anna, annaCgm, calm));
    same("erased before", good("eraseSource works", await port.eraseSource(anna, annaCgm, calm)), 0);
  },
  "erasing takes a long history too": async ({ port }) => {
    const puts = Array.from({ length: 400 }, (_, day) => firstPut(keyOf(day), day, 700));
    await put(port, puts);
    same("all 400 days are counted", good("eraseSource works", await port.eraseSource(anna, annaCgm, calm)), 400);
    same("none is left", await list(port, anna), []);
  },
  "a write that was in flight brings no erased day back": async ({ port }) => {
    await put(port, [firstPut(keyOf(1))]);
    good("eraseSource works", await port.eraseSource(anna, annaCgm, calm));
    same("an erased day meets a stale put as nothing", await put(port, [nextPut(keyOf(1), 1, 7)]), [{ kind: "conflict", current: null }]);
    same("it stays gone", await list(port, anna), []);
  },
};

async function put(store: ReadingStore, puts: readonly DayPut[]): Promise<readonly PutOutcome[]> {
  return good("putDays works", await store.putDays(puts, calm));
}

async function get(store: ReadingStore, keys: readonly DayKey[]): Promise<readonly (StoredDay | null)[]> {
  return good("getDays works", await store.getDays(keys, calm));
}

async function list(store: ReadingStore, userId: UserId, span = everything, read = ascending): Promise<readonly StoredDay[]> {
  const days: StoredDay[] = [];
  for await (const item of store.days(userId, span, read, calm)) days.push(good("days works", item));
  return days;
}

async function drain(days: AsyncIterable<Result<StoredDay, StoreError>>, seen: (count: number) => void = () => undefined) {
  const kinds: ("ok" | "err")[] = [];
  for await (const item of days) {
    kinds.push(item.isOk() ? "ok" : "err");
    seen(kinds.length);
  }
  return { kinds };
}

/** Appends one byte at a time to a day that others append to as well. */
async function addOneByOne(store: ReadingStore, count: number): Promise<void> {
  for (let added = 0; added < count; ) {
    const [day] = await get(store, [keyOf(1)]);
    const expectedVersion = day?.version ?? 0;
    const bytes = Uint8Array.from([...(day?.bytes ?? []), expectedVersion + 1]);
    const [outcome] = await put(store, [{ ...keyOf(1), version: expectedVersion + 1, expectedVersion, bytes }]);
    if (outcome?.kind === "written") added++;
  }
}

const dayOf = ({ day }: { readonly day: number }): number => day;

function stored({ userId, day, sourceId, version, bytes }: DayPut): StoredDay {
  return { userId, day, sourceId, version, bytes };
}
