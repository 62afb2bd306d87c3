import type { FaultRules } from "../faults/fault-switches.ts";
import type { Wearer } from "../people/wearer.ts";
import type { CgmRecord } from "./cgm-record.ts";
import { recordsOfDay } from "./records-of-day.ts";

/** People's records, made when they are asked for. */
export interface RecordLibrary {
  /** Records of a UTC day in the order of their times, published yet or not. */
  day(wearer: Wearer, day: number): readonly CgmRecord[];
  /** Of a span by system time, in milliseconds, from inclusive, to exclusive. */
  span(wearer: Wearer, fromMs: number, toMs: number): readonly CgmRecord[];
  /** What was remembered is made anew: switches or uploads have changed what is still to come. */
  forget(): void;
}

const MS_PER_DAY = 86_400_000;
/** A day of a 5-minute sensor takes some 60 KB. */
const REMEMBERED_DAYS = 512;

export function createRecordLibrary(rules: Pick<FaultRules, "among" | "shareAt">): RecordLibrary {
  const remembered = new Map<string, readonly CgmRecord[]>();
  const keep = (key: string, records: readonly CgmRecord[]) => {
    remembered.delete(key);
    remembered.set(key, records);
    if (remembered.size > REMEMBERED_DAYS) for (const oldest of remembered.keys()) return void remembered.delete(oldest);
  };
  const day = (wearer: Wearer, which: number) => {
    const key = `${which}/${wearer.user.name}`;
    const records = remembered.get(key) ?? recordsOfDay(wearer, which, rules);
    keep(key, records);
    return records;
  };
  return {
    day,
    span: (wearer, fromMs, toMs) => {
      const records: CgmRecord[] = [];
      const first = Math.floor(Math.max(fromMs, wearer.user.from * 1000) / MS_PER_DAY);
      const end = Math.min(toMs, (wearer.user.to ?? Infinity) * 1000);
      for (let which = first; which * MS_PER_DAY < end; which++) {
        for (const record of day(wearer, which)) if (record.systemTimeMs >= fromMs && record.systemTimeMs < toMs) records.push(record);
      }
      return records;
    },
    forget: () => remembered.clear(),
  };
}
