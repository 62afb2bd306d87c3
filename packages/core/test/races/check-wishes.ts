import { keeps, same } from "../../src/testing/promise.ts";
import { anna } from "../ingest-bench.ts";
import { type Races, recordOf } from "./races.ts";
import { storedCredentials } from "./stored-credentials.ts";
import type { Wish } from "./wish.ts";

/** Which wish made anna be connected, counted from the first; `undefined`: she is not, or her credentials tell nothing of it. */
async function livingWish(races: Races): Promise<number | undefined> {
  const record = await recordOf(races, anna);
  return record?.phase === "connected" ? (await storedCredentials(races, record.sourceId))?.wish : undefined;
}

/** Nobody is connected by a wish from before they left or were erased. */
export async function checkWishes(races: Races): Promise<void> {
  const living = await livingWish(races);
  const lived = living === undefined ? undefined : races.wishes.all[living];
  if (lived !== undefined) for (const [index, each] of races.wishes.all.entries()) checkEnding(index, each, `wish ${living}`, lived);
  await checkLastWish(races, lived);
}

function checkEnding(index: number, { kind, answer, begun }: Wish, name: string, lived: Wish): void {
  if (answer !== "ok") return;
  if (kind === "erase") keeps("an erased person stays erased", lived.begun > begun, `${name} was begun before erase ${index}`);
  if (kind === "disconnect") keeps("whoever has left is not connected", lived.ended > begun, `${name} ended before disconnect ${index}`);
}

/** What the last one is told is how it is, if it met no other. */
async function checkLastWish(races: Races, lived: Wish | undefined): Promise<void> {
  const wishes = races.wishes.all;
  const last = wishes.at(-1);
  if (last === undefined) return;
  const isAlone = wishes.every((each) => each === last || (each.ended < last.begun && each.answer !== "died"));
  if (!isAlone || last.answer !== "ok") return;
  const record = await recordOf(races, anna);
  if (last.kind === "connect") same("whoever is told that they are connected are", lived, last);
  if (last.kind === "disconnect") same("whoever is told that they have left have", record?.phase, "disconnected");
  if (last.kind === "erase") same("whoever is told that they are erased are", record, undefined);
}
