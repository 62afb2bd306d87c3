import type { StoredDay } from "../../ports/reading-store.ts";
import { good, keeps, same } from "../promise.ts";
import { abortedCall, anna, annaCgm, calm, dayAt, firstPut, keyOf, nextPut, userOf } from "../samples.ts";
import type { ReadingCases } from "./reading-cases.ts";
import { ascending, dayOf, descending, drain, everything, get, list, put, secondCgm, stored, written } from "./store-questions.ts";

export const readCases: ReadingCases = {
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
