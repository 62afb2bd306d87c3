import fc from "fast-check";
import { expect, it } from "vitest";
import { createMemoryConnectionStore } from "../testing/memory-connection-store.ts";
import { createMemoryReadingStore } from "../testing/memory-reading-store.ts";
import { type Command, type Numbers, restlessCommand, steadyCommand } from "../testing/model/command.ts";
import { createModel, type ModelOptions } from "../testing/model/model.ts";

const numbers: fc.Arbitrary<Numbers> = fc.tuple(fc.nat(999), fc.nat(255), fc.nat(255), fc.nat(999));

/**
 * A run lives through days: a few of them at each test, always the same ones, so that a change is judged by itself; others and thousands
 * where `FC_SEED` and `FC_RUNS` say so.
 */
const numRuns = Number(process.env["FC_RUNS"] ?? 25);
const seed = Number(process.env["FC_SEED"] ?? 42);

async function hold(options: ModelOptions, commands: readonly Command[]): Promise<void> {
  const model = createModel(
    { readings: createMemoryReadingStore(), connections: createMemoryConnectionStore(), close: async () => {} },
    options,
  );
  for (const user of [0, 1, 2]) await model.run({ kind: "connect", owner: 0, user });
  for (const command of commands) await model.run(command);
  await model.heal();
}

const commandsOf = (commandOf: (given: Numbers) => Command) => fc.array(numbers.map(commandOf), { maxLength: 30, size: "max" });

it("whatever befalls its owners, its stores and its bus, nothing that a steady vendor shows is lost, doubled or told out of order", async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), commandsOf(steadyCommand), (seed, commands) => hold({ vendor: "steady", seed }, commands)),
    { numRuns, seed },
  );
});

it("where a vendor changes its mind, its last word stands in the end", async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), commandsOf(restlessCommand), (seed, commands) => hold({ vendor: "restless", seed }, commands)),
    { numRuns, seed },
  );
});

it("a calm world comes to rest", async () => {
  await expect(hold({ vendor: "steady", seed: 1 }, [])).resolves.toBeUndefined();
});
