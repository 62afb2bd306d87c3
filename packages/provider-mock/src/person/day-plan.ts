import { bell, between, mix, unit } from "./chance.ts";
import type { Person } from "./person.ts";

/** Food, insulin or both, from one moment on. */
export interface Happening {
  /** Seconds since the epoch. */
  readonly at: number;
  /** What the food adds in the end, mg/dL; 0: only insulin, or exercise. */
  readonly foodMgdl: number;
  readonly foodMinutes: number;
  /** What the insulin takes away in the end, mg/dL. */
  readonly insulinMgdl: number;
  readonly insulinMinutes: number;
  /** From `at` to the insulin. */
  readonly insulinDelayMinutes: number;
}

const PLAN_SALT = 0x504c414e;
const SECONDS_PER_DAY = 86_400;

/** What a person eats, doses and does on one day of their own calendar (days since 1970-01-01), earliest first. */
export function planDay(person: Person, localDay: number): readonly Happening[] {
  const seed = mix(mix(person.seed, PLAN_SALT), localDay);
  const midnight = localDay * SECONDS_PER_DAY - person.utcOffsetMinutes * 60;
  const plan: Happening[] = [];
  let drawn = 0;
  const next = () => mix(seed, drawn++);
  const at = (minute: number, spreadMinutes: number) => midnight + Math.round((minute + bell(next()) * spreadMinutes) * 60);
  const happens = (share: number) => unit(next()) < share;

  const meal = (minute: number, spreadMinutes: number, size: number) => {
    const foodMgdl = person.mealMgdl * size * (1 + 0.22 * bell(next()));
    plan.push({
      at: at(minute, spreadMinutes),
      foodMgdl,
      foodMinutes: person.foodMinutes * between(next(), 0.8, 1.25),
      insulinMgdl: foodMgdl * (1 + person.doseError * bell(next())),
      insulinMinutes: person.insulinMinutes,
      insulinDelayMinutes: person.doseDelayMinutes + 6 * bell(next()),
    });
  };
  const nibble = (minute: number, spreadMinutes: number) =>
    plan.push({ ...NOTHING, at: at(minute, spreadMinutes), foodMgdl: between(next(), 12, 38), foodMinutes: person.foodMinutes });
  const lowering = (minute: number, spreadMinutes: number, minutes: number) =>
    plan.push({ ...NOTHING, at: at(minute, spreadMinutes), insulinMgdl: between(next(), 15, 45), insulinMinutes: minutes });

  if (happens(0.9)) meal(person.wakesAtMinute + 40, 15, 0.85);
  if (happens(0.35)) nibble(640, 25);
  if (happens(0.94)) meal(770, 25, 1);
  if (happens(0.4)) nibble(970, 35);
  if (happens(0.3)) lowering(1040, 40, 18); // exercise
  meal(1150, 30, 1.15);
  if (happens(0.25)) nibble(1300, 20);
  if (happens(0.25)) lowering(1330, 25, person.insulinMinutes); // a correction before bed
  return plan.sort((a, b) => a.at - b.at);
}

const NOTHING = { foodMgdl: 0, foodMinutes: 1, insulinMgdl: 0, insulinMinutes: 1, insulinDelayMinutes: 0 } as const;
