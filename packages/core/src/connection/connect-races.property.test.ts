import fc from "fast-check";
import { it } from "vitest";
import { holdRaces } from "../../test/races/hold-races.ts";
import { CALM_STORE, type RaceDeed, type Round } from "../../test/races/round.ts";

/** A few at each test, always the same ones; others and thousands where `FC_SEED` and `FC_RUNS` say so. */
const numRuns = Number(process.env["FC_RUNS"] ?? 100);
const seed = Number(process.env["FC_SEED"] ?? 42);
/** Far longer than a busy machine takes: only what never ends is given up on. */
const PATIENCE_MS = Math.max(600_000, numRuns * 10_000);

const replica = fc.nat(1);
const account = fc.nat(1);
const deed: fc.Arbitrary<RaceDeed> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("login" as const), replica, account }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("start" as const), replica }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("callback" as const), replica, start: fc.nat(2), account }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("disconnect" as const), replica }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("erase" as const), replica }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("tend" as const), replica }) },
);
const round: fc.Arbitrary<Round> = fc.record({
  seed: fc.nat(9_999),
  deeds: fc.array(deed, { minLength: 1, maxLength: 4 }),
  dies: fc.option(fc.record({ replica, moments: fc.integer({ min: 1, max: 40 }) }), { freq: 3 }),
  store: fc.record({
    from: fc.integer({ min: 1, max: 40 }),
    count: fc.constantFrom(0, 0, 0, 1, 1, 1, 2, 50),
    mode: fc.constantFrom("away" as const, "mute" as const, "slow" as const, "flaky" as const),
  }),
  seconds: fc.constantFrom(0, 0, 1, 30, 300, 1_800, 3_000, 3_600, 90_000),
});

it(
  "however connecting, leaving and erasing meet, and whatever fails or dies, one of them comes through whole and nothing is left of the others",
  async () => {
    await fc.assert(fc.asyncProperty(fc.array(round, { minLength: 1, maxLength: 6 }), holdRaces), { numRuns, seed });
  },
  PATIENCE_MS,
);

const calm = { seed: 0, dies: null, store: CALM_STORE, seconds: 0 } as const;
const login = { kind: "login", replica: 0, account: 0 } as const;
const start = { kind: "start", replica: 0 } as const;
const callback = { kind: "callback", replica: 0, start: 0, account: 0 } as const;
const disconnect = { kind: "disconnect", replica: 0 } as const;
const erase = { kind: "erase", replica: 0 } as const;

/** What once went wrong, as short as it could be made. */
const regressions: readonly { readonly sentence: string; readonly rounds: readonly Round[] }[] = [
  {
    sentence: "whoever connected beside a disconnect that deleted what they had stored does not come to life when another has begun since",
    rounds: [
      { ...calm, deeds: [start, { ...login, account: 1 }], seconds: 1_800 },
      { ...calm, seed: 5_762, deeds: [disconnect, callback, login, { ...login, account: 1 }] },
    ],
  },
  {
    sentence: "credentials that land after their connect has failed are swept",
    rounds: [{ ...calm, seed: 8_848, deeds: [login, login], store: { from: 10, count: 2, mode: "slow" } }],
  },
  {
    sentence: "nobody forgets the end of a source in which another's credentials may land still",
    rounds: [
      {
        ...calm,
        seed: 3_762,
        deeds: [disconnect, login, { ...login, account: 1 }],
        store: { from: 17, count: 1, mode: "flaky" },
      },
    ],
  },
  {
    sentence: "a disconnect is told though its process died before telling and the owner had told that the source is well",
    rounds: [
      { ...calm, deeds: [login, callback] },
      { ...calm, deeds: [{ ...disconnect, replica: 1 }, login], dies: { replica: 1, moments: 6 } },
    ],
  },
  {
    sentence: "a disconnect within the second of the connect is told as well",
    rounds: [
      { ...calm, seed: 5_711, deeds: [login, erase] },
      { ...calm, deeds: [login] },
      { ...calm, deeds: [disconnect, start], dies: { replica: 0, moments: 10 } },
      { ...calm, deeds: [erase], store: { from: 1, count: 1_000, mode: "slow" } },
    ],
  },
  {
    sentence: "an end that is forgotten before an earlier one does not leave that one unswept",
    rounds: [
      { ...calm, seed: 556, deeds: [{ ...erase, replica: 1 }, login] },
      { ...calm, deeds: [login] },
      { ...calm, deeds: [erase, disconnect], dies: { replica: 0, moments: 13 } },
      { ...calm, deeds: [start] },
    ],
  },
];

it.each(regressions.map(({ sentence, rounds }) => [sentence, rounds] as const))("%s", (_, rounds) => holdRaces(rounds));
