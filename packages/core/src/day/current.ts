import type { Instant } from "../reading/instant.ts";
import type { Timeline } from "./columns.ts";
import type { LoggedCommit } from "./day-log.ts";

/** How many versions of a log were received by an instant: commits never fall in time, so what was known then is a beginning of the log. */
export function knownBy(commits: readonly LoggedCommit[], at: Instant): number {
  let known = 0;
  for (const commit of commits) {
    if (commit.receivedAt > at) break;
    known = commit.end;
  }
  return known;
}

/** Of the first `known` versions the newest of each instant, as indices, ascending by instant. */
export function currentVersions(timeline: Timeline, known: number = timeline.length): Int32Array {
  const { second } = timeline;
  const indices = new Int32Array(known);
  let ascending = true;
  for (let i = 0; i < known; i++) {
    indices[i] = i;
    if (i > 0 && (second[i] as number) <= (second[i - 1] as number)) ascending = false;
  }
  return ascending ? indices : newestOfEach(second, indices);
}

function newestOfEach(second: Int32Array, indices: Int32Array): Int32Array {
  indices.sort((a, b) => (second[a] as number) - (second[b] as number) || a - b);
  let kept = 0;
  for (let i = 0; i < indices.length; i++) {
    const isNewest = i + 1 === indices.length || second[indices[i] as number] !== second[indices[i + 1] as number];
    if (isNewest) indices[kept++] = indices[i] as number;
  }
  return indices.slice(0, kept);
}
