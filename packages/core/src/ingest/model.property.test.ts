import fc from "fast-check";
import { it } from "vitest";
import { commandsOf, holdModel } from "../../test/hold-model.ts";
import { type Command, restlessCommand, steadyCommand } from "../testing/model/command.ts";

/** A run lives through days: a few of them at each test, always the same ones; others and thousands where `FC_SEED` and `FC_RUNS` say so. */
const numRuns = Number(process.env["FC_RUNS"] ?? 25);
const seed = Number(process.env["FC_SEED"] ?? 42);
/** Far longer than a busy machine takes: only what never ends is given up on. */
const PATIENCE_MS = Math.max(600_000, numRuns * 10_000);

it(
  "whatever befalls its owners, its stores and its bus, nothing that a steady vendor shows is lost, doubled or told out of order",
  async () => {
    const anything = fc.asyncProperty(fc.nat(), commandsOf(steadyCommand), (worldSeed, commands) =>
      holdModel({ vendor: "steady", seed: worldSeed }, commands),
    );
    await fc.assert(anything, { numRuns, seed });
  },
  PATIENCE_MS,
);

it(
  "where a vendor changes its mind, its last word stands in the end",
  async () => {
    const anything = fc.asyncProperty(fc.nat(), commandsOf(restlessCommand), (worldSeed, commands) =>
      holdModel({ vendor: "restless", seed: worldSeed }, commands),
    );
    await fc.assert(anything, { numRuns, seed });
  },
  PATIENCE_MS,
);

/** What once went wrong, as short as it could be made. */
const regressions: readonly { readonly sentence: string; readonly commands: readonly Command[] }[] = [
  { sentence: "a calm world comes to rest", commands: [] },
  {
    sentence: "an owner whose source another erases while it is tended is not kept busy by it",
    commands: [
      {
        kind: "at_once",
        seed: 0,
        deeds: [
          { kind: "tend", owner: 0, user: 0 },
          { kind: "erase", owner: 1, user: 0 },
        ],
      },
      { kind: "connect", owner: 0, user: 0 },
    ],
  },
  {
    sentence: "history that could not be read because access was revoked is read when the person connects again days later",
    commands: [
      { kind: "revoke", user: 0 },
      { kind: "pass", seconds: 93_600 },
      { kind: "run", owner: 0, seconds: 93_600 },
    ],
  },
  {
    sentence: "nor is history forgotten when the person disconnects in the middle of it",
    commands: [
      {
        kind: "at_once",
        seed: 0,
        deeds: [
          { kind: "tend", owner: 0, user: 1 },
          { kind: "disconnect", owner: 1, user: 1 },
        ],
      },
      { kind: "run", owner: 0, seconds: 93_600 },
      { kind: "run", owner: 0, seconds: 93_600 },
    ],
  },
  {
    sentence: "whoever connects while another process disconnects the same source ends as one or the other, and with what belongs to it",
    commands: [389, 1, 2, 3, 4, 5, 6, 7, 8].map((seed) => ({
      kind: "at_once",
      seed,
      deeds: [
        { kind: "disconnect", owner: 0, user: 52 },
        { kind: "connect", owner: 1, user: 52 },
      ],
    })),
  },
  {
    sentence: "a clock that falls back between the first poll and the backfill leaves no hole between the two",
    commands: [
      {
        kind: "at_once",
        seed: 0,
        deeds: [
          { kind: "tend", owner: 0, user: 0 },
          { kind: "tend", owner: 1, user: 0 },
        ],
      },
      { kind: "jump", seconds: -18_000 },
      { kind: "run", owner: 0, seconds: 1_200 },
    ],
  },
  {
    sentence: "history that lies ahead of a clock that fell back is not passed over",
    commands: [
      { kind: "jump", seconds: -259_200 },
      { kind: "run", owner: 0, seconds: 1_200 },
    ],
  },
  {
    sentence: "two owners who are refused one after the other tell the same event",
    commands: [
      { kind: "tend", owner: 0, user: 0 },
      { kind: "revoke", user: 0 },
      { kind: "run", owner: 1, seconds: 1_200 },
    ],
  },
];

it.each(regressions.map(({ sentence, commands }) => [sentence, commands] as const))("%s", async (_, commands) => {
  await holdModel({ vendor: "steady", seed: 0 }, commands);
  await holdModel({ vendor: "restless", seed: 0 }, commands);
});
