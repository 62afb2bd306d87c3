import { type GlucoseUnit, MGDL_PER_MMOLL } from "@bg-ingest/core";
import { mix, mixText } from "../person/chance.ts";
import { createPerson, type Person } from "../person/person.ts";
import { type Measurement, measure, type SensorModel } from "../person/sensor.ts";
import { hexOf, uuidOf } from "./hex.ts";
import type { MockRecord } from "./mock-record.ts";
import type { RecordSource } from "./record-source.ts";

export interface PersonSourceOptions {
  readonly seed: number;
  readonly sensor: SensorModel;
  readonly unit: GlucoseUnit;
  readonly publicationDelaySeconds: number;
  readonly historyDays: number;
}

/** Each account is a person of its own: the account's name and the world's seed tell who. */
export function createPersonSource(options: PersonSourceOptions): RecordSource {
  const { sensor } = options;
  const personOf = (account: string) => createPerson(mixText(options.seed, account));
  return {
    records(account, from, to) {
      const person = personOf(account);
      const describe = createDescriber(person, sensor, options.unit);
      return measure(person, sensor, from, to).map(describe);
    },
    shown(account, now) {
      const horizon = now - options.publicationDelaySeconds + 1;
      const longestSilence = sensor.warmUpSeconds + 2 * sensor.cadenceSeconds;
      const newest = measure(personOf(account), sensor, horizon - longestSilence, horizon).at(-1);
      return { from: now - options.historyDays * 86_400, to: newest === undefined ? horizon : newest.at + 1 };
    },
  };
}

const RECORD_SALT = 0x5245434f;
const DEVICE_SALT = 0x44455649;

/** Where devices stand in a household; a receiver knows no zone. */
const DISPLAY_DEVICES = ["iOS", "iOS", "android", "android", "android", "receiver"] as const;

function createDescriber(person: Person, sensor: SensorModel, unit: GlucoseUnit): (measurement: Measurement) => MockRecord {
  const displayDevice = DISPLAY_DEVICES[(mix(person.seed, DEVICE_SALT) >>> 0) % DISPLAY_DEVICES.length] ?? "iOS";
  const utcOffsetMinutes = displayDevice === "receiver" ? null : person.utcOffsetMinutes;
  const generation = sensor.cadenceSeconds < 300 ? "m1" : "m5";
  const recordSeed = mix(person.seed, RECORD_SALT);
  let session = Number.NaN;
  let transmitterId = "";
  return (measurement) => {
    if (measurement.session !== session) {
      session = measurement.session;
      transmitterId = hexOf(mix(mix(person.seed, DEVICE_SALT), session), 64);
    }
    return {
      recordId: uuidOf(mix(recordSeed, measurement.at)),
      at: measurement.at,
      utcOffsetMinutes,
      transmitterId,
      transmitterTicks: measurement.secondsSinceInsertion,
      ...SHOWN[unit](measurement),
      unit,
      displayDevice,
      generation,
    };
  };
}

type Shown = Pick<MockRecord, "value" | "status" | "trend" | "trendRate">;

/** What a display shows of a measurement: 40 to 400 mg/dL as a number, anything else as a word. */
const SHOWN: Readonly<Record<GlucoseUnit, (measurement: Measurement) => Shown>> = {
  "mg/dL": ({ mgdl, mgdlPerMinute }) => {
    const value = Math.round(mgdl);
    if (value < 40) return { value: 39, status: "low", ...UNTOLD };
    if (value > 400) return { value: 401, status: "high", ...UNTOLD };
    return { value, status: null, trend: trendWord(mgdlPerMinute), trendRate: rounded(mgdlPerMinute, 10) };
  },
  "mmol/L": ({ mgdl, mgdlPerMinute }) => {
    const value = Math.round((mgdl / MGDL_PER_MMOLL) * 10) / 10;
    if (value < 2.2) return { value: 2.1, status: "low", ...UNTOLD };
    if (value > 22.2) return { value: 22.3, status: "high", ...UNTOLD };
    const rate = mgdlPerMinute === null ? null : mgdlPerMinute / MGDL_PER_MMOLL;
    return { value, status: null, trend: trendWord(mgdlPerMinute), trendRate: rounded(rate, 1000) };
  },
};

const UNTOLD = { trend: "notComputable", trendRate: null } as const;

function trendWord(mgdlPerMinute: number | null): string {
  if (mgdlPerMinute === null) return "notComputable";
  const speed = Math.abs(mgdlPerMinute);
  if (speed < 1) return "flat";
  if (speed > 8) return "rateOutOfRange";
  const direction = mgdlPerMinute > 0 ? "Up" : "Down";
  return `${speed < 2 ? "fortyFive" : speed < 3 ? "single" : "double"}${direction}`;
}

function rounded(rate: number | null, parts: number): number | null {
  return rate === null ? null : Math.round(rate * parts) / parts;
}
