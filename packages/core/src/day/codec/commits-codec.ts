import { type Day, type Instant, SECONDS_PER_DAY, startOf } from "../../reading/instant.ts";
import { ARRIVALS, type Arrival } from "../commit.ts";
import type { LoggedCommit } from "../day-log.ts";
import { INTEGER_CONTEXTS } from "./entropy/probability.ts";
import { RangeDecoder } from "./entropy/range-decoder.ts";
import { RangeEncoder } from "./entropy/range-encoder.ts";
import { usualStep } from "./usual-step.ts";

const ARRIVAL_BITS = 2;
const FAR_DAY = 0;
const FAR_SECOND = FAR_DAY + INTEGER_CONTEXTS;
const USUAL = FAR_SECOND + INTEGER_CONTEXTS;
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
  writeFar(encoder, first);
  encoder.unsigned(USUAL, usual);
  let walk: Walk = { arrival: 0, asked: first - usual, left: 0, end: 0 };
  for (const commit of commits) {
    const asked = commit.askedAt - startOf(day);
    const arrival = ARRIVALS.indexOf(commit.arrival);
    const left = asked - walk.asked - usual;
    encoder.unsigned(SIZE, commit.end - walk.end);
    encoder.tree(ARRIVAL + walk.arrival * (1 << ARRIVAL_BITS), ARRIVAL_BITS, arrival);
    writeSeconds(encoder, askedContexts(walk), left);
    writeSeconds(encoder, ANSWERED + arrival * INTEGER_CONTEXTS, commit.receivedAt - commit.askedAt);
    walk = { arrival, asked, left, end: commit.end };
  }
  return encoder.finish();
}

export function decodeCommits(bytes: Uint8Array, start: number, end: number, count: number, day: Day): readonly LoggedCommit[] {
  const decoder = new RangeDecoder(bytes, start, end, CONTEXTS);
  const first = readFar(decoder);
  const usual = decoder.unsigned(USUAL);
  const commits: LoggedCommit[] = [];
  let walk: Walk = { arrival: 0, asked: first - usual, left: 0, end: 0 };
  for (let i = 0; i < count; i++) {
    const size = decoder.unsigned(SIZE);
    const arrival = decoder.tree(ARRIVAL + walk.arrival * (1 << ARRIVAL_BITS), ARRIVAL_BITS);
    const left = readSeconds(decoder, askedContexts(walk));
    const answered = readSeconds(decoder, ANSWERED + arrival * INTEGER_CONTEXTS);
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

/** 68 years: so far apart are two commits only if a clock was badly wrong, but even then they have to be kept. */
const FAR = 0x7fff_ffff;

function writeSeconds(encoder: RangeEncoder, contexts: number, seconds: number): void {
  const isFar = Math.abs(seconds) >= FAR;
  encoder.signed(contexts, isFar ? FAR : seconds);
  if (isFar) writeFar(encoder, seconds);
}

function readSeconds(decoder: RangeDecoder, contexts: number): number {
  const seconds = decoder.signed(contexts);
  return seconds === FAR ? readFar(decoder) : seconds;
}

function writeFar(encoder: RangeEncoder, seconds: number): void {
  const days = Math.floor(seconds / SECONDS_PER_DAY);
  encoder.signed(FAR_DAY, days);
  encoder.unsigned(FAR_SECOND, seconds - days * SECONDS_PER_DAY);
}

function readFar(decoder: RangeDecoder): number {
  const days = decoder.signed(FAR_DAY);
  return days * SECONDS_PER_DAY + decoder.unsigned(FAR_SECOND);
}
