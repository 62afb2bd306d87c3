import { err, ok, type Result } from "neverthrow";
import type { Mgdl } from "../../reading/glucose.ts";
import type { Day } from "../../reading/instant.ts";
import type { Details, Timeline } from "../columns.ts";
import { currentVersions } from "../current.ts";
import { type DayLog, type LoggedCommit, versionOf } from "../day-log.ts";
import { decodeCommits, encodeCommits } from "./commits-codec.ts";
import { decodeDetails, encodeDetails } from "./details-codec.ts";
import { decodeTimeline, encodeTimeline } from "./timeline-codec.ts";
import { readVarints, writeVarints } from "./varint.ts";

/** First byte of every day. Older ones stay readable for ever; a newer one is refused. */
export const DAY_CODEC_VERSION = 1;

/** No day comes near it: damaged bytes shall not make us ask for more memory than there is. */
const MOST_VERSIONS = 1 << 24;

/** At this size a day is full. */
export const FULL_DAY_BYTES = 128 * 1024;

/**
 * version u8 · check u32 · newest u32 · published, commits, versions, bytes of the timeline, bytes of the details as varints ·
 * timeline · details · commits. `check` is over all that follows it. `newest` stands in front so that the latest reading costs no decoding.
 */
const CHECK = 1;
const NEWEST = 5;
const COUNTS = 9;

export interface DayUnreadable {
  readonly kind: "day_unreadable";
  readonly message: string;
}

/**
 * The newest instant of a day and its value, 0 where the day holds none. `isAlone`: no other instant of the day within 30 s before it, nor
 * midnight.
 */
export interface NewestOfDay {
  readonly second: number;
  readonly mgdl: Mgdl;
  readonly isAlone: boolean;
}

/** The same log always gives the same bytes. */
export function encodeDay(log: DayLog): Uint8Array {
  const timeline = encodeTimeline(log.columns);
  const details = encodeDetails(log.columns, log.columns);
  const commits = encodeCommits(log.commits, log.day);
  const counts = writeVarints([log.published, versionOf(log), log.columns.length, timeline.length, details.length]);
  const bytes = new Uint8Array(COUNTS + counts.length + timeline.length + details.length + commits.length);
  const view = new DataView(bytes.buffer);
  bytes[0] = DAY_CODEC_VERSION;
  view.setUint32(NEWEST, packNewest(log.columns));
  let position = COUNTS;
  for (const part of [counts, timeline, details, commits]) {
    bytes.set(part, position);
    position += part.length;
  }
  view.setUint32(CHECK, checkOf(bytes));
  return bytes;
}

export function decodeDay(bytes: Uint8Array, day: Day): Result<DayLog, DayUnreadable> {
  return readFrame(bytes).andThen((frame) => {
    const timeline = decodeTimeline(bytes, frame.timeline, frame.details, frame.versions);
    const details = decodeDetails(bytes, frame.details, frame.commits, timeline);
    const commits = decodeCommits(bytes, frame.commits, bytes.length, frame.commitCount, day);
    if ((commits.at(-1)?.end ?? 0) !== frame.versions) return unreadable("its commits do not add up to its readings");
    return ok({ day, columns: { ...timeline, ...details }, commits, published: frame.published });
  });
}

/** Instants and values alone: what a view needs, at a third of the work. */
export function decodeDayTimeline(bytes: Uint8Array): Result<Timeline, DayUnreadable> {
  return readFrame(bytes).map((frame) => decodeTimeline(bytes, frame.timeline, frame.details, frame.versions));
}

/** What `decodeDayTimeline` left out of the readings. */
export function decodeDayDetails(bytes: Uint8Array, timeline: Timeline): Result<Details, DayUnreadable> {
  return readFrame(bytes).map((frame) => decodeDetails(bytes, frame.details, frame.commits, timeline));
}

export function decodeDayCommits(bytes: Uint8Array, day: Day): Result<readonly LoggedCommit[], DayUnreadable> {
  return readFrame(bytes).map((frame) => decodeCommits(bytes, frame.commits, bytes.length, frame.commitCount, day));
}

export function newestOfDay(bytes: Uint8Array): Result<NewestOfDay, DayUnreadable> {
  return readFrame(bytes).map(() => {
    const packed = viewOf(bytes).getUint32(NEWEST);
    return { second: packed >>> 15, mgdl: ((packed >>> 5) & 0x3ff) as Mgdl, isAlone: (packed & 1) === 1 };
  });
}

interface Frame {
  readonly published: number;
  readonly commitCount: number;
  readonly versions: number;
  readonly timeline: number;
  readonly details: number;
  readonly commits: number;
}

function readFrame(bytes: Uint8Array): Result<Frame, DayUnreadable> {
  if (bytes.length <= COUNTS) return unreadable("it is too short");
  const form = bytes[0] as number;
  if (form > DAY_CODEC_VERSION) {
    return unreadable(
      `it was written in form ${form}, this program reads form ${DAY_CODEC_VERSION}: a newer BG Ingest wrote it, or it is damaged`,
    );
  }
  if (form < DAY_CODEC_VERSION) return unreadable(`it is damaged: nothing was ever written in form ${form}`);
  if (viewOf(bytes).getUint32(CHECK) !== checkOf(bytes)) return unreadable("it is damaged: its check does not hold");
  const counts = readVarints(bytes, COUNTS, 5);
  const [published, commitCount, versions, timelineBytes, detailBytes] = counts.values as [number, number, number, number, number];
  const details = counts.end + timelineBytes;
  const commits = details + detailBytes;
  const isPossible = commits <= bytes.length && versions <= MOST_VERSIONS && commitCount <= versions && published <= commitCount;
  if (!isPossible) return unreadable("its counts contradict each other");
  return ok({ published, commitCount, versions, timeline: counts.end, details, commits });
}

function unreadable(why: string): Result<never, DayUnreadable> {
  return err({ kind: "day_unreadable", message: `A stored day cannot be read: ${why}.` });
}

/** 17 bits second · 10 bits mg/dL · 4 bits free · 1 bit alone. */
function packNewest(timeline: Timeline): number {
  const current = currentVersions(timeline);
  const newest = current.at(-1);
  if (newest === undefined) return 0;
  const second = timeline.second[newest] as number;
  const before = current.at(-2);
  const isAlone = second - (before === undefined ? 0 : (timeline.second[before] as number)) >= 30;
  return ((second << 15) | ((timeline.mgdl[newest] as number) << 5) | (isAlone ? 1 : 0)) >>> 0;
}

/** FNV-1a, 32 bits, over all behind the check. */
function checkOf(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (let i = NEWEST; i < bytes.length; i++) hash = Math.imul(hash ^ (bytes[i] as number), 0x01000193);
  return hash >>> 0;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
