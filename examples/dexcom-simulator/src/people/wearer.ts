import { createPerson, FIVE_MINUTE_SENSOR, type Person, type SensorModel } from "@bg-ingest/provider-mock";
import { mixText } from "../chance.ts";
import type { SimulatedUser } from "./simulated-user.ts";
import { createUploads, type Uploads } from "./uploads.ts";

/** A user with the body, the sensor and the receiver that the seed gives them. */
export interface Wearer {
  readonly user: SimulatedUser;
  readonly seed: number;
  readonly person: Person;
  readonly sensor: SensorModel;
  /** `null`: a phone, which uploads all the time. */
  readonly uploads: Uploads | null;
}

const G6_SENSOR: SensorModel = { ...FIVE_MINUTE_SENSOR, warmUpSeconds: 2 * 3_600 };

export function createWearer(seed: number, user: SimulatedUser): Wearer {
  const own = mixText(seed, user.name);
  return {
    user,
    seed: own,
    person: createPerson(own),
    sensor: user.generation === "g7" ? FIVE_MINUTE_SENSOR : G6_SENSOR,
    uploads: user.displayDevice === "receiver" ? createUploads(own) : null,
  };
}
