import { FAULTS, type FaultName, type FaultShares } from "./fault.ts";

/** Faults can be switched while the world runs. */
export interface FaultSwitches {
  switchOn(name: FaultName, share?: number): void;
  switchOff(name: FaultName): void;
  /** 0: off. */
  shareOf(name: FaultName): number;
}

export function createFaultSwitches(shares: FaultShares): FaultSwitches {
  const on = new Map(Object.entries(shares)) as Map<FaultName, number>;
  return {
    switchOn: (name, share = FAULTS[name].share) => void on.set(name, share),
    switchOff: (name) => void on.delete(name),
    shareOf: (name) => on.get(name) ?? 0,
  };
}
