import { describe, expect, it } from "vitest";
import { FAULTS } from "../src/index.ts";
import { connected, createWorld, getData, NOW_MS, type World } from "./support/application.ts";

const NOW = NOW_MS / 1000;

async function admin({ simulator }: World, method: string, path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}) {
  const init = { method, headers, ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }) };
  const answer = await simulator.fetch(`http://127.0.0.1:8090/admin/${path}`, init);
  return { status: answer.status, body: (await answer.json()) as unknown };
}

describe("the admin routes", () => {
  it("list everybody, and how many grants of theirs live", async () => {
    const world = createWorld();
    await connected(world, "ada");
    const { body } = await admin(world, "GET", "users");
    expect(body).toMatchObject(world.simulator.users.map(({ name }) => ({ name, liveGrants: name === "ada" ? 1 : 0 })));
  });

  it("tell the truth about a user's records, narrowed as asked", async () => {
    const world = createWorld({ faults: { revisions: 1 } });
    const { body } = await admin(
      world,
      "GET",
      "users/ada/records?from=2026-03-09T00:00:00Z&to=2026-03-10T00:00:00Z&asOf=2026-03-20T00:00:00Z",
    );
    const span = { from: Date.UTC(2026, 2, 9) / 1000, to: Date.UTC(2026, 2, 10) / 1000, asOf: Date.UTC(2026, 2, 20) / 1000 };
    expect(body).toEqual(world.simulator.published("ada", span));
  });

  it("take a user's grants back", async () => {
    const world = createWorld();
    const tokens = await connected(world, "ada");
    expect(await admin(world, "POST", "users/ada/revoke")).toEqual({ status: 200, body: { grantsEnded: 1 } });
    expect((await getData(world, tokens, "devices")).status).toBe(401);
  });

  it("plug in a receiver, and refuse where there is none", async () => {
    const world = createWorld();
    const before = world.simulator.published("cleo").length;
    expect((await admin(world, "POST", "users/cleo/upload")).status).toBe(200);
    expect(world.simulator.published("cleo").length).toBeGreaterThan(before);
    expect((await admin(world, "POST", "users/ada/upload")).status).toBe(409);
  });

  it("switch faults on and off", async () => {
    const world = createWorld();
    const rule = { share: 0.5, from: "2026-03-10T12:00:00Z", to: "2026-03-11T01:00:00+01:00", user: "ada" };
    const on = await admin(world, "PUT", "faults/server_errors", rule);
    expect(on.body).toEqual({ fault: "server_errors", share: 0.5, from: NOW, to: NOW + 12 * 3600, user: "ada" });
    expect((await admin(world, "PUT", "faults/hangs")).body).toMatchObject({ share: 0.05, from: NOW, to: null, user: null });
    const listed = await admin(world, "GET", "faults");
    expect(listed.body).toEqual({ faults: FAULTS, rules: world.simulator.faults.rules() });
    await admin(world, "DELETE", "faults/hangs");
    expect(world.simulator.faults.rules().map(({ fault }) => fault)).toEqual(["server_errors"]);
    await admin(world, "DELETE", "faults");
    expect(world.simulator.faults.rules()).toEqual([]);
  });

  it("tell what was counted, of all and of one", async () => {
    const world = createWorld();
    await connected(world, "ada");
    expect((await admin(world, "GET", "counters")).body).toEqual(world.simulator.counters());
    expect((await admin(world, "GET", "counters?user=ben")).body).toMatchObject({ codesExchanged: 0 });
  });

  it("set the clock", async () => {
    const world = createWorld();
    const set = await admin(world, "PUT", "clock", { offsetSeconds: 86_400, speed: 60 });
    expect(set.body).toEqual({ now: "2026-03-11T12:00:00.000Z", offsetSeconds: 86_400, speed: 60 });
    world.pass(10);
    expect((await admin(world, "GET", "clock")).body).toMatchObject({ now: "2026-03-11T12:10:00.000Z", speed: 60 });
  });

  it.each([
    ["GET", "nothing", undefined, 404],
    ["GET", "users/nobody/records", undefined, 404],
    ["PUT", "faults/no_such_fault", {}, 404],
    ["PUT", "faults/__proto__", {}, 404],
    ["DELETE", "users", undefined, 404],
    ["PUT", "faults/hangs", { share: 2 }, 400],
    ["PUT", "faults/hangs", { from: "2026-03-10T12:00:00" }, 400],
    ["PUT", "faults/hangs", { shar: 1 }, 400],
    ["PUT", "faults/hangs", "{", 400],
    ["PUT", "faults/hangs", "[1]", 400],
    ["PUT", "clock", { speed: -1 }, 400],
    ["GET", "users/ada/records?form=x", undefined, 400],
    ["GET", "counters?user=nobody", undefined, 404],
    ["PUT", "faults/hangs", { user: "nobody" }, 404],
    ["DELETE", "faults/hangs?user=nobody", undefined, 404],
  ] as const)("refuse %s %s %j with words and change nothing", async (method, path, body, status) => {
    const world = createWorld();
    const refused = await admin(world, method, path, body);
    expect(refused).toEqual({ status, body: { error: expect.stringMatching(/\w{3}/) } });
    expect(world.simulator.faults.rules()).toEqual([]);
    expect(world.simulator.clock.setting()).toEqual({ speed: 1, offsetMs: 0 });
  });

  it("let no page of a browser change anything", async () => {
    const world = createWorld();
    const refused = await admin(world, "POST", "users/ada/revoke", undefined, { origin: "https://stranger.test" });
    expect(refused.status).toBe(403);
  });

  it("work whatever faults are on", async () => {
    const world = createWorld({ faults: { unreachable: 1, server_errors: 1, hangs: 1 } });
    expect((await admin(world, "GET", "counters")).status).toBe(200);
    expect((await world.simulator.fetch("http://127.0.0.1:8090/")).status).toBe(200);
  });
});
