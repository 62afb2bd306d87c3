import {
  type Command,
  createMemoryConnectionStore,
  createMemoryReadingStore,
  createModel,
  type ModelOptions,
  type Numbers,
  restlessCommand,
  seededChance,
  steadyCommand,
} from "@bg-ingest/core/testing";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { asIfThere, findBroker, ownNamespace } from "./broker.ts";
import { openModelBus } from "./bus-under-model.ts";

const broker = await findBroker();
afterAll(() => broker?.end());

const numbers: fc.Arbitrary<Numbers> = fc.tuple(fc.nat(999), fc.nat(255), fc.nat(255), fc.nat(999));
/** A run lives through days: a few of them at each test, always the same ones; others and many where `FC_SEED` and `FC_RUNS` say so. */
const numRuns = Number(process.env["FC_RUNS"] ?? 5);
const seed = Number(process.env["FC_SEED"] ?? 42);
const LIFE_MS = 300_000;

/** More often than to others, something happens to the bus. */
const befalls: fc.Arbitrary<Command> = fc.constantFrom("there", "away", "halfway", "mute").map((mode) => ({ kind: "bus", mode }));

const commandsOf = (commandOf: (given: Numbers) => Command) =>
  fc.array(fc.oneof({ weight: 4, arbitrary: numbers.map(commandOf) }, { weight: 1, arbitrary: befalls }), { minLength: 10, maxLength: 40 });

describe.skipIf(broker === null)("over RabbitMQ too, whose connections break and whose confirms are lost", () => {
  const { url } = asIfThere(broker);
  let refused = 0;

  async function hold(options: ModelOptions, commands: readonly Command[]): Promise<void> {
    const chance = seededChance(options.seed);
    const bus = await openModelBus(url, ownNamespace(url, 0), chance);
    const stores = { readings: createMemoryReadingStore(), connections: createMemoryConnectionStore(), close: async () => undefined };
    const model = createModel(stores, options, bus);
    for (const user of [0, 1, 2]) await model.run({ kind: "connect", owner: 0, user });
    for (const command of commands) await model.run(command);
    await model.heal().finally(bus.close);
    refused += bus.refused;
  }

  it("nothing is lost, doubled or told out of order, whatever befalls its owners", { timeout: numRuns * LIFE_MS }, async () => {
    const anything = fc.asyncProperty(fc.nat(), commandsOf(steadyCommand), (seed, commands) => hold({ vendor: "steady", seed }, commands));
    await fc.assert(anything, { numRuns, seed, endOnFailure: true });
    expect(refused).toBeGreaterThan(0);
  });

  it("a vendor's last word stands", { timeout: numRuns * LIFE_MS }, async () => {
    const anything = fc.asyncProperty(fc.nat(), commandsOf(restlessCommand), (seed, commands) =>
      hold({ vendor: "restless", seed }, commands),
    );
    await fc.assert(anything, { numRuns, seed, endOnFailure: true });
  });
});
