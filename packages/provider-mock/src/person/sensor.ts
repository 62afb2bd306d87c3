import { bell, mix } from "./chance.ts";
import type { Happening } from "./day-plan.ts";
import { drift } from "./drift.ts";
import { firstActing, glucoseAt, happeningsOver } from "./glucose.ts";
import type { Person } from "./person.ts";

/** A kind of sensor. */
export interface SensorModel {
  readonly cadenceSeconds: number;
  readonly wearSeconds: number;
  /** From insertion to the first reading. */
  readonly warmUpSeconds: number;
}

/** What a sensor measured, before a vendor puts it into words. */
export interface Measurement {
  /** Whole seconds since the epoch. */
  readonly at: number;
  /** Not rounded, and not cut to what a sensor can show. */
  readonly mgdl: number;
  /** mg/dL per minute over some ten minutes; `null` while the sensor is too young to say. */
  readonly mgdlPerMinute: number | null;
  /** Which of the person's sensors: rises by one with each change. */
  readonly session: number;
  readonly secondsSinceInsertion: number;
}

export const FIVE_MINUTE_SENSOR: SensorModel = { cadenceSeconds: 300, wearSeconds: 10 * 86_400, warmUpSeconds: 30 * 60 };
export const ONE_MINUTE_SENSOR: SensorModel = { cadenceSeconds: 60, wearSeconds: 10 * 86_400, warmUpSeconds: 60 * 60 };

/**
 * All that a person's sensors measure from one moment (inclusive) to another (exclusive), earliest first. A pure function of
 * its arguments: whatever windows are asked, the same moment has the same measurement.
 */
export function measure(person: Person, sensor: SensorModel, fromSeconds: number, toSeconds: number): readonly Measurement[] {
  const measurements: Measurement[] = [];
  const phase = phaseOf(person, sensor);
  const first = Math.floor((fromSeconds - phase) / sensor.wearSeconds);
  for (let session = first; phase + session * sensor.wearSeconds < toSeconds; session++) {
    measureSession(person, sensor, session, fromSeconds, toSeconds, measurements);
  }
  return measurements;
}

const SESSION_SALT = 0x53455353;
const RATE_OVER_SECONDS = 600;

/** People change their sensors at different moments. */
function phaseOf(person: Person, sensor: SensorModel): number {
  return (mix(person.seed, SESSION_SALT) >>> 0) % sensor.wearSeconds;
}

function measureSession(person: Person, sensor: SensorModel, session: number, from: number, to: number, into: Measurement[]): void {
  const { cadenceSeconds } = sensor;
  const inserted = phaseOf(person, sensor) + session * sensor.wearSeconds;
  const start = inserted + sensor.warmUpSeconds;
  const removed = Math.min(to, inserted + sensor.wearSeconds);
  const firstIndex = Math.max(0, Math.ceil((from - start - JITTER_SECONDS) / cadenceSeconds));
  const lastIndex = Math.floor((removed - 1 - start + JITTER_SECONDS) / cadenceSeconds);
  if (lastIndex < firstIndex) return;

  const sessionSeed = mix(mix(person.seed, SESSION_SALT), session);
  const rateSteps = Math.max(1, Math.round(RATE_OVER_SECONDS / cadenceSeconds));
  const earliest = Math.max(0, firstIndex - rateSteps);
  const happenings: readonly Happening[] = happeningsOver(person, start + earliest * cadenceSeconds - JITTER_SECONDS, removed);
  const recent: { at: number; mgdl: number }[] = [];
  let acting = 0;
  for (let index = earliest; index <= lastIndex; index++) {
    const at = start + index * cadenceSeconds + jitterOf(sessionSeed, index, cadenceSeconds);
    acting = firstActing(happenings, acting, at);
    const mgdl = sensed(person, sessionSeed, at - inserted, at, glucoseAt(person, at, happenings, acting));
    const before = recent[index % rateSteps];
    recent[index % rateSteps] = { at, mgdl };
    if (index >= firstIndex && at >= from && at < removed) {
      const mgdlPerMinute = before === undefined ? null : ((mgdl - before.mgdl) * 60) / (at - before.at);
      into.push({ at, mgdl, mgdlPerMinute, session, secondsSinceInsertion: at - inserted });
    }
  }
}

const JITTER_SALT = 0x4a495454;
const JITTER_SECONDS = 1;

/** Readings of a 5-minute sensor come 298 to 302 s apart, those of a faster one exactly. */
function jitterOf(sessionSeed: number, index: number, cadenceSeconds: number): number {
  return cadenceSeconds < 300 ? 0 : ((mix(mix(sessionSeed, JITTER_SALT), index) >>> 0) % 3) - JITTER_SECONDS;
}

const BIAS_SALT = 0x42494153;
const ROUGH_SALT = 0x524f5547;

/**
 * What the sensor makes of glucose: a calibration that is off by some percent, more so on its first day, and wanders over the
 * days; and noise that lasts from one reading to the next.
 */
function sensed(person: Person, sessionSeed: number, age: number, at: number, mgdl: number): number {
  const youth = 1 + Math.exp(-age / 43_200);
  const bias = 0.03 * bell(mix(sessionSeed, BIAS_SALT)) * youth + 0.015 * drift(mix(sessionSeed, BIAS_SALT), at, 86_400);
  const rough = person.sensorRoughness * youth * drift(mix(sessionSeed, ROUGH_SALT), at, 600);
  return mgdl * (1 + bias + rough);
}
