import type { Counters, UserCounters } from "../api/counters.ts";
import type { AdjustableClock } from "../clock/adjustable-clock.ts";
import type { FaultSwitches } from "../faults/fault-switches.ts";
import type { SimulatedUser } from "../people/simulated-user.ts";
import type { PublishedRecord, PublishedSpan } from "../records/published-record.ts";

/** What the admin routes reach. */
export interface AdminTarget {
  readonly users: readonly SimulatedUser[];
  readonly faults: FaultSwitches;
  readonly clock: AdjustableClock;
  revoke(user: string): number;
  upload(user: string): void;
  published(user: string, span: PublishedSpan): readonly PublishedRecord[];
  counters(): Counters;
  countersOf(user: string): UserCounters;
}
