import { err, type Result } from "neverthrow";
import type { Chance } from "../../ports/chance.ts";
import { pick } from "../seeded-chance.ts";

/**
 * How a store is. `away`: nothing happens. `mute`: it happens, and the answer is lost. `slow`: the call fails, and happens all the same
 * some time later. `flaky`: now this, now that.
 */
export type FaultMode = "there" | "away" | "mute" | "slow" | "flaky";

export interface Faults {
  mode: FaultMode;
  /** What slow calls are still to do. */
  readonly late: (() => Promise<unknown>)[];
}

const FLAKY = ["there", "there", "away", "mute", "slow"] as const;
const AWAY = { kind: "retry", message: "The store is away." } as const;

/** One call as it fares just now. */
export async function faring<T, E>(
  faults: Faults,
  chance: Chance,
  act: () => PromiseLike<Result<T, E>>,
): Promise<Result<T, E | typeof AWAY>> {
  switch (faults.mode === "flaky" ? pick(FLAKY, chance) : faults.mode) {
    case "there":
      return act();
    case "away":
      return err(AWAY);
    case "mute":
      return (await act()).andThen(() => err(AWAY));
    case "slow":
      faults.late.push(async () => act());
      return err(AWAY);
  }
}
