/** What can go wrong at the vendor's. `share`: of what it touches, where no other share is asked for. */
interface Fault {
  readonly share: number;
  readonly about: string;
}

/**
 * What happens to a record for good. A record's fate is told by the instant it was measured at and by the switches as they stand for that
 * instant, which nothing changes later: what was published stays what was published.
 */
export const RECORD_FATES = {
  gaps: { share: 0.2, about: "Of six hours, 30 to 120 minutes have no records, and never will." },
  late_arrivals: { share: 0.15, about: "Two hours of a phone's records are shown 1 to 26 hours late, behind newer ones." },
  revisions: { share: 0.05, about: "Half an hour to six days after it was shown, a record shows another value." },
  near_duplicates: { share: 0.02, about: "A value comes again 9 s later, with a record id of its own, from another display device." },
  out_of_range: {
    share: 0.05,
    about: "For an hour the value is 39 or 401: below or above what the sensor measures. One in two has no status.",
  },
  null_values: { share: 0.02, about: "A record has no value." },
  mmol_values: { share: 0.01, about: "A value stands in mmol/L, and the record says so." },
  unknown_units: { share: 0.01, about: "The unit of a record is `unknown`." },
  broken_records: {
    share: 0.01,
    about: "In a record's place stands something that is none, or one without a time or with a value that is no number.",
  },
  seconds_missing: { share: 0.05, about: "`2021-02-03T14:15Z`: system and display time without seconds; the minute is all that is known." },
  fractional_seconds: { share: 0.2, about: "`2021-02-03T14:15:16.123Z`, with one to seven digits; windows are cut by them." },
} as const satisfies Record<string, Fault>;

/** How a record is written. Told by the record alone, so it looks the same in every window; the reading in it stays the same. */
export const RECORD_FORMS = {
  single_digits: { share: 0.05, about: "`2021-2-3T4:15:16Z`: month, day and hour of one digit." },
  blank_for_t: { share: 0.05, about: "`2021-02-03 14:15:16Z`." },
  zone_missing: { share: 0.1, about: "`2021-02-03T14:15:16`: a system time without zone, to be read as UTC." },
  zone_offset: { share: 0.02, about: "`2021-02-03T07:15:16-07:00`: a system time with the offset of the wall clock." },
  offset_seconds: { share: 0.05, about: "`2021-02-03T07:15:18-06:59:58`: a wall clock seconds off, and an offset that says so." },
  unknown_words: { share: 0.05, about: "Words for trend, status, device and generation that no documentation lists." },
  null_words: { share: 0.05, about: "`null` in place of any word, rate or transmitter." },
  absent_fields: { share: 0.05, about: "Some of the fields that a reading can do without are absent, the record id too." },
  extra_fields: { share: 0.05, about: "Members that no documentation lists." },
  zero_ticks: { share: 0.02, about: "`transmitterTicks` is 0." },
  repeated_records: { share: 0.02, about: "A page holds the same record twice." },
} as const satisfies Record<string, Fault>;

/** What happens to an answer. Which requests it strikes is told by the seed and the number of the request. */
export const ANSWER_FAULTS = {
  unordered: { share: 1, about: "The records of a page stand in no order." },
  stale_answers: { share: 0.1, about: "Data as they were 45 minutes ago." },
  no_data: { share: 0.1, about: "200 with `records: []`, whatever there is; a `dataRange` without a range." },
  broken_pages: { share: 0.01, about: "An hour of records makes every page that touches it unreadable; the share is of hours." },
  cut_pages: { share: 0.1, about: "A page ends in its middle; asked again, it is whole." },
  unauthorized: { share: 0.1, about: "401 to a request for data, whatever the token." },
  rate_limited: { share: 0.1, about: "429 without a Retry-After." },
  rate_limited_seconds: { share: 0.1, about: "429, Retry-After in seconds." },
  rate_limited_date: { share: 0.1, about: "429, Retry-After as an HTTP date." },
  rate_limited_oddly: { share: 0.1, about: "429, Retry-After a day, 0, negative, a date that is over, or a word." },
  server_errors: { share: 0.1, about: "500, 502, 503 or 504 with a page for people as its body." },
  unreachable: { share: 0.1, about: "The connection dies before anything was done." },
  lost_responses: { share: 0.1, about: "The work is done and the connection dies: a refresh token may be spent." },
  silent_responses: { share: 0.05, about: "The work is done and no answer comes until the caller gives up." },
  hangs: { share: 0.05, about: "No answer until the caller gives up; nothing was done." },
  nightly_failures: {
    share: 0.9,
    about: "From 02:45 to 03:45 UTC the token endpoint fails: 5xx, 400 and 401 in no RFC form, 200 with a page for people.",
  },
  odd_error_bodies: {
    share: 0.3,
    about: "An error of the token endpoint is not in RFC form: another member, a text, a page for people, nothing.",
  },
} as const satisfies Record<string, Fault>;

export const FAULTS = { ...RECORD_FATES, ...RECORD_FORMS, ...ANSWER_FAULTS } as const;

export type RecordFate = keyof typeof RECORD_FATES;
export type RecordForm = keyof typeof RECORD_FORMS;
export type AnswerFault = keyof typeof ANSWER_FAULTS;
export type FaultName = keyof typeof FAULTS;

/** Faults that are on, each with the share of what it touches, above 0 and at most 1. */
export type FaultShares = Readonly<Partial<Record<FaultName, number>>>;

export function isFaultName(name: string): name is FaultName {
  return Object.hasOwn(FAULTS, name);
}

export function isRecordFate(name: FaultName): name is RecordFate {
  return Object.hasOwn(RECORD_FATES, name);
}

/** Every fault of a table at its own share. */
export function sharesOf(table: Readonly<Partial<Record<FaultName, Fault>>>): FaultShares {
  return Object.fromEntries(Object.entries(table).map(([name, { share }]) => [name, share]));
}

/** What users of the vendor meet on any day: every fate and form of records. No answer fails. */
export const EVERYDAY_FAULTS: FaultShares = sharesOf({ ...RECORD_FATES, ...RECORD_FORMS });
