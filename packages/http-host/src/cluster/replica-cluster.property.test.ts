import fc from "fast-check";
import { expect, it } from "vitest";
import { ALL_SHARDS, HEARTBEAT_MS, type SimulatedReplicas, simulateReplicas } from "../../test/simulated-replicas.ts";

/** `which` is taken among those that live. */
type Step =
  | { readonly kind: "begin" | "kill" | "leave" | "pause" | "go_on"; readonly which: number }
  | { readonly kind: "set_clock"; readonly which: number; readonly aheadMs: number }
  | { readonly kind: "lose_answer"; readonly which: number; readonly end: "retried" | "given_up" }
  | { readonly kind: "store"; readonly isAway: boolean }
  | { readonly kind: "pass"; readonly ms: number };

const which = fc.nat(20);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom("begin" as const, "kill" as const), which }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom("leave" as const, "pause" as const, "go_on" as const), which }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("set_clock" as const), which, aheadMs: fc.constantFrom(0, 20_000, 31_500, -90_000) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("lose_answer" as const),
      which,
      end: fc.constantFrom("retried" as const, "given_up" as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("store" as const), isAway: fc.boolean() }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("pass" as const), ms: fc.integer({ min: 50, max: 3 * HEARTBEAT_MS }) }) },
);

const MOST_REPLICAS = 6;
const RUNS = Number(process.env["FC_RUNS"] ?? 60);

async function live(steps: readonly Step[], latencyMs: number, always: (world: SimulatedReplicas) => void = () => undefined) {
  const world = simulateReplicas(latencyMs);
  world.begin();
  for (const each of steps) {
    const living = world.living();
    const one = "which" in each ? living[each.which % Math.max(1, living.length)] : undefined;
    switch (each.kind) {
      case "begin":
        if (living.length < MOST_REPLICAS) world.begin();
        break;
      case "kill":
        one?.kill();
        break;
      case "leave":
        void one?.leave();
        break;
      case "pause":
        one?.pause();
        break;
      case "go_on":
        one?.goOn();
        break;
      case "set_clock":
        one?.setAhead(each.aheadMs);
        break;
      case "lose_answer":
        one?.loseAnswer(each.end);
        break;
      case "store":
        world.setAway(each.isAway);
        break;
      case "pass":
        await world.pass(each.ms, () => always(world));
        break;
    }
  }
  return world;
}

it("whatever befell them, once all is well each shard has exactly one owner, and nobody who ended stands in the register", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), fc.constantFrom(5, 60, 300), async (steps, latencyMs) => {
      const world = await live(steps, latencyMs);
      world.setAway(false);
      for (const each of world.living()) {
        each.goOn();
        each.setAhead(0);
      }
      // Whoever is leaving has left by then.
      await world.pass(HEARTBEAT_MS);
      if (world.living().length === 0) world.begin();
      // One may have to be noticed by those that were asleep, and then a newcomer be let in.
      await world.pass(6 * HEARTBEAT_MS);
      const owners = ALL_SHARDS.map((shard) => world.ownersOf(shard));
      expect(owners.filter((of) => of.length !== 1)).toEqual([]);
      expect([...world.beats.keys()].sort()).toEqual(
        world
          .living()
          .map(({ name }) => name)
          .sort(),
      );
    }),
    { numRuns: RUNS },
  );
});

it("while the store answers, no two ever own a shard together, whoever comes, goes, dies or sleeps", async () => {
  const steps = fc.array(
    step.filter(({ kind }) => kind !== "store"),
    { minLength: 1, maxLength: 20 },
  );
  await fc.assert(
    fc.asyncProperty(steps, fc.constantFrom(5, 60), async (some, latencyMs) => {
      const neverTwo = (world: SimulatedReplicas) => {
        expect(ALL_SHARDS.filter((shard) => world.ownersOf(shard).length > 1)).toEqual([]);
      };
      const world = await live(some, latencyMs, neverTwo);
      await world.pass(4 * HEARTBEAT_MS, () => neverTwo(world));
    }),
    { numRuns: RUNS },
  );
});
