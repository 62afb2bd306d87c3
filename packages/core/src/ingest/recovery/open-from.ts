import type { OpenFrom } from "../../ports/source-record.ts";
import { type Day, dayOf, type Instant, startOf } from "../../reading/instant.ts";

/** A commit follows its check within this, or starts again. */
export const COMMIT_WITHIN_SECONDS = 60;
/** A lowering this fresh serves further commits: it cannot be raised before an hour is over. */
const LOWERED_SERVES_SECONDS = 1_800;
const RAISE_NOT_BEFORE_SECONDS = 3_600;
const RAISE_NOT_BEFORE_SECOND_OF_DAY = 600;

export function yesterday(now: Instant): Day {
  return (dayOf(now) - 1) as Day;
}

/**
 * Writing today or yesterday needs nothing; before writing an older day `openFrom` has to be there, freshly lowered. `latest` is what the
 * clock would say had it never fallen back: another owner may have gone by that.
 */
export function needsLowering(openFrom: OpenFrom, oldest: Day, now: Instant, latest: Instant): boolean {
  if (oldest < openFrom.day) return true;
  if (oldest >= yesterday(latest)) return false;
  return openFrom.loweredAt === null || now - openFrom.loweredAt > LOWERED_SERVES_SECONDS;
}

export function lowered(openFrom: OpenFrom, oldest: Day, now: Instant): OpenFrom {
  return { day: Math.min(openFrom.day, oldest) as Day, loweredAt: now };
}

/**
 * Where `openFrom` may rise to, `null` if not now: to yesterday at most, not in the first ten minutes of a day, not within an hour of being
 * lowered; late writers have finished by then. Nor above the day before the newest reading: a clock that is ahead must not close days to come.
 */
export function raiseTarget(openFrom: OpenFrom, newest: Instant | null, now: Instant): Day | null {
  if (newest === null) return null;
  const target = Math.min(yesterday(now), yesterday(newest)) as Day;
  if (openFrom.day >= target) return null;
  if (now - startOf(dayOf(now)) < RAISE_NOT_BEFORE_SECOND_OF_DAY) return null;
  return openFrom.loweredAt === null || now - openFrom.loweredAt >= RAISE_NOT_BEFORE_SECONDS ? target : null;
}
