import type { DayPage } from "../src/day/append.ts";
import type { Arrival } from "../src/day/commit.ts";
import { compareContents } from "../src/reading/content.ts";
import type { Instant } from "../src/reading/instant.ts";
import type { Reading } from "../src/reading/reading.ts";

/** What is kept of one instant: all that ever stood, oldest first, and the latest request that changed it. */
interface Kept {
  readonly versions: readonly Reading[];
  readonly askedAt: Instant;
}

export interface Added {
  readonly arrival: Arrival;
  readonly reading: Reading;
}

/** A day as a plain map from instants, by the words of the architecture, to hold the log against. */
export class PlainDay {
  private readonly kept = new Map<Instant, Kept>();

  add(page: DayPage): readonly Added[] {
    return page.readings.flatMap((reading): Added[] => {
      const known = this.kept.get(reading.at);
      const stands = known === undefined ? reading : standing(known, reading, page.askedAt);
      if (stands === null) return [];
      const askedAt = Math.max(page.askedAt, known?.askedAt ?? page.askedAt) as Instant;
      this.kept.set(reading.at, { versions: [...(known?.versions ?? []), stands], askedAt });
      return [{ arrival: arrivalOf(reading, known, page), reading: stands }];
    });
  }

  current(): readonly Reading[] {
    return [...this.kept.values()].map(({ versions }) => versions.at(-1) as Reading).toSorted((a, b) => a.at - b.at);
  }

  versionsOf(at: Instant): readonly Reading[] {
    return this.kept.get(at)?.versions ?? [];
  }
}

/** Each attribute that may be unknown, as a text; `undefined` unknown. */
const optional: Readonly<Record<string, (reading: Reading) => string | undefined>> = {
  trend: ({ trend, trendWord }) => (trend === "unknown" && trendWord === null ? undefined : `${trend}/${trendWord}`),
  trendRate: ({ trendRate }) => trendRate?.toString(),
  utcOffsetMinutes: ({ utcOffsetMinutes }) => utcOffsetMinutes?.toString(),
  device: ({ device }) => device ?? undefined,
};

/** `null`: nothing changes. */
function standing({ versions, askedAt }: Kept, incoming: Reading, incomingAskedAt: Instant): Reading | null {
  const now = versions.at(-1) as Reading;
  const isLater = incomingAskedAt > askedAt || (incomingAskedAt === askedAt && compareContents(incoming, now) > 0);
  const next = contradict(now, incoming) && isLater ? fill(incoming, now) : fill(now, incoming);
  return JSON.stringify(sorted(next)) === JSON.stringify(sorted(now)) ? null : next;
}

function contradict(a: Reading, b: Reading): boolean {
  if (a.mgdl !== b.mgdl || a.unit !== b.unit || JSON.stringify(a.rangeFlag) !== JSON.stringify(b.rangeFlag)) return true;
  return Object.values(optional).some((of) => of(a) !== undefined && of(b) !== undefined && of(a) !== of(b));
}

function fill(first: Reading, second: Reading): Reading {
  const from = (name: string): Reading => (optional[name]?.(first) === undefined ? second : first);
  return {
    ...first,
    trend: from("trend").trend,
    trendWord: from("trend").trendWord,
    trendRate: from("trendRate").trendRate,
    utcOffsetMinutes: from("utcOffsetMinutes").utcOffsetMinutes,
    device: from("device").device,
  };
}

function sorted(reading: Reading): unknown {
  return Object.entries(reading).toSorted(([a], [b]) => (a < b ? -1 : 1));
}

function arrivalOf(reading: Reading, known: Kept | undefined, page: DayPage): Arrival {
  if (known !== undefined) return "revision";
  if (page.isBackfill) return "backfill";
  return page.newestBefore !== null && reading.at < page.newestBefore ? "late" : "live";
}
