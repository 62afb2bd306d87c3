import { SECONDS_PER_DAY, type Timeline } from "@bg-ingest/core";

/** By second of the day; all zero between calls, for it would cost more to make one for every day. */
const versionsSeen = new Uint32Array(SECONDS_PER_DAY);

/** Of each version, how many versions of its instant came before it. */
export function revisionsOf({ length, second }: Pick<Timeline, "length" | "second">): Uint32Array {
  const revisions = new Uint32Array(length);
  for (let version = 0; version < length; version++) {
    const at = second[version] as number;
    const before = versionsSeen[at] as number;
    revisions[version] = before;
    versionsSeen[at] = before + 1;
  }
  for (let version = 0; version < length; version++) versionsSeen[second[version] as number] = 0;
  return revisions;
}
