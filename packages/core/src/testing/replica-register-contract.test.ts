import { describe, expect, it } from "vitest";
import { brokenPromises } from "../../test/broken-promises.ts";
import type { ReplicaRegister } from "../ports/replica-register.ts";
import { createManualTime } from "./manual-time.ts";
import { createMemoryReplicaRegister } from "./memory-replica-register.ts";
import { type ReplicaRegisterUnderTest, replicaRegisterContract } from "./replica-register-contract.ts";

function underTest(change: (register: ReplicaRegister) => ReplicaRegister = (register) => register): ReplicaRegisterUnderTest {
  const { nowMs: storeNowMs } = createManualTime();
  const port = change(createMemoryReplicaRegister({ nowMs: storeNowMs }));
  return { port, restarted: async () => port, close: async () => undefined, storeNowMs };
}

describe("the register in memory", () => {
  for (const { id, run } of replicaRegisterContract(async () => underTest())) it(id, run);
});

/** Each breaks one promise of a register that otherwise keeps them all. */
const faults: Readonly<Record<string, (register: ReplicaRegister) => ReplicaRegister>> = {
  "keeps the first announcement": (register) => ({
    ...register,
    announce: async (beat, call) => {
      const known = (await register.announced(call))
        .map(({ beats }) => beats.find(({ replica }) => replica === beat.replica))
        .unwrapOr(undefined);
      return register.announce(known ?? beat, call);
    },
  }),
  "takes everybody for new": (register) => ({
    ...register,
    announce: async (beat, call) => (await register.announce(beat, call)).map(() => null),
  }),
  "takes everybody for one that stood there": (register) => ({
    ...register,
    announce: async (beat, call) => (await register.announce(beat, call)).map(() => beat.beat - 1),
  }),
  "says that whoever is to go is gone": (register) => ({
    ...register,
    remove: async (replica, beat, call) => (await register.remove(replica, beat, call)).map(() => "out" as const),
  }),
  "takes out whoever is named": (register) => ({ ...register, remove: (replica, _, call) => register.remove(replica, 1e9, call) }),
  "takes out nobody": (register) => ({ ...register, remove: (_, beat, call) => register.remove("another", beat, call) }),
  "forgets what was noticed": (register) => ({ ...register, announce: (beat, call) => register.announce({ ...beat, notices: [] }, call) }),
  "tells another time": (register) => ({
    ...register,
    announced: async (call) =>
      (await register.announced(call)).map(({ beats, moment }) => ({
        beats,
        moment: { fromMs: moment.fromMs - 60_000, toMs: moment.toMs - 60_000 },
      })),
  }),
};

describe("the contract of a register finds one that", () => {
  it.each(Object.entries(faults))("%s", async (_, fault) => {
    expect(await brokenPromises(replicaRegisterContract(async () => underTest(fault)))).not.toEqual([]);
  });
});
