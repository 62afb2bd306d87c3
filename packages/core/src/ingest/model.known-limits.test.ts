import { it } from "vitest";
import { createMemoryConnectionStore } from "../testing/memory-connection-store.ts";
import { createMemoryReadingStore } from "../testing/memory-reading-store.ts";
import type { Command } from "../testing/model/command.ts";
import { createModel } from "../testing/model/model.ts";

/** Found by the model. Fails as long as the limit stands; whoever lifts it moves the case to those that hold. */
const WORLD_SEED = 774162370;
const COMMANDS: readonly Command[] = [
  { kind: "run", owner: 0, seconds: 1200 },
  { kind: "run", owner: 1, seconds: 46800 },
  { kind: "die", owner: 0, moments: 4 },
  { kind: "revise", user: 43, back: 53, mgdl: 201 },
  { kind: "poison", user: 0, back: 14 },
  { kind: "die", owner: 1, moments: 12 },
  { kind: "bus", mode: "mute" },
  { kind: "die", owner: 1, moments: 1 },
  { kind: "run", owner: 0, seconds: 7200 },
  { kind: "tend", owner: 0, user: 29 },
  { kind: "jump", seconds: 0 },
  { kind: "run", owner: 1, seconds: 18000 },
  { kind: "trouble", user: 2, trouble: "away", times: 1 },
  { kind: "run", owner: 1, seconds: 46800 },
  { kind: "drain", owner: 0 },
  { kind: "die", owner: 0, moments: 1 },
  { kind: "trouble", user: 253, trouble: "garbage_page", times: 1 },
  { kind: "store", mode: "flaky" },
  { kind: "run", owner: 0, seconds: 1860 },
  { kind: "die", owner: 1, moments: 26 },
  {
    kind: "at_once",
    seed: 2,
    deeds: [
      { kind: "erase", owner: 0, user: 139 },
      { kind: "erase", owner: 1, user: 139 },
    ],
  },
  { kind: "hold_back", user: 219, seconds: 1860 },
  { kind: "late", user: 13, back: 59 },
  { kind: "run", owner: 0, seconds: 93600 },
  { kind: "pass", seconds: 46800 },
  { kind: "stale", user: 6, seconds: 1860 },
  { kind: "pass", seconds: 300 },
  {
    kind: "at_once",
    seed: 549,
    deeds: [
      { kind: "connect", owner: 0, user: 120 },
      { kind: "tend", owner: 1, user: 120 },
    ],
  },
  {
    kind: "at_once",
    seed: 151,
    deeds: [
      { kind: "tend", owner: 0, user: 33 },
      { kind: "tend", owner: 1, user: 33 },
      { kind: "drain", owner: 1 },
    ],
  },
];

it.fails("a value that is revised while its slice cannot be read, for longer than the re-pull ladder looks back, is found later", async () => {
  const stores = { readings: createMemoryReadingStore(), connections: createMemoryConnectionStore(), close: async () => {} };
  const model = createModel(stores, { vendor: "restless", seed: WORLD_SEED });
  for (const user of [0, 1, 2]) await model.run({ kind: "connect", owner: 0, user });
  for (const command of COMMANDS) await model.run(command);
  await model.heal();
});
