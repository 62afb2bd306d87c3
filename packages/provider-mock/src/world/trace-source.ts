import { mix, mixText } from "../person/chance.ts";
import type { Trace, TraceEntry } from "../replay/trace.ts";
import { hexOf, uuidOf } from "./hex.ts";
import type { MockRecord } from "./mock-record.ts";
import type { RecordSource } from "./record-source.ts";

/** Every account shows the trace, all of it, whatever the clock says: values and instants are those recorded. */
export function createTraceSource({ entries }: Trace): RecordSource {
  const records = entries.map(toRecord);
  const shown = { from: records[0]?.at ?? 0, to: (records.at(-1)?.at ?? -1) + 1 };
  return {
    records: (_, from, to) => records.slice(firstFrom(records, from), firstFrom(records, to)),
    shown: () => (records.length === 0 ? null : shown),
  };
}

const RECORD_SALT = 0x54524143;

function toRecord(entry: TraceEntry, index: number): MockRecord {
  return {
    recordId: uuidOf(mix(RECORD_SALT, index)),
    at: entry.at,
    utcOffsetMinutes: entry.utcOffsetMinutes,
    transmitterId: entry.device === null ? "" : hexOf(mixText(RECORD_SALT, entry.device), 64),
    transmitterTicks: 0,
    value: entry.mgdl,
    status: entry.mgdl === null ? "sensorError" : null,
    trend: entry.direction === null ? null : (TREND_WORDS.get(entry.direction) ?? entry.direction),
    trendRate: null,
    unit: "mg/dL",
    displayDevice: "unknown",
    generation: "unknown",
  };
}

/** Nightscout's words in this vendor's. A word that is not here passes as it is. */
const TREND_WORDS: ReadonlyMap<string, string> = new Map([
  ["TripleUp", "doubleUp"],
  ["DoubleUp", "doubleUp"],
  ["SingleUp", "singleUp"],
  ["FortyFiveUp", "fortyFiveUp"],
  ["Flat", "flat"],
  ["FortyFiveDown", "fortyFiveDown"],
  ["SingleDown", "singleDown"],
  ["DoubleDown", "doubleDown"],
  ["TripleDown", "doubleDown"],
  ["NONE", "none"],
  ["NOT COMPUTABLE", "notComputable"],
  ["RATE OUT OF RANGE", "rateOutOfRange"],
]);

/** Index of the first record at or after a moment. */
function firstFrom(records: readonly MockRecord[], at: number): number {
  let low = 0;
  let high = records.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((records[middle]?.at ?? 0) < at) low = middle + 1;
    else high = middle;
  }
  return low;
}
