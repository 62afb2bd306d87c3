import { CHECKPOINTS, type CheckpointName } from "@bg-ingest/core";
import fc from "fast-check";
import { ENDPOINTS, type Endpoint } from "./gated-vendor.ts";

export const PEOPLE = ["person.alpha-7731", "person.beta-7732", "person.gamma-7733"] as const;

export type Person = (typeof PEOPLE)[number];

/** What somebody does. `with_password`: the vendor gives what has to be renewed. */
export type Act =
  | { readonly kind: "connect"; readonly who: Person; readonly withPassword: boolean }
  | { readonly kind: "begin_consent"; readonly who: Person }
  /** Of those begun and not finished, the so-manieth. */
  | { readonly kind: "finish_consent"; readonly which: number }
  | { readonly kind: "disconnect"; readonly who: Person }
  | { readonly kind: "erase"; readonly who: Person }
  | { readonly kind: "deliver"; readonly who: Person }
  | { readonly kind: "poll_now"; readonly who: Person };

export type Step =
  | { readonly kind: "act"; readonly act: Act }
  /** When the service passes that moment next. */
  | { readonly kind: "act_at"; readonly moment: CheckpointName; readonly act: Act }
  | { readonly kind: "hold"; readonly endpoint: Endpoint; readonly side: "before" | "after" }
  | { readonly kind: "let_go" }
  | { readonly kind: "settle" }
  | { readonly kind: "pass"; readonly seconds: number };

const who = fc.constantFrom(...PEOPLE);

const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("connect"), who, withPassword: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("begin_consent"), who }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("finish_consent"), which: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("disconnect"), who }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("erase"), who }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("deliver"), who }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("poll_now"), who }) },
);

export const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("act"), act }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("act_at"), moment: fc.constantFrom(...CHECKPOINTS), act }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("hold"),
      endpoint: fc.constantFrom(...ENDPOINTS),
      side: fc.constantFrom("before" as const, "after" as const),
    }),
  },
  { weight: 2, arbitrary: fc.constant({ kind: "let_go" as const }) },
  { weight: 4, arbitrary: fc.constant({ kind: "settle" as const }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("pass"), seconds: fc.constantFrom(1, 61, 1_800, 7_200) }) },
) as fc.Arbitrary<Step>;
