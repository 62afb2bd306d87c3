import { type Answer, jsonTextAnswer } from "../answer.ts";
import { type CgmRecord, shownVersion } from "../records/cgm-record.ts";
import { PLAIN_TIME, writeTime } from "../wire/write-time.ts";
import type { DataDeps, DataRequest } from "./data-request.ts";
import { envelope } from "./egvs.ts";

const LOOKS_BACK_DAYS = 30;
const SECONDS_PER_DAY = 86_400;

/** The device that showed the newest record; none where there is no record in 30 days. */
export function answerDevices({ wearer, userId, asOf }: DataRequest, { library }: DataDeps): Answer {
  const end = Math.min(wearer.user.to ?? asOf, asOf) + 1;
  const newest = library
    .span(wearer, (end - LOOKS_BACK_DAYS * SECONDS_PER_DAY) * 1000, end * 1000)
    .findLast((record) => record.displayDevice === wearer.user.displayDevice && shownVersion(record, asOf) !== undefined);
  return jsonTextAnswer(200, envelope("device", userId, newest === undefined ? [] : [deviceText(newest, wearer.user.generation)]));
}

function deviceText(record: CgmRecord, generation: "g6" | "g7"): string {
  const uploadedAt = record.versions[0]?.publishedAt ?? 0;
  return JSON.stringify({
    lastUploadDate: `${writeTime(uploadedAt * 1000, PLAIN_TIME)}Z`,
    transmitterId: record.transmitterId,
    transmitterGeneration: generation,
    displayDevice: record.displayDevice,
    displayApp: record.displayDevice === "receiver" ? null : generation.toUpperCase(),
    alertSchedules: [],
  });
}
