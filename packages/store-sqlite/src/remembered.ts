import type { Day, DaySpan, SourceRecord, StoredDay, UserId } from "@bg-ingest/core";

/**
 * What was last read of users who are asked about again and again. Nobody else writes this file, and whoever writes for a user has this
 * forgotten before the write can be seen: what is remembered is what is stored. Only reading is spared; no write relies on it.
 */
export interface Remembered {
  /** To be taken before the read that fills it: what is forgotten meanwhile is filled in vain. */
  of(userId: UserId): RememberedOfUser;
  forget(userId: UserId): void;
}

export interface RememberedOfUser {
  /** By provider. */
  records?: readonly SourceRecord[];
  newest?: NewestDay;
}

/** The newest day of all sources, as far as it was looked for. */
interface NewestDay {
  readonly stored: StoredDay;
  readonly upTo: Day;
}

/** Some 2 KiB each. */
const MOST_USERS = 4_096;

export function createRemembered(): Remembered {
  const users = new Map<UserId, RememberedOfUser>();
  return {
    of(userId) {
      const known = users.get(userId);
      if (known !== undefined) return known;
      if (users.size >= MOST_USERS) users.clear();
      const fresh: RememberedOfUser = {};
      users.set(userId, fresh);
      return fresh;
    },
    forget: (userId) => void users.delete(userId),
  };
}

/** For a file that others write. */
export const nothingRemembered: Remembered = { of: () => ({}), forget: () => undefined };

/** The newest day of a span, if it is remembered; never the same bytes twice. */
export function newestWithin({ newest }: RememberedOfUser, span: DaySpan): StoredDay | undefined {
  if (newest === undefined || span.last > newest.upTo) return undefined;
  const { stored } = newest;
  return stored.day >= span.first && stored.day <= span.last ? { ...stored, bytes: stored.bytes.slice() } : undefined;
}
