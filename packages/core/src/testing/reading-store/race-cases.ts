import { broken, same } from "../promise.ts";
import { anna, annaCgm, firstPut, keyOf, nextPut, userOf } from "../samples.ts";
import type { ReadingCases } from "./reading-cases.ts";
import { addOneByOne, get, put, secondCgm, stored, written } from "./store-questions.ts";

export const raceCases: ReadingCases = {
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
