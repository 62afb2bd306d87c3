import type { RecordedGap, SourceRecord } from "../../ports/source-record.ts";
import { type Instant, SECONDS_PER_DAY, type Span } from "../../reading/instant.ts";
import type { FetchedWindow } from "../asking/fetch-window.ts";
import { lastSlot } from "../polling/slots.ts";

/** More than these become fewer, with what was read between them: that is asked for once more than it had to be, and nothing unread is forgotten. */
const MOST_GAPS = 100;
const LONGEST_REASON = 200;

/** The gaps after a window: what was read now is none any more, what was unreadable is one. The very same list if nothing changed. */
export function gapsAfter(gaps: readonly RecordedGap[], window: FetchedWindow, now: Instant): readonly RecordedGap[] {
  const left = gaps.flatMap((gap) =>
    window.read.reduce<readonly RecordedGap[]>((parts, read) => parts.flatMap((part) => without(part, read)), [gap]),
  );
  const news = window.unreadable.filter((slice) => !left.some((gap) => gap.from <= slice.from && gap.to >= slice.to));
  if (news.length === 0 && left.length === gaps.length && left.every((gap, i) => gap === gaps[i])) return gaps;
  const added = news.map((slice) => ({ from: slice.from, to: slice.to, reason: slice.message.slice(0, LONGEST_REASON), recordedAt: now }));
  const all = merged(joined([...left, ...added]));
  return all.length === gaps.length && all.every((gap, i) => isSameSpan(gap, gaps[i])) ? gaps : all;
}

/** Those that lie nearest to each other first, the oldest of them where several do. */
function merged(gaps: readonly RecordedGap[]): readonly RecordedGap[] {
  const result = [...gaps];
  while (result.length > MOST_GAPS) {
    const distances = result.slice(1).map(({ from }, i) => from - (result[i]?.to ?? from));
    const nearest = distances.indexOf(Math.min(...distances));
    const [first, second] = result.slice(nearest, nearest + 2) as [RecordedGap, RecordedGap];
    result.splice(nearest, 2, { ...first, to: second.to });
  }
  return result;
}

function isSameSpan(a: Span, b: Span | undefined): boolean {
  return a.from === b?.from && a.to === b.to;
}

/** Once a day, at a slot of its own: nothing has to be remembered, and one missed while nobody asked is made good by the next poll. */
export function areGapsDue({ sourceId, gaps }: SourceRecord, lastGoodPoll: Instant | null, now: Instant): boolean {
  if (gaps.length === 0) return false;
  return lastGoodPoll === null || lastGoodPoll > now || lastSlot(sourceId, SECONDS_PER_DAY, now) > lastGoodPoll;
}

function without(gap: RecordedGap, read: Span): readonly RecordedGap[] {
  if (read.to <= gap.from || read.from >= gap.to) return [gap];
  const before = { ...gap, to: read.from };
  const after = { ...gap, from: read.to };
  return [before, after].filter((part) => part.to > part.from);
}

/** Overlapping and touching gaps become one, under the reason of the first. */
function joined(gaps: readonly RecordedGap[]): readonly RecordedGap[] {
  const result: RecordedGap[] = [];
  for (const gap of gaps.toSorted((a, b) => a.from - b.from)) {
    const last = result.at(-1);
    if (last !== undefined && gap.from <= last.to) result[result.length - 1] = { ...last, to: Math.max(last.to, gap.to) as Instant };
    else result.push(gap);
  }
  return result;
}
