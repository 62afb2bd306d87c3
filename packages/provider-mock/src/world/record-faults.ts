import { between, mix, unit } from "../person/chance.ts";
import { RECORD_FAULTS, type RecordFaultName } from "./fault.ts";
import type { FaultSwitches } from "./fault-switches.ts";
import type { MockRecord, ServedRecord } from "./mock-record.ts";
import { createRecordPrinter } from "./print-record.ts";

/** What a fault makes of a record that it touches. `bits` tells all records of one block the same. */
interface RecordFault {
  /** Records of one block are touched together; 1: each for itself. */
  readonly blockSeconds: number;
  readonly touch: (record: MockRecord, bits: number, now: number) => readonly ServedRecord[];
}

const HOUR = 3600;
const REVISED_AFTER_SECONDS = 20 * 60;
/** How far from its record a duplicate can stand. */
export const DUPLICATE_AFTER_SECONDS = 9;

const TOUCH: Readonly<Record<RecordFaultName, RecordFault>> = {
  gaps: {
    blockSeconds: 6 * HOUR,
    touch: (record, bits) => {
      const start = between(mix(bits, 1), 0, 4 * HOUR);
      const second = mod(record.at, 6 * HOUR);
      return second >= start && second < start + between(mix(bits, 2), HOUR / 2, 2 * HOUR) ? [] : [record];
    },
  },
  late_arrival: {
    blockSeconds: 2 * HOUR,
    touch: (record, bits, now) => (now - record.at >= between(mix(bits, 1), HOUR, 26 * HOUR) ? [record] : []),
  },
  revisions: {
    blockSeconds: 1,
    touch: (record, bits, now) => [now - record.at >= REVISED_AFTER_SECONDS ? record : moved(record, bits)],
  },
  out_of_range: {
    blockSeconds: HOUR,
    touch: (record, bits) => [{ ...record, ...beyond(record, bits), trend: "notComputable", trendRate: null }],
  },
  same_instant: {
    blockSeconds: 1,
    touch: (record, bits) => [record, { ...moved(record, bits), recordId: anotherId(record, "5") }],
  },
  duplicates: {
    blockSeconds: 1,
    touch: (record) => [
      record,
      { ...record, at: record.at + DUPLICATE_AFTER_SECONDS, recordId: anotherId(record, "9"), displayDevice: "watch" },
    ],
  },
  null_values: {
    blockSeconds: 1,
    touch: (record, bits) => [{ ...record, value: null, status: bits & 1 ? "sensorError" : null, trend: null, trendRate: null }],
  },
  unknown_words: {
    blockSeconds: 1,
    touch: (record) => [{ ...record, status: record.status ?? "splendid", trend: "sideways", displayDevice: "toaster", generation: "m99" }],
  },
  zone_less_times: {
    blockSeconds: 1,
    touch: (record) => [{ at: record.at, text: print(record).replace(/("systemTime":"[^"]*)Z"/, '$1"') }],
  },
  missing_fields: {
    blockSeconds: 1,
    touch: (record, bits) => {
      const fields = Object.entries(JSON.parse(print(record)) as object).filter((_, index) => unit(mix(bits, index)) >= 0.25);
      return [{ at: record.at, text: JSON.stringify(Object.fromEntries(fields)) }];
    },
  },
  garbage_records: {
    blockSeconds: 1,
    touch: (record, bits) => [{ at: record.at, text: GARBAGE[(bits >>> 0) % GARBAGE.length] ?? "null" }],
  },
};

const GARBAGE = [
  "null",
  "17",
  "[]",
  "{}",
  '{"systemTime":"the day before yesterday","value":110,"unit":"mg/dL"}',
  '{"systemTime":"2025-02-30T10:00:00Z","value":110,"unit":"mg/dL"}',
  '{"systemTime":1738281000,"value":"one hundred","unit":"mg/dL"}',
  '{"__proto__":{"value":110},"systemTime":"2025-01-30T10:00:00Z","unit":"mg/dL"}',
] as const;

const SALTS = Object.fromEntries(Object.keys(RECORD_FAULTS).map((name, index) => [name, 0x4641_0000 + index])) as Record<
  RecordFaultName,
  number
>;
const ORDER = Object.keys(TOUCH) as readonly RecordFaultName[];

/** Records as they are served at a moment, with the faults that are on. `seed` is the account's. */
export function withRecordFaults(
  records: readonly MockRecord[],
  faults: FaultSwitches,
  seed: number,
  now: number,
): readonly ServedRecord[] {
  let served: readonly ServedRecord[] = records;
  for (const name of ORDER) {
    const share = faults.shareOf(name);
    if (share === 0) continue;
    const { blockSeconds, touch } = TOUCH[name];
    const faultSeed = mix(seed, SALTS[name]);
    served = served.flatMap((record) => {
      if ("text" in record) return [record];
      const bits = mix(faultSeed, Math.floor(record.at / blockSeconds));
      return unit(bits) < share ? touch(record, mix(bits, 1), now) : [record];
    });
  }
  return served;
}

/** The same record with a value that lies 8 to 20 mg/dL off. */
function moved(record: MockRecord, bits: number): MockRecord {
  if (record.value === null) return record;
  const steps = Math.round(between(mix(bits, 3), 8, 20)) * (bits & 1 ? 1 : -1);
  const mgdl = record.unit === "mg/dL";
  const value = mgdl ? record.value + steps : Math.round(record.value * 10 + steps / 2) / 10;
  return { ...record, value: mgdl ? Math.min(400, Math.max(40, value)) : Math.min(22.2, Math.max(2.2, value)) };
}

function beyond(record: MockRecord, bits: number): Pick<MockRecord, "value" | "status"> {
  const mgdl = record.unit === "mg/dL";
  return bits & 1 ? { status: "low", value: mgdl ? 39 : 2.1 } : { status: "high", value: mgdl ? 401 : 22.3 };
}

function anotherId(record: MockRecord, digit: string): string {
  return record.recordId.slice(0, -1) + (record.recordId.endsWith(digit) ? "0" : digit);
}

function print(record: MockRecord): string {
  return createRecordPrinter()(record);
}

function mod(at: number, seconds: number): number {
  return at - Math.floor(at / seconds) * seconds;
}
