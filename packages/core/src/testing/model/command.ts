import type { BusMode } from "../memory-event-bus.ts";
import type { Trouble } from "../world/situation.ts";
import type { FaultMode } from "./fault-mode.ts";

/** What an owner does, and can die of. */
export type Deed =
  | { readonly kind: "tend"; readonly owner: number; readonly user: number }
  | { readonly kind: "work"; readonly owner: number }
  | { readonly kind: "drain"; readonly owner: number }
  | { readonly kind: "connect"; readonly owner: number; readonly user: number }
  | { readonly kind: "disconnect"; readonly owner: number; readonly user: number }
  | { readonly kind: "erase"; readonly owner: number; readonly user: number };

/** What can befall people, their vendor, the stores, the bus and the processes. */
export type Command =
  | Deed
  /** Everything that falls due meanwhile is done by the one owner. */
  | { readonly kind: "run"; readonly owner: number; readonly seconds: number }
  | { readonly kind: "pass"; readonly seconds: number }
  | { readonly kind: "at_once"; readonly seed: number; readonly deeds: readonly Deed[] }
  /** The owner dies at the so-manieth moment of what it does next, and is started anew. */
  | { readonly kind: "die"; readonly owner: number; readonly moments: number }
  /** The clock of all owners is wrong by so much from now on. */
  | { readonly kind: "jump"; readonly seconds: number }
  | { readonly kind: "bus"; readonly mode: BusMode }
  | { readonly kind: "store"; readonly mode: FaultMode }
  /** The vendor signs a delivery of the newest records, or of none: poll now. It is sent so many times. */
  | { readonly kind: "deliver"; readonly user: number; readonly count: number; readonly copies: number }
  /** The phone is offline: what is measured meanwhile is shown together afterwards. */
  | { readonly kind: "hold_back"; readonly user: number; readonly seconds: number }
  | { readonly kind: "trouble"; readonly user: number; readonly trouble: Trouble; readonly times: number }
  | { readonly kind: "revoke"; readonly user: number }
  | { readonly kind: "garble"; readonly user: number }
  | { readonly kind: "poison"; readonly user: number; readonly back: number }
  /** These make a provider change its mind. */
  | { readonly kind: "revise"; readonly user: number; readonly back: number; readonly mgdl: number }
  | { readonly kind: "late"; readonly user: number; readonly back: number }
  | { readonly kind: "stale"; readonly user: number; readonly seconds: number };

/** Four whole numbers from 0 on: whatever they are, they make a command. */
export type Numbers = readonly [kind: number, a: number, b: number, c: number];

const MINUTE = 60;
const HOUR = 3_600;

const SECONDS = [1, 30, 5 * MINUTE, 20 * MINUTE, 31 * MINUTE, HOUR, 5 * HOUR, 13 * HOUR, 26 * HOUR] as const;
const RUNS = [20 * MINUTE, 31 * MINUTE, 2 * HOUR, 5 * HOUR, 13 * HOUR, 26 * HOUR] as const;
const JUMPS = [0, 0, -2, 90, -10 * MINUTE, HOUR, -HOUR, -5 * HOUR, 26 * HOUR, -3 * 24 * HOUR] as const;
/** A clock that was ahead while a provider changed its mind has the later word until it has caught up. */
const SHORT_JUMPS = [0, 0, -2, 90, HOUR, -HOUR] as const;
const BUSES = ["there", "there", "away", "halfway", "mute"] as const satisfies readonly BusMode[];
const STORES = ["there", "there", "there", "flaky", "away", "mute", "slow"] as const satisfies readonly FaultMode[];
const TROUBLES = ["away", "cut_off", "cut_off", "unauthorized", "rate_limited", "garbage_page"] as const satisfies readonly Trouble[];

const at = <T>(of: readonly T[], n: number): T => of[n % of.length] as T;

const DEEDS: readonly ((owner: number, user: number) => Deed)[] = [
  (owner, user) => ({ kind: "tend", owner, user }),
  (owner, user) => ({ kind: "tend", owner, user }),
  (owner, user) => ({ kind: "tend", owner, user }),
  (owner) => ({ kind: "work", owner }),
  (owner) => ({ kind: "work", owner }),
  (owner) => ({ kind: "drain", owner }),
  (owner, user) => ({ kind: "connect", owner, user }),
  (owner, user) => ({ kind: "connect", owner, user }),
  (owner, user) => ({ kind: "disconnect", owner, user }),
  (owner, user) => ({ kind: "erase", owner, user }),
];

const deedOf = (a: number, b: number): Deed => at(DEEDS, a >> 1)(a & 1, b);

const KINDS: readonly ((a: number, b: number, c: number) => Command)[] = [
  (a, b) => deedOf(a, b),
  (a, b) => ({ kind: "tend", owner: a & 1, user: b }),
  (a, b) => ({ kind: "run", owner: a & 1, seconds: at(RUNS, b) }),
  (a, b) => ({ kind: "run", owner: a & 1, seconds: at(RUNS, b) }),
  (a) => ({ kind: "pass", seconds: at(SECONDS, a) }),
  (a, b) => ({ kind: "die", owner: a & 1, moments: 1 + (b % 40) }),
  (a, b) => ({ kind: "die", owner: a & 1, moments: 1 + (b % 12) }),
  (a, b, c) => ({ kind: "at_once", seed: c, deeds: [deedOf(a & 254, b), deedOf(b | 1, b)] }),
  (a, b, c) => ({
    kind: "at_once",
    seed: c,
    deeds: [{ kind: "tend", owner: 0, user: a }, { kind: "tend", owner: 1, user: a }, deedOf(b, a)],
  }),
  (a, b, c) => ({ kind: "deliver", user: a, count: b % 7, copies: 1 + (c % 2) }),
  (a) => ({ kind: "bus", mode: at(BUSES, a) }),
  (a) => ({ kind: "store", mode: at(STORES, a) }),
  (a, b) => ({ kind: "hold_back", user: a, seconds: at(RUNS, b) }),
  (a, b, c) => ({ kind: "trouble", user: a, trouble: at(TROUBLES, b), times: 1 + (c % 4) }),
  (a, b) => (b % 4 === 0 ? { kind: "revoke", user: a } : { kind: "garble", user: a }),
  (a, b) => ({ kind: "poison", user: a, back: b % 20 }),
  (a) => ({ kind: "jump", seconds: at(JUMPS, a) }),
];

const MIND_CHANGES: typeof KINDS = [
  (a, b, c) => ({ kind: "revise", user: a, back: b % 60, mgdl: 40 + (c % 300) }),
  (a, b, c) => ({ kind: "revise", user: a, back: b % 5, mgdl: 40 + (c % 300) }),
  (a, b) => ({ kind: "late", user: a, back: b % 60 }),
  (a, b) => ({ kind: "stale", user: a, seconds: at(RUNS, b) }),
  (a) => ({ kind: "jump", seconds: at(SHORT_JUMPS, a) }),
];

/** Commands of a vendor that shows each reading once and in order. */
export function steadyCommand([kind, a, b, c]: Numbers): Command {
  return at(KINDS, kind)(a, b, c);
}

/** Commands of a vendor that also changes its mind. */
export function restlessCommand([kind, a, b, c]: Numbers): Command {
  return at([...KINDS.slice(0, -1), ...MIND_CHANGES], kind)(a, b, c);
}
