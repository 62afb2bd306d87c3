import type { UserId } from "../../reading/identifiers.ts";
import { addSeconds, type Instant } from "../../reading/instant.ts";
import type { WorldAccount } from "../world/world-account.ts";

export const PEOPLE = ["anna", "ben", "cleo"] as readonly string[] as readonly UserId[];

/** Between two measurements of everybody. */
export const CADENCE_SECONDS = 900;
/** A phone uploads this much after measuring. */
const UPLOAD_SECONDS = 60;

/** People who are measured while time passes, each in an account of their own. */
export interface People {
  /** Measures what was due up to now. */
  measureUntil(now: Instant): void;
  /** What is measured from now on is shown only then. */
  holdBack(user: number, until: Instant): void;
}

export function createPeople(accounts: readonly WorldAccount[], from: Instant): People {
  let measured = from;
  const heldUntil = accounts.map(() => from);
  return {
    measureUntil(now) {
      for (let at = addSeconds(measured, CADENCE_SECONDS); at <= now; at = addSeconds(at, CADENCE_SECONDS)) {
        for (const [user, account] of accounts.entries()) {
          const shownAt = Math.max(at + UPLOAD_SECONDS, heldUntil[user] ?? 0) as Instant;
          account.measure({ at, mgdl: glucoseAt(user, at), shownAt });
        }
        measured = at;
      }
    },
    holdBack(user, until) {
      heldUntil[user] = Math.max(heldUntil[user] ?? until, until) as Instant;
    },
  };
}

/** Different for each person and moment, or nearly. */
function glucoseAt(user: number, at: Instant): number {
  return 40 + ((Math.imul(at, 2_654_435_761) >>> 8) % 300) + user;
}
