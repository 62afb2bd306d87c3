import { type Command, createModel, type ModelOptions, type Numbers, restlessCommand, steadyCommand } from "@bg-ingest/core/testing";
import fc from "fast-check";
import { it } from "vitest";
import { freshTable } from "./fresh-table.ts";
import { onDynamoDb } from "./on-dynamodb.ts";

const numbers: fc.Arbitrary<Numbers> = fc.tuple(fc.nat(999), fc.nat(255), fc.nat(255), fc.nat(999));
/** A run lives through days: a few of them at each test, always the same ones; others and thousands where `FC_SEED` and `FC_RUNS` say so. */
const numRuns = Number(process.env["FC_RUNS"] ?? 2);
const seed = Number(process.env["FC_SEED"] ?? 42);
const TIMEOUT_MS = 1_800_000;

async function hold(options: ModelOptions, commands: readonly Command[]): Promise<void> {
  const { store, drop } = await freshTable();
  const { readings, connections } = store;
  const model = createModel({ readings, connections, close: drop }, options);
  for (const user of [0, 1, 2]) await model.run({ kind: "connect", owner: 0, user });
  for (const command of commands) await model.run(command);
  await model.heal().finally(drop);
}

const commandsOf = (commandOf: (given: Numbers) => Command) => fc.array(numbers.map(commandOf), { maxLength: 30, size: "max" });

onDynamoDb("over DynamoDB too", () => {
  const promises = {
    steady: "nothing is lost, doubled or told out of order, whatever befalls its owners",
    restless: "a vendor's last word stands",
  };
  const commandOf = { steady: steadyCommand, restless: restlessCommand };
  it.each(["steady", "restless"] as const)(
    "%s",
    async (vendor) => {
      const anything = fc.asyncProperty(fc.nat(), commandsOf(commandOf[vendor]), (seed, commands) => hold({ vendor, seed }, commands));
      await fc.assert(anything, { numRuns, seed });
    },
    TIMEOUT_MS,
  );
  void promises;
});
