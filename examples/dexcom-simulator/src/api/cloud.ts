import type { CallBudget } from "../call-budget.ts";
import type { Strikes } from "../faults/answer-faults.ts";
import type { FaultRules } from "../faults/fault-switches.ts";
import type { Grants } from "../oauth/grants.ts";
import type { RegisteredClient } from "../oauth/registered-client.ts";
import type { SimulatedUser } from "../people/simulated-user.ts";
import type { Wearer } from "../people/wearer.ts";
import type { RecordLibrary } from "../records/record-library.ts";
import type { VendorRules } from "../vendor-rules.ts";
import type { Tally } from "./counters.ts";

/** All that the vendor knows. */
export interface Cloud {
  readonly seed: number;
  readonly users: readonly SimulatedUser[];
  readonly wearers: ReadonlyMap<string, Wearer>;
  readonly clients: readonly RegisteredClient[];
  readonly rules: VendorRules;
  readonly faults: FaultRules;
  readonly strikes: Strikes;
  readonly grants: Grants;
  readonly library: RecordLibrary;
  /** By client id. */
  readonly budgets: ReadonlyMap<string, CallBudget>;
  readonly tally: Tally;
  nowMs(): number;
}
