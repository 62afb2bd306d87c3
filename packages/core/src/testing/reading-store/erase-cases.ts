import { good, same } from "../promise.ts";
import { anna, annaCgm, calm, firstPut, keyOf, nextPut, userOf } from "../samples.ts";
import type { ReadingCases } from "./reading-cases.ts";
import { get, list, put, secondCgm, stored } from "./store-questions.ts";

export const eraseCases: ReadingCases = {
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
