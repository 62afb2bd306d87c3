import { err, ok, type Result } from "neverthrow";

/** What can go wrong with a vendor. `share`: of what it touches, where no other share is asked for. */
interface Fault {
  readonly share: number;
  readonly about: string;
}

/** Faults of the records that a page holds. Which records they touch depends on the seed and the instant alone. */
export const RECORD_FAULTS = {
  gaps: { share: 0.3, about: "Of six hours, 30 to 120 minutes have no readings, and never will." },
  late_arrival: { share: 0.15, about: "Two hours of readings are shown 1 to 26 hours after they were measured, behind newer ones." },
  duplicates: { share: 0.05, about: "A reading comes again 9 s later, same value, from another display device." },
  same_instant: { share: 0.05, about: "A second record bears the same instant and another value." },
  revisions: { share: 0.1, about: "For its first 20 minutes a reading shows another value than from then on." },
  out_of_range: { share: 0.1, about: "For an hour the sensor says only that glucose is below or above what it measures." },
  null_values: { share: 0.05, about: "A record has no value; one in two says that the sensor failed." },
  unknown_words: { share: 0.1, about: "Words for trend, device and status that no documentation lists." },
  zone_less_times: { share: 0.05, about: "A time without zone: anybody's wall clock." },
  missing_fields: { share: 0.1, about: "A record lacks some of its fields, needed ones too." },
  garbage_records: { share: 0.02, about: "In a record's place stands something else." },
} as const satisfies Record<string, Fault>;

/** Faults of whole answers. Which requests they touch depends on the seed and the number of the request. */
export const ANSWER_FAULTS = {
  future_instants: { share: 1, about: "A device's clock is ahead: the newest page goes on for an hour after now." },
  stale_answer: { share: 0.3, about: "The answer is the one of 45 minutes ago." },
  no_data: { share: 1, about: "The account has no readings." },
  garbage_pages: { share: 0.01, about: "An hour of data makes every page that touches it unreadable; the share is of hours." },
  unauthorized: { share: 0.2, about: "401 to a request for data, whatever the token." },
  rate_limited: { share: 0.2, about: "429 without a Retry-After." },
  rate_limited_seconds: { share: 0.2, about: "429, Retry-After in seconds." },
  rate_limited_date: { share: 0.2, about: "429, Retry-After as an HTTP date." },
  server_errors: { share: 0.2, about: "500, 502 or 503 with a page for people as its body." },
  unreachable: { share: 0.2, about: "No connection; the request was not received." },
  lost_answers: { share: 0.2, about: "The request did its work and the answer is lost: a refresh token may be spent." },
  hangs: { share: 0.2, about: "No answer until the caller gives up." },
  revoked: { share: 1, about: "The person took back their consent: tokens do not work and cannot be renewed." },
} as const satisfies Record<string, Fault>;

export const FAULTS = { ...RECORD_FAULTS, ...ANSWER_FAULTS } as const;

export type RecordFaultName = keyof typeof RECORD_FAULTS;
export type AnswerFaultName = keyof typeof ANSWER_FAULTS;
export type FaultName = keyof typeof FAULTS;

/** Faults that are on, each with the share of what it touches, above 0 and at most 1. */
export type FaultShares = Readonly<Partial<Record<FaultName, number>>>;

/** `gaps,revisions:0.5`: names, each with a share where its own is not meant. */
export function parseFaults(text: string): Result<FaultShares, string> {
  const shares: Partial<Record<FaultName, number>> = {};
  for (const item of text.split(",").map((part) => part.trim())) {
    if (item === "") continue;
    const [name = "", share, ...rest] = item.split(":");
    if (!isFaultName(name)) return err(`there is no fault "${name}"; there are ${Object.keys(FAULTS).join(", ")}`);
    const value = share === undefined ? FAULTS[name].share : Number(share);
    if (!(value > 0 && value <= 1) || rest.length > 0)
      return err(`the share of "${name}" is a number above 0 and at most 1, as in ${name}:0.5`);
    shares[name] = value;
  }
  return ok(shares);
}

function isFaultName(name: string): name is FaultName {
  return Object.hasOwn(FAULTS, name);
}
