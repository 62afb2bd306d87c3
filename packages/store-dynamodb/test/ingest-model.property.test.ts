import {
  type Command,
  createModel,
  type ModelOptions,
  type Numbers,
  restlessCommand,
  seededChance,
  steadyCommand,
} from "@bg-ingest/core/testing";
import fc from "fast-check";
import { it } from "vitest";
import { startFaultProxy } from "./fault-proxy.ts";
import { freshTable } from "./fresh-table.ts";
import { onDynamoDb } from "./on-dynamodb.ts";

const numbers: fc.Arbitrary<Numbers> = fc.tuple(fc.nat(999), fc.nat(255), fc.nat(255), fc.nat(999));
/** A run lives through days: one of them at each test, always the same; others and many where `FC_SEED` and `FC_RUNS` say so. */
const numRuns = Number(process.env["FC_RUNS"] ?? 1);
const seed = Number(process.env["FC_SEED"] ?? 42);
/** Some 15,000 requests, one after another. */
const LIFE_MS = 600_000;

/** Beneath all that befalls the owners, one answer of DynamoDB in a hundred is lost, and one request in a hundred throttled. */
async function hold(options: ModelOptions, commands: readonly Command[]): Promise<void> {
  const [table, proxy] = [await freshTable(), await startFaultProxy()];
  const random = seededChance(options.seed);
  proxy.fault = () => (["lose_answer", "throttle"] as const)[Math.floor(random() * 100)] ?? "none";
  const { readings, connections } = table.another({ endpoint: proxy.endpoint });
  const close = () => table.drop().finally(proxy.close);
  const model = createModel({ readings, connections, close }, options);
  for (const user of [0, 1, 2]) await model.run({ kind: "connect", owner: 0, user });
  for (const command of commands) await model.run(command);
  await model.heal().finally(close);
}

const commandsOf = (commandOf: (given: Numbers) => Command) => fc.array(numbers.map(commandOf), { minLength: 10, maxLength: 30 });

onDynamoDb("over DynamoDB too", () => {
  it("nothing is lost, doubled or told out of order, whatever befalls its owners", { timeout: numRuns * LIFE_MS }, async () => {
    const anything = fc.asyncProperty(fc.nat(), commandsOf(steadyCommand), (seed, commands) => hold({ vendor: "steady", seed }, commands));
    await fc.assert(anything, { numRuns, seed, endOnFailure: true });
  });

  it("a vendor's last word stands", { timeout: numRuns * LIFE_MS }, async () => {
    const anything = fc.asyncProperty(fc.nat(), commandsOf(restlessCommand), (seed, commands) =>
      hold({ vendor: "restless", seed }, commands),
    );
    await fc.assert(anything, { numRuns, seed, endOnFailure: true });
  });
});
