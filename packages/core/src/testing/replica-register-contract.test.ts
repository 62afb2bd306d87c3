import { describe, it } from "vitest";
import { among, type CaughtBy, expectCaught, expectEveryCaseFails, only } from "../../test/broken-promises.ts";
import type { ReplicaRegister } from "../ports/replica-register.ts";
import { createManualTime } from "./manual-time.ts";
import { createMemoryReplicaRegister } from "./memory-replica-register.ts";
import { type ReplicaRegisterUnderTest, replicaRegisterContract } from "./replica-register-contract.ts";
import { calm } from "./samples.ts";

function underTest(change: (register: ReplicaRegister) => ReplicaRegister = (register) => register): ReplicaRegisterUnderTest {
  const { nowMs: storeNowMs } = createManualTime();
  const port = change(createMemoryReplicaRegister({ nowMs: storeNowMs }));
  return { port, restarted: async () => port, close: async () => undefined, storeNowMs };
}

describe("the register in memory", () => {
  for (const { id, run } of replicaRegisterContract(async () => underTest())) it(id, run);
});

/** Each breaks one promise of a register that otherwise keeps them all. */
const faults = {
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
  "knows somebody whom nobody announced": (register) => ({
    ...register,
    announced: async (call) =>
      (await register.announced(call)).map(({ beats, moment }) => ({ beats: [...beats, { replica: "a", beat: 0, notices: [] }], moment })),
  }),
  "tells one page": (register) => ({
    ...register,
    announced: async (call) => (await register.announced(call)).map(({ beats, moment }) => ({ beats: beats.slice(0, 32), moment })),
  }),
  "ignores the signal": (register) => ({
    announce: (beat) => register.announce(beat, calm),
    announced: () => register.announced(calm),
    remove: (replica, beat) => register.remove(replica, beat, calm),
  }),
} satisfies Readonly<Record<string, (register: ReplicaRegister) => ReplicaRegister>>;

/** The case that names each of them. */
const caughtBy: Readonly<Record<keyof typeof faults, CaughtBy>> = {
  "keeps the first announcement": among("who announced itself is found as it is now"),
  "takes everybody for new": only("who announces itself hears with which beat it stood there until then"),
  "takes everybody for one that stood there": only("who announces itself hears with which beat it stood there until then"),
  "says that whoever is to go is gone": only("who has announced itself again since is not taken out"),
  "takes out whoever is named": only("who has announced itself again since is not taken out"),
  "takes out nobody": among("who is taken out is not found, and may come back"),
  "forgets what was noticed": only("who announced itself is found as it is now"),
  "tells another time": only("the store tells its own time"),
  "knows somebody whom nobody announced": among("nobody is announced at first"),
  "tells one page": only("many announce themselves at once, and none is missed"),
  "ignores the signal": only("a cancelled call is answered by an error and changes nothing"),
};

describe("the contract of a register finds one that", () => {
  it.each(Object.entries(faults))("%s", async (fault, breaking) => {
    await expectCaught(
      replicaRegisterContract(async () => underTest(breaking)),
      caughtBy[fault as keyof typeof faults],
    );
  });

  it("breaks any of its cases", async () => {
    await expectEveryCaseFails(Object.values(faults).map((breaking) => replicaRegisterContract(async () => underTest(breaking))));
  });
});
