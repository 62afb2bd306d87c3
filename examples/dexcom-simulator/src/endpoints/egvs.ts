import { type Answer, jsonTextAnswer } from "../answer.ts";
import { mix, unit } from "../chance.ts";
import { shownVersion } from "../records/cgm-record.ts";
import { formsOver } from "../wire/record-forms.ts";
import { writeRecord } from "../wire/write-record.ts";
import { dataError } from "./data-error.ts";
import type { DataDeps, DataRequest } from "./data-request.ts";
import { type DateWindow, readDateWindow } from "./date-window.ts";

/** All records of the window that are published by now, in one body: newest first, or in no order. */
export function answerEgvs(request: DataRequest, deps: DataDeps): Answer {
  const window = readDateWindow(request.query, deps.rules);
  if (window.isErr()) return dataError(400, window.error, request.bits);
  const records = request.isStruckBy("no_data") ? [] : recordTexts(request, window.value, deps);
  const page = envelope("egv", request.userId, request.isStruckBy("unordered") ? shuffled(records, request.bits) : records);
  const isCut = request.isStruckBy("cut_pages") || holdsBrokenHour(request, window.value, deps);
  return jsonTextAnswer(200, isCut ? page.slice(0, Math.floor((page.length * 2) / 3)) : page);
}

/** `{recordType, recordVersion, userId, records}` of records that are texts already. */
export function envelope(recordType: string, userId: string, records: readonly string[]): string {
  return `{"recordType":"${recordType}","recordVersion":"3.0","userId":"${userId}","records":[${records.join(",")}]}`;
}

function recordTexts({ wearer, asOf }: DataRequest, { fromMs, toMs }: DateWindow, { library, faults }: DataDeps): readonly string[] {
  const texts: string[] = [];
  const formsOf = formsOver(wearer, fromMs, toMs, faults);
  for (const record of library.span(wearer, fromMs, toMs).toReversed()) {
    const version = shownVersion(record, asOf);
    if (version === undefined) continue;
    const form = formsOf(record);
    const text = writeRecord(record, version, wearer.user.generation, form);
    texts.push(text);
    if (form("repeated_records") !== undefined) texts.push(text);
  }
  return texts;
}

function shuffled(texts: readonly string[], bits: number): readonly string[] {
  return texts
    .map((text, index) => ({ text, place: mix(bits, index) }))
    .sort((a, b) => a.place - b.place)
    .map(({ text }) => text);
}

const BROKEN_SALT = 0x42524f4b;
const HOUR_MS = 3_600_000;

function holdsBrokenHour({ wearer, nowSeconds }: DataRequest, { fromMs, toMs }: DateWindow, { faults, seed }: DataDeps): boolean {
  const share = faults.shareAt("broken_pages", wearer.user.name, nowSeconds);
  if (share === 0) return false;
  for (let hour = Math.floor(fromMs / HOUR_MS); hour * HOUR_MS < toMs; hour++) {
    if (unit(mix(mix(mix(seed, BROKEN_SALT), wearer.seed), hour)) < share) return true;
  }
  return false;
}
