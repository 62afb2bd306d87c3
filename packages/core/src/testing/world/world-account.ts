import type { RawReading } from "../../normalize/raw-reading.ts";
import { addSeconds, type Instant } from "../../reading/instant.ts";
import type { Situation, Trouble } from "./situation.ts";
import { createTruth, type Truth } from "./truth.ts";

/** What a reading says, in few words. */
export interface Measured {
  readonly at: Instant;
  readonly mgdl: number;
  /** When the vendor shows it; at once if not said. */
  readonly shownAt?: Instant;
}

/** One person's account with the vendor, and how the vendor treats it just now. */
export interface WorldAccount {
  readonly name: string;
  readonly truth: Truth;
  /** Measures, or revises what was measured. */
  measure(measured: Measured): void;
  /** Shows a record that nobody can read. */
  garble(at: Instant, shownAt?: Instant): void;
  /** A window that holds such an instant is answered with an unreadable page. */
  readonly poisoned: Set<Instant>;
  /** What goes wrong with the next requests, one each. */
  readonly troubles: Trouble[];
  /** Answers show what was shown so long ago. */
  staleSeconds: number;
  /** The grant that is taken; credentials of an earlier one are refused. */
  grant: number;
  isRevoked: boolean;
  /** From now on. Changes of the truth that belong to a situation happen at once. */
  situate(situation: Situation): void;
  situation: Situation;
}

export function createWorldAccount(name: string, now: () => Instant): WorldAccount {
  const truth = createTruth();
  const account: WorldAccount = {
    name,
    truth,
    poisoned: new Set(),
    troubles: [],
    staleSeconds: 0,
    grant: 1,
    isRevoked: false,
    situation: "well",
    measure: ({ at, mgdl, shownAt = at }) => truth.show({ at, from: shownAt, what: rawReading(name, at, mgdl) }),
    garble: (at, shownAt = at) =>
      truth.show({
        at,
        from: shownAt,
        what: { reason: "unreadable_record", detail: "The record is garbage.", record: { account: name, at } },
      }),
    situate(situation) {
      account.situation = situation;
      account.isRevoked = situation === "revoked";
      if (situation === "unauthorized" || situation === "revoked") account.grant++;
      if (situation === "garbage_record") account.garble(now());
      if (situation === "late_data") account.measure({ at: addSeconds(newestOf(account, now()), -1), mgdl: 99, shownAt: now() });
      if (situation === "revised") account.measure({ at: newestOf(account, now()), mgdl: 101, shownAt: now() });
    },
  };
  return account;
}

function newestOf(account: WorldAccount, now: Instant): Instant {
  return account.truth.newestAsOf(now)?.at ?? now;
}

/** Every record says whose it is, so that one that got to somebody else is found out. */
function rawReading(account: string, at: Instant, mgdl: number): RawReading {
  return { time: at * 1000, value: mgdl, unit: "mg/dL", device: account, record: { account, at, mgdl } };
}
