import { describe, expect, it } from "vitest";
import { ALL_SHARDS, HEARTBEAT_MS, type SimulatedReplicas, simulateReplicas } from "../../test/simulated-replicas.ts";

async function running(count: number, latencyMs?: number): Promise<SimulatedReplicas> {
  const world = simulateReplicas(latencyMs);
  for (let n = 0; n < count; n++) world.begin();
  await world.pass(2 * HEARTBEAT_MS);
  return world;
}

/** Every shard has one owner. */
function expectShared(world: SimulatedReplicas): void {
  expect(ALL_SHARDS.map((shard) => world.ownersOf(shard).length)).toEqual(ALL_SHARDS.map(() => 1));
}

function expectNeverTwo(world: SimulatedReplicas): () => void {
  return () => expect(ALL_SHARDS.filter((shard) => world.ownersOf(shard).length > 1)).toEqual([]);
}

const sharesOf = (world: SimulatedReplicas) =>
  world.living().map((each) => ALL_SHARDS.filter((shard) => each.ownership(shard) === "own").length);

describe("replicas that share the people out", () => {
  it("one that is alone owns everything as soon as it has announced itself", async () => {
    const world = simulateReplicas();
    world.begin();
    await world.pass(500);
    expect(sharesOf(world)).toEqual([256]);
  });

  it("several that begin at once never own a shard together, and then each has its share", async () => {
    const world = simulateReplicas();
    for (let n = 0; n < 4; n++) world.begin();
    await world.pass(2 * HEARTBEAT_MS, expectNeverTwo(world));
    expectShared(world);
    for (const share of sharesOf(world)) expect(share).toBeGreaterThan(20);
  });

  it("one that comes later is given its share, and nobody owns a shard together with it", async () => {
    const world = await running(3);
    const before = new Map(ALL_SHARDS.map((shard) => [shard, world.ownersOf(shard)[0]]));
    const late = world.begin();
    await world.pass(2 * HEARTBEAT_MS, expectNeverTwo(world));
    expectShared(world);
    for (const shard of ALL_SHARDS) expect([late.name, before.get(shard)]).toContain(world.ownersOf(shard)[0]);
  });

  it.each([10, 100, 400])("one that is killed is replaced within three heartbeats, where the store answers in %i ms", async (latencyMs) => {
    for (let moment = 0; moment < HEARTBEAT_MS; moment += 1_300) {
      const world = await running(4, latencyMs);
      await world.pass(moment);
      world.living()[1]?.kill();
      await world.pass(3 * HEARTBEAT_MS + 4 * latencyMs, expectNeverTwo(world));
      expectShared(world);
      expect(world.beats.size).toBe(3);
    }
  });

  it("one that leaves is replaced within a heartbeat", async () => {
    const world = await running(3);
    await Promise.all([world.living()[0]?.leave(), world.pass(HEARTBEAT_MS, expectNeverTwo(world))]);
    expect(world.living()).toHaveLength(2);
    expectShared(world);
  });

  it("one that slept so long that it was replaced owns nothing when it wakes, and then its share again", async () => {
    const world = await running(3);
    const [sleeper] = world.living();
    sleeper?.pause();
    await world.pass(4 * HEARTBEAT_MS, expectNeverTwo(world));
    expectShared(world);
    sleeper?.goOn();
    expect(ALL_SHARDS.filter((shard) => sleeper?.ownership(shard) === "own")).toEqual([]);
    await world.pass(2 * HEARTBEAT_MS, expectNeverTwo(world));
    expectShared(world);
    expect(sharesOf(world)).toHaveLength(3);
  });

  it.each(["retried", "given_up"] as const)(
    "one that was replaced while it slept, and whose announcement is lost on the way back and then %s, owns nothing that is another's",
    async (then) => {
      for (let moment = 0; moment < HEARTBEAT_MS; moment += 700) {
        const world = await running(3);
        const [sleeper] = world.living();
        await world.pass(moment);
        sleeper?.pause();
        await world.pass(3 * HEARTBEAT_MS + moment / 2);
        sleeper?.loseAnswer(then);
        sleeper?.goOn();
        await world.pass(4 * HEARTBEAT_MS, expectNeverTwo(world));
        expectShared(world);
      }
    },
  );

  it("one that slept while another came is sure of nothing until it has looked", async () => {
    const world = simulateReplicas(5);
    const sleeper = world.begin();
    await world.pass(250);
    sleeper.pause();
    world.begin();
    await world.pass(2 * HEARTBEAT_MS, expectNeverTwo(world));
    sleeper.goOn();
    await world.pass(2 * HEARTBEAT_MS, expectNeverTwo(world));
    expectShared(world);
  });

  it("one that slept for less than two heartbeats goes on with what it had", async () => {
    const world = await running(3);
    const before = ALL_SHARDS.map((shard) => world.ownersOf(shard));
    world.living()[0]?.pause();
    await world.pass(HEARTBEAT_MS, expectNeverTwo(world));
    world.living()[0]?.goOn();
    await world.pass(HEARTBEAT_MS, expectNeverTwo(world));
    expect(ALL_SHARDS.map((shard) => world.ownersOf(shard))).toEqual(before);
  });

  it("a store that is away for long moves nothing, and while it is nobody is sure of anything", async () => {
    const world = await running(4);
    const before = ALL_SHARDS.map((shard) => world.ownersOf(shard));
    for (const each of world.living()) each.heardOf();
    world.setAway(true);
    await world.pass(20 * HEARTBEAT_MS, expectNeverTwo(world));
    for (const each of world.living()) expect(ALL_SHARDS.filter((shard) => each.ownership(shard) === "own")).toEqual([]);
    world.setAway(false);
    await world.pass(2 * HEARTBEAT_MS, expectNeverTwo(world));
    expect(ALL_SHARDS.map((shard) => world.ownersOf(shard))).toEqual(before);
    for (const each of world.living()) expect(each.heardOf()).toEqual([]);
  });

  it.each([31_000, -31_000, 3_600_000])(
    "one whose clock is %i ms off the store's takes no part until it is right, and says so",
    async (ms) => {
      const world = await running(3);
      const [odd] = world.living();
      odd?.setAhead(ms);
      await world.pass(2 * HEARTBEAT_MS, expectNeverTwo(world));
      expect(odd?.cluster.trouble()).toMatch(ms > 0 ? /s ahead of the store's/ : /s behind the store's/);
      expect(ALL_SHARDS.filter((shard) => odd?.ownership(shard) !== "foreign")).toEqual([]);
      expect(world.beats.size).toBe(2);
      expectShared(world);
      odd?.setAhead(0);
      await world.pass(2 * HEARTBEAT_MS, expectNeverTwo(world));
      expect(odd?.cluster.trouble()).toBeNull();
      expect(world.beats.size).toBe(3);
      expectShared(world);
    },
  );

  it("a clock that is somewhat off keeps nobody from taking part", async () => {
    const world = await running(2);
    world.living()[0]?.setAhead(25_000);
    world.living()[1]?.setAhead(-25_000);
    await world.pass(4 * HEARTBEAT_MS);
    for (const { cluster } of world.living()) expect(cluster.trouble()).toBeNull();
    expectShared(world);
  });

  it("what one changes for another, the other hears of within half a heartbeat, once", async () => {
    const world = await running(3);
    const [one] = world.living();
    const shard = ALL_SHARDS.find((each) => one?.ownership(each) === "foreign") as number;
    const owner = world.living().find((each) => each.ownership(shard) === "own");
    for (const each of world.living()) each.heardOf();
    one?.cluster.tell(shard);
    await world.pass(HEARTBEAT_MS / 2 + 400);
    expect(owner?.heardOf()).toEqual([shard]);
    await world.pass(6 * HEARTBEAT_MS);
    for (const each of world.living()) expect(each.heardOf()).toEqual([]);
    expect(world.beats.get(one?.name ?? "")?.notices).toEqual([]);
  });

  it("where replicas do not share all there is, two say that one is too many, and one that follows a dead one does not", async () => {
    const world = simulateReplicas(10, false);
    world.begin();
    await world.pass(2 * HEARTBEAT_MS);
    world.living()[0]?.kill();
    world.begin();
    await world.pass(4 * HEARTBEAT_MS, () => expect(world.living()[0]?.cluster.trouble() ?? "").not.toContain("Another service"));
    world.begin();
    await world.pass(2 * HEARTBEAT_MS);
    for (const { cluster } of world.living()) expect(cluster.trouble()).toContain("Another service uses this table");
    await Promise.all([world.living()[0]?.leave(), world.pass(2 * HEARTBEAT_MS)]);
    expect(world.living().map(({ cluster }) => cluster.trouble())).toEqual([null]);
    expectShared(world);
  });

  it("it speaks once a heartbeat, however many people there are", async () => {
    const world = await running(2);
    const before = world.beats.get("replica-0")?.beat ?? 0;
    await world.pass(20 * HEARTBEAT_MS);
    expect((world.beats.get("replica-0")?.beat ?? 0) - before).toBeLessThanOrEqual(21);
    expect((world.beats.get("replica-0")?.beat ?? 0) - before).toBeGreaterThanOrEqual(18);
  });
});
