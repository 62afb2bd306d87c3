import { between, mix } from "./chance.ts";

/** Somebody with diabetes: how their glucose behaves, all of it told by one seed. */
export interface Person {
  readonly seed: number;
  /** The clock on their wall; it has no summer time. */
  readonly utcOffsetMinutes: number;
  /** Where glucose settles with neither food nor insulin acting. */
  readonly settledMgdl: number;
  /** What the night adds: a late supper, basal insulin that wears off. */
  readonly nightMgdl: number;
  /** The rise towards the morning, before breakfast. */
  readonly dawnMgdl: number;
  /** Standard deviation of what wanders over hours: basal insulin, stress, sleep. */
  readonly wanderMgdl: number;
  /** What an ordinary meal would add if no insulin met it. */
  readonly mealMgdl: number;
  /** How far a dose of insulin tends to miss its meal, as a share of it. */
  readonly doseError: number;
  /** From the first bite to the insulin; negative for who injects ahead. */
  readonly doseDelayMinutes: number;
  /** Time constants of absorption, of food and of insulin. */
  readonly foodMinutes: number;
  readonly insulinMinutes: number;
  readonly wakesAtMinute: number;
  /** How rough their sensors are, as a share of the value. */
  readonly sensorRoughness: number;
}

/** Offsets that people live at, quarter-hour ones included. */
const UTC_OFFSETS_MINUTES = [-480, -300, -210, 0, 0, 60, 60, 120, 330, 345, 540, 600] as const;

export function createPerson(seed: number): Person {
  const draw = (index: number, low: number, high: number) => between(mix(seed, index), low, high);
  // One tendency from tight to loose control ties the others together: who runs high also swings.
  const looseness = draw(0, 0, 1);
  const around = (index: number, tight: number, loose: number, spread: number) =>
    (tight + (loose - tight) * looseness) * draw(index, 1 - spread, 1 + spread);
  return {
    seed,
    utcOffsetMinutes: UTC_OFFSETS_MINUTES[Math.floor(draw(1, 0, UTC_OFFSETS_MINUTES.length))] ?? 0,
    settledMgdl: around(2, 101, 137, 0.06),
    nightMgdl: draw(12, 10, 60),
    dawnMgdl: draw(3, 0, 28),
    wanderMgdl: around(4, 27, 46, 0.12),
    mealMgdl: around(5, 125, 215, 0.12),
    doseError: around(6, 0.19, 0.29, 0.15),
    doseDelayMinutes: draw(7, -12, 15),
    foodMinutes: draw(8, 18, 27),
    insulinMinutes: draw(9, 34, 46),
    wakesAtMinute: draw(10, 360, 480),
    sensorRoughness: draw(11, 0.008, 0.02),
  };
}
