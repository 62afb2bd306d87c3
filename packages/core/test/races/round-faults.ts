import type { Faults } from "../../src/testing/model/fault-mode.ts";
import { CALM_STORE, type Round } from "./round.ts";

/** The faults of a round's store: they come and go with the calls that are made in it. */
export interface RoundFaults extends Faults {
  called(): void;
  /** From now on, with no call made yet. */
  become(store: Round["store"]): void;
  landLate(): Promise<void>;
}

export function createRoundFaults(): RoundFaults {
  let store: Round["store"] = CALM_STORE;
  let calls = 0;
  const late: Faults["late"] = [];
  return {
    late,
    get mode() {
      return calls >= store.from && calls < store.from + store.count ? store.mode : "there";
    },
    called() {
      calls++;
    },
    become(next) {
      store = next;
      calls = 0;
    },
    async landLate() {
      for (let act = late.shift(); act !== undefined; act = late.shift()) await act();
    },
  };
}
