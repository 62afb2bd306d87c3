import type { Reading } from "./reading.ts";

/** What a reading says beside its instant. */
export type Content = Omit<Reading, "at">;

export function isSameContent(a: Content, b: Content): boolean {
  return (
    a.mgdl === b.mgdl &&
    a.unit === b.unit &&
    a.trend === b.trend &&
    a.trendWord === b.trendWord &&
    a.trendRate === b.trendRate &&
    a.utcOffsetMinutes === b.utcOffsetMinutes &&
    a.device === b.device &&
    a.rangeFlag?.side === b.rangeFlag?.side &&
    a.rangeFlag?.boundMgdl === b.rangeFlag?.boundMgdl
  );
}

/** `winner`, its unknown attributes filled in from `other`. Where the two do not disagree it matters not which is which. */
export function filledFrom<T extends Content>(winner: T, other: Content): T {
  const takesTrend = winner.trend === "unknown" && winner.trendWord === null;
  return {
    ...winner,
    trend: takesTrend ? other.trend : winner.trend,
    trendWord: takesTrend ? other.trendWord : winner.trendWord,
    trendRate: winner.trendRate ?? other.trendRate,
    utcOffsetMinutes: winner.utcOffsetMinutes ?? other.utcOffsetMinutes,
    device: winner.device ?? other.device,
  };
}

/** The contents agree: neither says what the other denies. */
export function agrees(a: Content, b: Content): boolean {
  return isSameContent(filledFrom(a, b), filledFrom(b, a));
}

/** A fixed order of contents, in which the later stands where nothing else decides. */
export function compareContents(a: Content, b: Content): number {
  const left = sortKey(a);
  const right = sortKey(b);
  for (let i = 0; i < left.length; i++) {
    const x = left[i] as number | string;
    const y = right[i] as number | string;
    if (x !== y) return x < y ? -1 : 1;
  }
  return 0;
}

function sortKey(content: Content): readonly (number | string)[] {
  const flag = content.rangeFlag;
  return [
    content.mgdl,
    flag === null ? 0 : flag.side === "below" ? -flag.boundMgdl : flag.boundMgdl,
    content.unit,
    content.trend === "unknown" ? "" : content.trend,
    content.trendWord ?? "",
    content.trendRate ?? -Infinity,
    content.utcOffsetMinutes ?? -Infinity,
    content.device ?? "",
  ];
}
