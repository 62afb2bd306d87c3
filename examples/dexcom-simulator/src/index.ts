export type { Answer, Outcome, SimulatorRequest } from "./answer.ts";
export type { Counters, UserCounters } from "./api/counters.ts";
export type { AdjustableClock, ClockSetting } from "./clock/adjustable-clock.ts";
export { type ConsentAnswer, createDexcomSimulator, type DexcomSimulator, type DexcomSimulatorOptions } from "./dexcom-simulator.ts";
export { ANSWER_FAULTS, EVERYDAY_FAULTS, FAULTS, type FaultName, type FaultShares, RECORD_FATES, RECORD_FORMS } from "./faults/fault.ts";
export type { FaultRule, FaultRuleOptions, FaultSwitches } from "./faults/fault-switches.ts";
export { parseFaults } from "./faults/parse-faults.ts";
export { DEFAULT_CLIENT, type RegisteredClient } from "./oauth/registered-client.ts";
export { defaultUsers } from "./people/default-users.ts";
export type { SimulatedUser } from "./people/simulated-user.ts";
export type { PublishedRecord, PublishedSpan, PublishedVersion } from "./records/published-record.ts";
export {
  type DexcomServer,
  type DexcomServerOptions,
  type ServerNotStarted,
  startDexcomSimulator,
} from "./server/start-dexcom-simulator.ts";
export { type VendorRules, WORST_RULES } from "./vendor-rules.ts";
