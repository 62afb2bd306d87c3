import type { Place } from "./town-result.ts";

/** The first that fits names the place. */
const PLACES: readonly (readonly [RegExp, string])[] = [
  [/provider-mock\/(src|dist)\/(person|world)\//, "the simulated vendor"],
  [/provider-mock\/|\/zod/, "the provider: check, translate"],
  [/core\/(src|dist)\/plugin\//, "the guard around the provider"],
  [/core\/(src|dist)\/normalize\/|core\/(src|dist)\/reading\//, "normalise"],
  [/core\/(src|dist)\/day\//, "the day log: decode, append, encode"],
  [/core\/(src|dist)\/event\//, "events"],
  [/core\//, "ingest"],
  [/store-sqlite\//, "SQLite, its waits for the disk included"],
  [/http-host\//, "the scheduler"],
  [/bench\//, "the bench itself"],
  [/garbage collector/, "garbage collection"],
];

/** `spent`: microseconds by file. Largest first. */
export function placesOf(spent: ReadonlyMap<string, number>): readonly Place[] {
  const total = [...spent.values()].reduce((sum, each) => sum + each, 0);
  const places = new Map<string, number>();
  for (const [file, microseconds] of spent) {
    const name = PLACES.find(([pattern]) => pattern.test(file))?.[1] ?? "Node itself";
    places.set(name, (places.get(name) ?? 0) + microseconds / total);
  }
  return [...places].map(([name, share]) => ({ name, share })).sort((a, b) => b.share - a.share);
}
