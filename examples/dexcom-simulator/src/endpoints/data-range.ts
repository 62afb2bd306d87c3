import { parseInstant } from "@bg-ingest/core";
import { type Answer, jsonAnswer } from "../answer.ts";
import type { CgmRecord } from "../records/cgm-record.ts";
import { timesOf } from "../wire/write-record.ts";
import { dataError } from "./data-error.ts";
import type { DataDeps, DataRequest } from "./data-request.ts";

const SECONDS_PER_DAY = 86_400;
/** Nothing is published later than this after it was measured. */
const LATEST_DAYS = 30;

/** The first and last record there are; with `lastSyncTime`, of those that are new since then. */
export function answerDataRange(request: DataRequest, deps: DataDeps): Answer {
  const given = request.query.get("lastSyncTime");
  if (given === null) return rangeAnswer(request, everythingShown(request, deps));
  const since = parseInstant(given).unwrapOr(undefined);
  if (since === undefined) return dataError(400, "The lastSyncTime must be RFC 3339 with a zone.", request.bits);
  // An old lastSyncTime gets a wrong answer.
  const isTooOld = request.nowSeconds - since > deps.rules.lastSyncTimeDays * SECONDS_PER_DAY;
  return rangeAnswer(request, isTooOld ? null : newSince(request, since, deps));
}

interface Ends {
  readonly first: CgmRecord;
  readonly last: CgmRecord;
}

function rangeAnswer({ userId, isStruckBy }: DataRequest, ends: Ends | null): Answer {
  const egvs = ends === null || isStruckBy("no_data") ? null : { start: asWritten(ends.first), end: asWritten(ends.last) };
  return jsonAnswer(200, { recordType: "dataRange", recordVersion: "3.0", userId, calibrations: null, egvs, events: null });
}

/** To the second, whatever the record's fraction. */
function asWritten(record: CgmRecord) {
  return timesOf({ ...record, isToTheMinute: false, fractionDigits: 0 }, () => undefined);
}

function everythingShown({ wearer, asOf }: DataRequest, { library }: DataDeps): Ends | null {
  const { from, to } = wearer.user;
  const firstDay = Math.floor(from / SECONDS_PER_DAY);
  const lastDay = Math.floor((Math.min(to ?? asOf, asOf + 1) - 1) / SECONDS_PER_DAY);
  const isShown = ({ versions: [version] }: CgmRecord) => version !== undefined && version.publishedAt <= asOf;
  let first: CgmRecord | undefined;
  for (let day = firstDay; day <= lastDay && first === undefined; day++) first = library.day(wearer, day).find(isShown);
  let last: CgmRecord | undefined;
  for (let day = lastDay; day >= firstDay && first !== undefined && last === undefined; day--) {
    last = library.day(wearer, day).findLast(isShown);
  }
  return first === undefined || last === undefined ? null : { first, last };
}

/** Published or revised after a moment. */
function newSince({ wearer, asOf }: DataRequest, since: number, { library }: DataDeps): Ends | null {
  const isNew = ({ versions }: CgmRecord) => versions.some(({ publishedAt }) => publishedAt > since && publishedAt <= asOf);
  const records = library.span(wearer, (since - LATEST_DAYS * SECONDS_PER_DAY) * 1000, (asOf + 1) * 1000).filter(isNew);
  const [first] = records;
  const last = records.at(-1);
  return first === undefined || last === undefined ? null : { first, last };
}
