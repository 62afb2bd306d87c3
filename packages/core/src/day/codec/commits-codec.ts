import { type Day, type Instant, SECONDS_PER_DAY, startOf } from "../../reading/instant.ts";
import { ARRIVALS, type Arrival } from "../commit.ts";
import type { LoggedCommit } from "../day-log.ts";
import { INTEGER_CONTEXTS } from "./entropy/probability.ts";
import { RangeDecoder } from "./entropy/range-decoder.ts";
import { RangeEncoder } from "./entropy/range-encoder.ts";
import { usualStep } from "./usual-step.ts";

const ARRIVAL_BITS = 2;
const FIRST_DAY = 0;
const FIRST_SECOND = FIRST_DAY + INTEGER_CONTEXTS;
const USUAL = FIRST_SECOND + INTEGER_CONTEXTS;
const SIZE = USUAL + INTEGER_CONTEXTS;
const ARRIVAL = SIZE + INTEGER_CONTEXTS;
const ASKED = ARRIVAL + ARRIVALS.length * (1 << ARRIVAL_BITS);
const ANSWERED = ASKED + 3 * INTEGER_CONTEXTS;
const CONTEXTS = ANSWERED + ARRIVALS.length * INTEGER_CONTEXTS;

/** Polls come in even steps and are answered in about the same time. */
export function encodeCommits(commits: readonly LoggedCommit[], day: Day): Uint8Array {
  const encoder = new RangeEncoder(CONTEXTS);
  const askedAt = commits.map((commit) => commit.askedAt - startOf(day));
  const usual = usualStep(askedAt);
  const first = askedAt[0] ?? 0;
  encoder.signed(FIRST_DAY, Math.floor(first / SECONDS_PER_DAY));
  encoder.unsigned(FIRST_SECOND, first - Math.floor(first / SECONDS_PER_DAY) * SECONDS_PER_DAY);
  encoder.unsigned(USUAL, usual);
  let walk: Walk = { arrival: 0, asked: first - usual, left: 0, end: 0 };
  for (const commit of commits) {
    const asked = commit.askedAt - startOf(day);
    const arrival = ARRIVALS.indexOf(commit.arrival);
    const left = asked - walk.asked - usual;
    encoder.unsigned(SIZE, commit.end - walk.end);
    encoder.tree(ARRIVAL + walk.arrival * (1 << ARRIVAL_BITS), ARRIVAL_BITS, arrival);
    encoder.signed(askedContexts(walk), left);
    encoder.signed(ANSWERED + arrival * INTEGER_CONTEXTS, commit.receivedAt - commit.askedAt);
    walk = { arrival, asked, left, end: commit.end };
  }
  return encoder.finish();
}

export function decodeCommits(bytes: Uint8Array, start: number, end: number, count: number, day: Day): readonly LoggedCommit[] {
  const decoder = new RangeDecoder(bytes, start, end, CONTEXTS);
  const firstDay = decoder.signed(FIRST_DAY);
  const first = firstDay * SECONDS_PER_DAY + decoder.unsigned(FIRST_SECOND);
  const usual = decoder.unsigned(USUAL);
  const commits: LoggedCommit[] = [];
  let walk: Walk = { arrival: 0, asked: first - usual, left: 0, end: 0 };
  for (let i = 0; i < count; i++) {
    const size = decoder.unsigned(SIZE);
    const arrival = decoder.tree(ARRIVAL + walk.arrival * (1 << ARRIVAL_BITS), ARRIVAL_BITS);
    const left = decoder.signed(askedContexts(walk));
    const answered = decoder.signed(ANSWERED + arrival * INTEGER_CONTEXTS);
    walk = { arrival, asked: walk.asked + usual + left, left, end: walk.end + size };
    const askedAt = (startOf(day) + walk.asked) as Instant;
    commits.push({ receivedAt: (askedAt + answered) as Instant, askedAt, arrival: ARRIVALS[arrival] as Arrival, end: walk.end });
  }
  return commits;
}

/** What the next commit is guessed from. */
interface Walk {
  readonly arrival: number;
  readonly asked: number;
  readonly left: number;
  readonly end: number;
}

function askedContexts(walk: Walk): number {
  return ASKED + (walk.left === 0 ? 0 : walk.left > 0 ? 1 : 2) * INTEGER_CONTEXTS;
}
