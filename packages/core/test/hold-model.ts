import fc from "fast-check";
import { createMemoryConnectionStore } from "../src/testing/memory-connection-store.ts";
import { createMemoryReadingStore } from "../src/testing/memory-reading-store.ts";
import type { Command, Numbers } from "../src/testing/model/command.ts";
import { createModel, type ModelOptions } from "../src/testing/model/model.ts";

/** Three people are connected, things befall them, and in the end everything has to be as it should. */
export async function holdModel(options: ModelOptions, commands: readonly Command[]): Promise<void> {
  const model = createModel(
    { readings: createMemoryReadingStore(), connections: createMemoryConnectionStore(), close: async () => {} },
    options,
  );
  for (const user of [0, 1, 2]) await model.run({ kind: "connect", owner: 0, user });
  for (const command of commands) await model.run(command);
  await model.heal();
}

const numbers: fc.Arbitrary<Numbers> = fc.tuple(fc.nat(999), fc.nat(255), fc.nat(255), fc.nat(999));

export function commandsOf(commandOf: (given: Numbers) => Command): fc.Arbitrary<Command[]> {
  return fc.array(numbers.map(commandOf), { maxLength: 30, size: "max" });
}
