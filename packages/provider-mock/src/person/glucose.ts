import { mix } from "./chance.ts";
import { type Happening, planDay } from "./day-plan.ts";
import { drift } from "./drift.ts";
import type { Person } from "./person.ts";

/** After so long nothing is left of a meal or a dose. */
const EFFECT_MINUTES = 600;
const EFFECT_SECONDS = EFFECT_MINUTES * 60;
const SECONDS_PER_DAY = 86_400;

/** All that acts on glucose anywhere between two moments, earliest first. */
export function happeningsOver(person: Person, fromSeconds: number, toSeconds: number): readonly Happening[] {
  const offset = person.utcOffsetMinutes * 60;
  const since = fromSeconds - EFFECT_SECONDS;
  // A day's meals stay well within the day, corrections before bed included.
  const first = Math.floor((since + offset) / SECONDS_PER_DAY);
  const last = Math.floor((toSeconds + offset) / SECONDS_PER_DAY);
  const happenings: Happening[] = [];
  for (let day = first; day <= last; day++) {
    for (const happening of planDay(person, day)) if (happening.at > since && happening.at < toSeconds) happenings.push(happening);
  }
  return happenings;
}

/** Where in `happenings` the first one stands that may still act at a moment; `from` is where it stood at an earlier moment. */
export function firstActing(happenings: readonly Happening[], from: number, at: number): number {
  let index = from;
  for (let happening = happenings[index]; happening !== undefined && at - happening.at >= EFFECT_SECONDS; happening = happenings[index]) {
    index++;
  }
  return index;
}

/**
 * Glucose under the skin in mg/dL, not rounded. `happenings` holds at least what `happeningsOver` gives for the moment, and
 * none before `acting` acts any more.
 */
export function glucoseAt(person: Person, at: number, happenings: readonly Happening[], acting = 0): number {
  let mgdl = person.settledMgdl + dailyAt(person, at) + wanderAt(person, at);
  for (let index = acting; index < happenings.length; index++) {
    const happening = happenings[index];
    if (happening === undefined || happening.at >= at) break;
    mgdl += effectOf(happening, (at - happening.at) / 60);
  }
  return bounded(mgdl);
}

function effectOf(happening: Happening, minutes: number): number {
  if (minutes >= EFFECT_MINUTES) return 0;
  const share = minutes / EFFECT_MINUTES;
  const left = 1 - share * share;
  const taken = minutes - happening.insulinDelayMinutes;
  const insulin = taken > 0 ? happening.insulinMgdl * actedOn(taken / happening.insulinMinutes) : 0;
  return left * left * (happening.foodMgdl * absorbed(minutes / happening.foodMinutes) - insulin);
}

/** Share of a meal in the blood: two compartments in a row, time in time constants. */
function absorbed(t: number): number {
  return 1 - (1 + t) * Math.exp(-t);
}

/** Share of a dose that has acted: three compartments in a row. */
function actedOn(t: number): number {
  return 1 - (1 + t + (t * t) / 2) * Math.exp(-t);
}

const NIGHT = { peakSeconds: 2.5 * 3600, halfWidthSeconds: 6 * 3600 } as const;
const DAWN = { peakSeconds: 6.75 * 3600, halfWidthSeconds: 4 * 3600 } as const;

/** What returns every day at the same hour of the person's clock. */
function dailyAt(person: Person, at: number): number {
  const local = at + person.utcOffsetMinutes * 60;
  const secondOfDay = local - Math.floor(local / SECONDS_PER_DAY) * SECONDS_PER_DAY;
  return person.nightMgdl * hill(secondOfDay, NIGHT) + person.dawnMgdl * hill(secondOfDay, DAWN);
}

/** A smooth hill of height 1; it may stand across midnight. */
function hill(
  secondOfDay: number,
  { peakSeconds, halfWidthSeconds }: { readonly peakSeconds: number; readonly halfWidthSeconds: number },
): number {
  const apart = Math.abs(secondOfDay - peakSeconds);
  const share = Math.min(apart, SECONDS_PER_DAY - apart) / halfWidthSeconds;
  return share >= 1 ? 0 : (1 - share * share) ** 2;
}

const SLOW_SALT = 0x534c4f57;
const BRISK_SALT = 0x42524953;

function wanderAt(person: Person, at: number): number {
  return (
    person.wanderMgdl * (0.88 * drift(mix(person.seed, SLOW_SALT), at, 4 * 3600) + 0.45 * drift(mix(person.seed, BRISK_SALT), at, 3600))
  );
}

const LOW_FLOOR = 38;
const LOW_KNEE = 14;
const HIGH_KNEE = 260;
const HIGH_SLOPE = 0.6;

/** The body and its owner resist both ends: lows are treated and answered by the liver, beyond 260 mg/dL the kidneys let some go. */
function bounded(mgdl: number): number {
  if (mgdl > HIGH_KNEE) return HIGH_KNEE + (mgdl - HIGH_KNEE) * HIGH_SLOPE;
  return mgdl > LOW_FLOOR + 8 * LOW_KNEE ? mgdl : LOW_FLOOR + LOW_KNEE * Math.log1p(Math.exp((mgdl - LOW_FLOOR) / LOW_KNEE));
}
