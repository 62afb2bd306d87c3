import { type Command, createModel, type ModelOptions, type Numbers, restlessCommand, steadyCommand } from "@bg-ingest/core/testing";
import fc from "fast-check";
import { it } from "vitest";
import { memoryStore } from "./memory-store.ts";

const numbers: fc.Arbitrary<Numbers> = fc.tuple(fc.nat(999), fc.nat(255), fc.nat(255), fc.nat(999));
/** A run lives through days: a few of them at each test, always the same ones; others and thousands where `FC_SEED` and `FC_RUNS` say so. */
const numRuns = Number(process.env["FC_RUNS"] ?? 8);
const seed = Number(process.env["FC_SEED"] ?? 42);

async function hold(options: ModelOptions, commands: readonly Command[]): Promise<void> {
  const { readings, connections, close } = memoryStore().store;
  const model = createModel({ readings, connections, close }, options);
  for (const user of [0, 1, 2]) await model.run({ kind: "connect", owner: 0, user });
  for (const command of commands) await model.run(command);
  await model.heal().finally(close);
}

const commandsOf = (commandOf: (given: Numbers) => Command) => fc.array(numbers.map(commandOf), { maxLength: 30, size: "max" });

it("over this store too nothing is lost, doubled or told out of order, whatever befalls its owners", async () => {
  const anything = fc.asyncProperty(fc.nat(), commandsOf(steadyCommand), (seed, commands) => hold({ vendor: "steady", seed }, commands));
  await fc.assert(anything, { numRuns, seed });
});

it("over this store too a vendor's last word stands", async () => {
  const anything = fc.asyncProperty(fc.nat(), commandsOf(restlessCommand), (seed, commands) =>
    hold({ vendor: "restless", seed }, commands),
  );
  await fc.assert(anything, { numRuns, seed });
});
