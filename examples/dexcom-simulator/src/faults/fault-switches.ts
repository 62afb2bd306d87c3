import { FAULTS, type FaultName, type FaultShares, isRecordFate } from "./fault.ts";

/** A fault that is on for a time. Of rules that overlap the newest holds. */
export interface FaultRule {
  readonly fault: FaultName;
  readonly share: number;
  /** Seconds since the epoch, inclusive; `null`: since ever. For faults of records the instant measured at, else that of the request. */
  readonly from: number | null;
  /** Exclusive; `null`: for ever. */
  readonly to: number | null;
  /** `null`: everybody's. */
  readonly user: string | null;
}

export type FaultRuleOptions = { readonly [K in Exclude<keyof FaultRule, "fault">]?: FaultRule[K] | undefined };

/** Faults can be switched while the simulator runs. */
export interface FaultSwitches {
  /** Where `from` is not told it is now; a user that there is not is a bug of the caller's and throws. A fate begins now at the earliest: records that were measured keep theirs. */
  switchOn(fault: FaultName, options?: FaultRuleOptions): FaultRule;
  /** From now on; `user`: only what was switched on for that one. */
  switchOff(fault: FaultName, user?: string): void;
  switchAllOff(): void;
  rules(): readonly FaultRule[];
}

/** What the rest of the simulator asks. */
export interface FaultRules extends FaultSwitches {
  /** 0: off. */
  shareAt(fault: FaultName, user: string | null, at: number): number;
  /** Of some faults those that any rule turns on for a user within a span. */
  among<F extends FaultName>(faults: readonly F[], user: string, from: number, to: number): readonly F[];
}

export interface FaultRulesDeps {
  /** Seconds since the epoch. */
  now(): number;
  /** On for everybody since ever. */
  readonly shares: FaultShares;
  readonly users: ReadonlySet<string>;
  /** Something about records is no longer as it was. */
  changed(): void;
}

export function createFaultRules({ now, shares, users, changed }: FaultRulesDeps): FaultRules {
  let rules: readonly FaultRule[] = Object.entries(shares).map(([fault, share]) => ({
    fault: fault as FaultName,
    share,
    from: null,
    to: null,
    user: null,
  }));
  const replace = (next: readonly FaultRule[]) => {
    rules = next;
    changed();
  };
  return {
    switchOn: (fault, { share = FAULTS[fault].share, from = now(), to = null, user = null } = {}) => {
      if (user !== null && !users.has(user)) throw new Error(`The simulator has no user "${user}".`);
      const earliest = isRecordFate(fault) ? Math.max(from ?? 0, now()) : from;
      const rule: FaultRule = { fault, share, from: earliest, to, user };
      replace([...rules, rule]);
      return rule;
    },
    switchOff: (fault, user) => {
      const ends = now();
      const isMeant = (rule: FaultRule) => rule.fault === fault && (user === undefined || rule.user === user);
      replace(rules.flatMap((rule) => (isMeant(rule) ? ended(rule, ends) : [rule])));
    },
    switchAllOff: () => {
      const ends = now();
      replace(rules.flatMap((rule) => ended(rule, ends)));
    },
    rules: () => rules,
    shareAt: (fault, user, at) => {
      const covers = (rule: FaultRule) =>
        rule.fault === fault && isFor(rule, user) && (rule.from ?? at) <= at && at < (rule.to ?? Infinity);
      return rules.findLast(covers)?.share ?? 0;
    },
    among: (faults, user, from, to) => {
      const touches = (rule: FaultRule) => isFor(rule, user) && (rule.from ?? from) < to && from < (rule.to ?? Infinity);
      const on = new Set(rules.filter(touches).map(({ fault }) => fault));
      return faults.filter((fault) => on.has(fault));
    },
  };
}

function isFor(rule: FaultRule, user: string | null): boolean {
  return rule.user === null || rule.user === user;
}

/** A rule that was never in force leaves nothing. A form or a request that a past rule touched may still be asked about. */
function ended(rule: FaultRule, at: number): readonly FaultRule[] {
  if (rule.from !== null && rule.from >= at) return [];
  return [{ ...rule, to: Math.min(rule.to ?? at, at) }];
}
