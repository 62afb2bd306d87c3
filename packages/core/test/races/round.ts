import type { FaultMode } from "../../src/testing/model/fault-mode.ts";

/** What befalls one person's connection; `replica` is 0 or 1, the second one's clock is ahead. */
export type RaceDeed =
  | { readonly kind: "login"; readonly replica: number; readonly account: number }
  | { readonly kind: "start"; readonly replica: number }
  /** `start`: of those that were answered, counted from the newest. */
  | { readonly kind: "callback"; readonly replica: number; readonly start: number; readonly account: number }
  | { readonly kind: "disconnect"; readonly replica: number }
  | { readonly kind: "erase"; readonly replica: number }
  | { readonly kind: "tend"; readonly replica: number };

export interface Round {
  readonly seed: number;
  readonly deeds: readonly RaceDeed[];
  /** After so many moments of this round the replica dies; `null`: nobody does. */
  readonly dies: { readonly replica: number; readonly moments: number } | null;
  /** How the store is; from that many calls of it on, counted from 1, so many are answered so. */
  readonly store: { readonly from: number; readonly count: number; readonly mode: FaultMode };
  /** Is waited before the next round, while the owners tend. */
  readonly seconds: number;
}

export const CALM_STORE: Round["store"] = { from: 0, count: 0, mode: "there" };
