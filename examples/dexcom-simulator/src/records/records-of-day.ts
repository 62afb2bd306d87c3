import { MGDL_PER_MMOLL } from "@bg-ingest/core";
import { type Measurement, measure } from "@bg-ingest/provider-mock";
import { hexOf, mix, oneOf, uuidOf } from "../chance.ts";
import { RECORD_FATES, type RecordFate } from "../faults/fault.ts";
import type { FaultRules } from "../faults/fault-switches.ts";
import type { Wearer } from "../people/wearer.ts";
import type { CgmRecord, RecordVersion } from "./cgm-record.ts";
import { brokenText, drawFate, isInGap, lateSeconds, revisedAfterSeconds, revisedValue } from "./record-fates.ts";
import { trendOf } from "./trend.ts";

const SECONDS_PER_DAY = 86_400;
const NEAR_DUPLICATE_AFTER_SECONDS = 9;
/** What a G6 transmitter lasts; a G7 has a new one with every sensor. */
const SENSORS_PER_G6_TRANSMITTER = 9;
const ALL_FATES = Object.keys(RECORD_FATES) as readonly RecordFate[];

/** Draws for a fate, or `undefined` where it spares the record. */
type Fate = (fate: RecordFate) => number | undefined;

/** All records measured on a UTC day (whole days since the epoch), published yet or not, in the order of their times. */
export function recordsOfDay(wearer: Wearer, day: number, rules: Pick<FaultRules, "among" | "shareAt">): readonly CgmRecord[] {
  const { user, seed } = wearer;
  const from = Math.max(user.from, day * SECONDS_PER_DAY);
  const to = Math.min(user.to ?? Infinity, (day + 1) * SECONDS_PER_DAY);
  if (from >= to) return [];
  const fates = new Set(rules.among(ALL_FATES, user.name, from, to));
  return measure(wearer.person, wearer.sensor, from, to).flatMap((measured) => {
    const fate: Fate = (name) =>
      fates.has(name) ? drawFate(seed, name, measured.at, rules.shareAt(name, user.name, measured.at)) : undefined;
    return recordsOf(wearer, measured, fate, to);
  });
}

function recordsOf(wearer: Wearer, measured: Measurement, fate: Fate, to: number): readonly CgmRecord[] {
  const gap = fate("gaps");
  if (gap !== undefined && isInGap(gap, measured.at)) return [];
  const record = recordOf(wearer, measured, fate);
  const at = measured.at + NEAR_DUPLICATE_AFTER_SECONDS;
  const isDoubled = fate("near_duplicates") !== undefined && at < to && record.brokenText === null && !record.isToTheMinute;
  if (!isDoubled) return [record];
  const twin: CgmRecord = {
    ...record,
    recordId: uuidOf(wearer.seed, at),
    systemTimeMs: at * 1000,
    fractionDigits: 0,
    transmitterTicks: record.transmitterTicks + NEAR_DUPLICATE_AFTER_SECONDS,
    displayDevice: record.displayDevice === "receiver" ? "android" : "receiver",
    bits: mix(wearer.seed, -at),
  };
  return [record, twin];
}

function recordOf(wearer: Wearer, measured: Measurement, fate: Fate): CgmRecord {
  const { user, seed } = wearer;
  const { at } = measured;
  const recordId = uuidOf(seed, at);
  const broken = fate("broken_records");
  const first = firstVersion(measured, publishedAt(wearer, at, fate), fate);
  const unit = unitOf(first, fate);
  return {
    recordId,
    ...timeOf(at, fate),
    utcOffsetMinutes: wearer.person.utcOffsetMinutes,
    ...transmitterOf(wearer, measured),
    displayDevice: user.displayDevice,
    unit,
    brokenText: broken === undefined ? null : brokenText(broken, recordId),
    versions: unit === "mg/dL" && broken === undefined ? withRevision(first, fate) : [inUnit(first, unit)],
    bits: mix(seed, -at),
  };
}

function publishedAt({ user, uploads }: Wearer, at: number, fate: Fate): number {
  if (uploads !== null) return uploads.after(at) + user.publicationDelaySeconds;
  const late = fate("late_arrivals");
  return at + user.publicationDelaySeconds + (late === undefined ? 0 : lateSeconds(late));
}

function firstVersion(measured: Measurement, published: number, fate: Fate): RecordVersion {
  const unknown = { publishedAt: published, status: null, trend: "notComputable", trendRate: null };
  if (fate("null_values") !== undefined) return { ...unknown, value: null };
  const beyond = fate("out_of_range");
  const mgdl = Math.round(measured.mgdl);
  const isBelow = beyond === undefined ? mgdl < 40 : (beyond & 1) === 1;
  if (beyond !== undefined || mgdl < 40 || mgdl > 400) {
    const isSilent = beyond !== undefined && (measured.at & 1) === 1;
    const status = isBelow ? "low" : "high";
    return { ...unknown, value: isBelow ? 39 : 401, status: isSilent ? null : status };
  }
  const trendRate = measured.mgdlPerMinute === null ? null : Math.round(measured.mgdlPerMinute * 10) / 10;
  return { publishedAt: published, value: mgdl, status: null, trend: trendOf(trendRate), trendRate };
}

function unitOf(version: RecordVersion, fate: Fate): CgmRecord["unit"] {
  if (fate("unknown_units") !== undefined) return "unknown";
  const isNumber = version.value !== null && version.value >= 40 && version.value <= 400;
  return isNumber && fate("mmol_values") !== undefined ? "mmol/L" : "mg/dL";
}

function inUnit(version: RecordVersion, unit: CgmRecord["unit"]): RecordVersion {
  if (unit !== "mmol/L" || version.value === null) return version;
  return { ...version, value: Math.round((version.value / MGDL_PER_MMOLL) * 10) / 10 };
}

function withRevision(version: RecordVersion, fate: Fate): readonly RecordVersion[] {
  const bits = fate("revisions");
  if (bits === undefined || version.value === null || version.value < 40 || version.value > 400) return [version];
  const publishedAgain = version.publishedAt + revisedAfterSeconds(bits);
  return [version, { ...version, publishedAt: publishedAgain, value: revisedValue(bits, version.value) }];
}

function timeOf(at: number, fate: Fate): Pick<CgmRecord, "systemTimeMs" | "isToTheMinute" | "fractionDigits"> {
  if (fate("seconds_missing") !== undefined) return { systemTimeMs: (at - (at % 60)) * 1000, isToTheMinute: true, fractionDigits: 0 };
  const fraction = fate("fractional_seconds");
  if (fraction === undefined) return { systemTimeMs: at * 1000, isToTheMinute: false, fractionDigits: 0 };
  const digits = oneOf(fraction, [3, 3, 3, 1, 2, 6, 7]);
  const step = digits === 1 ? 100 : digits === 2 ? 10 : 1;
  const ms = (mix(fraction, 1) >>> 0) % 1000;
  return { systemTimeMs: at * 1000 + ms - (ms % step), isToTheMinute: false, fractionDigits: digits };
}

function transmitterOf({ user, seed, sensor }: Wearer, measured: Measurement): Pick<CgmRecord, "transmitterId" | "transmitterTicks"> {
  const lasts = user.generation === "g7" ? 1 : SENSORS_PER_G6_TRANSMITTER;
  const before = (measured.session % lasts) * sensor.wearSeconds;
  return {
    transmitterId: hexOf(mix(seed, Math.floor(measured.session / lasts)), 64),
    transmitterTicks: before + measured.secondsSinceInsertion,
  };
}
