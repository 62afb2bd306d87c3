import { describe, expect, it } from "vitest";
import { ANSWER_FAULTS, type FaultName } from "../src/index.ts";
import {
  connected,
  createWorld,
  errorIn,
  getData,
  NOW_MS,
  recordsIn,
  refresh,
  type Tokens,
  tokensOf,
  type World,
  windowPath,
} from "./support/application.ts";

const NOW = NOW_MS / 1000;
const HOUR = 3_600;
const DAY = 86_400;
const PATH = windowPath("egvs", NOW - DAY, NOW);

/** A connected user, and then a fault. */
async function struckBy(fault: FaultName, share = 1, startMs = NOW_MS): Promise<{ readonly world: World; readonly tokens: Tokens }> {
  const world = createWorld({}, startMs);
  const tokens = await connected(world, "ada");
  world.simulator.faults.switchOn(fault, { share });
  return { world, tokens };
}

const TESTED = new Set<string>();
/** Registers a test under the fault that it is about. */
function about(fault: FaultName, promise: string, run: () => Promise<void>): void {
  TESTED.add(fault);
  it(`${fault}: ${promise}`, run);
}

describe("a fault of answers", () => {
  about("unordered", "the records of a page stand in no order, and all are there", async () => {
    const { world, tokens } = await struckBy("unordered");
    const mixed = (await recordsIn(getData(world, tokens, PATH))).map(({ systemTime }) => String(systemTime));
    world.simulator.faults.switchAllOff();
    const ordered = (await recordsIn(getData(world, tokens, PATH))).map(({ systemTime }) => String(systemTime));
    expect(mixed).not.toEqual(ordered);
    expect(mixed.toSorted().toReversed()).toEqual(ordered);
  });

  about("stale_answers", "nothing of the last 45 minutes is there", async () => {
    const { world, tokens } = await struckBy("stale_answers");
    const [newest] = await recordsIn(getData(world, tokens, PATH));
    const at = Date.parse(String(newest?.["systemTime"])) / 1000;
    expect(at).toBeLessThanOrEqual(NOW - HOUR - 45 * 60);
    expect(at).toBeGreaterThan(NOW - HOUR - 51 * 60);
  });

  about("no_data", "an envelope without records, and no range", async () => {
    const { world, tokens } = await struckBy("no_data");
    expect(await recordsIn(getData(world, tokens, PATH))).toEqual([]);
    expect(await (await getData(world, tokens, "dataRange")).json()).toMatchObject({ egvs: null });
  });

  about("broken_pages", "an hour makes every page that touches it unreadable, and no other page", async () => {
    const { world, tokens } = await struckBy("broken_pages", 0.2);
    const isReadable = async (from: number, to: number) =>
      recordsIn(getData(world, tokens, windowPath("egvs", from, to))).then(
        () => true,
        () => false,
      );
    const hours = Array.from({ length: 24 }, (_, hour) => NOW - DAY + hour * HOUR);
    const readable = await Promise.all(hours.map((hour) => isReadable(hour, hour + HOUR)));
    expect(new Set(readable).size).toBe(2);
    expect(await Promise.all(hours.map((hour) => isReadable(hour, hour + HOUR)))).toEqual(readable);
    for (const [index, hour] of hours.entries()) {
      expect(await isReadable(hour - 2 * HOUR, hour + 2 * HOUR)).toBe(
        await Promise.all([-2, -1, 0, 1].map((by) => isReadable(hour + by * HOUR, hour + (by + 1) * HOUR))).then((all) =>
          all.every(Boolean),
        ),
      );
      if (index === 12) break;
    }
  });

  about("cut_pages", "a page ends in its middle, and is whole another time", async () => {
    const { world, tokens } = await struckBy("cut_pages", 0.5);
    const texts = await Promise.all(Array.from({ length: 20 }, async () => (await getData(world, tokens, PATH)).text()));
    expect(new Set(texts).size).toBe(2);
    const [cut = "", whole = ""] = [...new Set(texts)].sort((a, b) => a.length - b.length);
    expect(whole.startsWith(cut)).toBe(true);
    expect(() => JSON.parse(cut)).toThrow();
  });

  about("unauthorized", "401 to requests for data though the token lives, and none to the token endpoint", async () => {
    const { world, tokens } = await struckBy("unauthorized");
    expect((await getData(world, tokens, PATH)).status).toBe(401);
    expect((await refresh(world, tokens.refresh_token)).status).toBe(200);
  });

  about("rate_limited", "429 without a Retry-After", async () => {
    const { world, tokens } = await struckBy("rate_limited");
    const answer = await getData(world, tokens, PATH);
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([429, null]);
  });

  about("rate_limited_seconds", "429 with a Retry-After in seconds", async () => {
    const { world, tokens } = await struckBy("rate_limited_seconds");
    const answer = await getData(world, tokens, PATH);
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([429, "30"]);
  });

  about("rate_limited_oddly", "429 with a Retry-After that nobody should follow to the letter", async () => {
    const { world, tokens } = await struckBy("rate_limited_oddly");
    const answers = await Promise.all(Array.from({ length: 40 }, () => getData(world, tokens, PATH)));
    const waits = new Set(answers.map(({ status, headers }) => `${status} ${headers.get("retry-after")}`));
    expect(waits).toEqual(new Set(["429 86400", "429 0", "429 -30", "429 soon", "429 Tue, 10 Mar 2026 11:00:00 GMT"]));
  });

  about("rate_limited_date", "429 with a Retry-After as an HTTP date ahead of now", async () => {
    const { world, tokens } = await struckBy("rate_limited_date");
    const answer = await refresh(world, tokens.refresh_token);
    const text = answer.headers.get("retry-after") ?? "";
    expect(answer.status).toBe(429);
    expect(text).toMatch(/^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/);
    expect(Date.parse(text)).toBe(NOW_MS + 30_000);
  });

  about("server_errors", "5xx with a page for people, and nothing was done", async () => {
    const { world, tokens } = await struckBy("server_errors");
    const answers = await Promise.all(Array.from({ length: 40 }, () => refresh(world, tokens.refresh_token)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([500, 502, 503, 504]));
    expect(await answers[0]?.text()).toContain("<html>");
    world.simulator.faults.switchAllOff();
    expect((await refresh(world, tokens.refresh_token)).status).toBe(200);
  });

  about("unreachable", "the connection dies, nothing was done and nothing counted", async () => {
    const { world, tokens } = await struckBy("unreachable");
    const { calls } = world.simulator.counters();
    await expect(refresh(world, tokens.refresh_token)).rejects.toThrow(new TypeError("fetch failed"));
    expect(world.simulator.counters().calls).toBe(calls);
    world.simulator.faults.switchAllOff();
    expect((await refresh(world, tokens.refresh_token)).status).toBe(200);
  });

  about("lost_responses", "the connection dies after the refresh token was spent: once more, and the grant ends", async () => {
    const { world, tokens } = await struckBy("lost_responses");
    await expect(refresh(world, tokens.refresh_token)).rejects.toThrow("fetch failed");
    expect(world.simulator.countersOf("ada")).toMatchObject({ refreshes: 1, tokenResponsesLost: 1, familiesRevoked: 0 });
    expect(world.simulator.countersOf("ben").tokenResponsesLost).toBe(0);
    world.simulator.faults.switchAllOff();
    expect(await errorIn(refresh(world, tokens.refresh_token))).toBe("invalid_grant");
    expect(world.simulator.counters()).toMatchObject({ refreshes: 1, tokenResponsesLost: 1, familiesRevoked: 1 });
  });

  it("lost_responses: a lost refusal and lost data are no lost tokens", async () => {
    const { world, tokens } = await struckBy("lost_responses");
    await expect(refresh(world, "no such token")).rejects.toThrow();
    await expect(getData(world, tokens, PATH)).rejects.toThrow();
    expect(world.simulator.counters().tokenResponsesLost).toBe(0);
  });

  about("silent_responses", "the refresh token was spent and no answer comes until the caller gives up", async () => {
    const { world, tokens } = await struckBy("silent_responses");
    await hangsUntilGivenUp(world, tokens);
    expect(world.simulator.countersOf("ada")).toMatchObject({ refreshes: 1, tokenResponsesLost: 1 });
    world.simulator.faults.switchAllOff();
    expect(await errorIn(refresh(world, tokens.refresh_token))).toBe("invalid_grant");
  });

  about("hangs", "no answer until the caller gives up, and nothing was done", async () => {
    const { world, tokens } = await struckBy("hangs");
    await hangsUntilGivenUp(world, tokens);
    world.simulator.faults.switchAllOff();
    expect((await refresh(world, tokens.refresh_token)).status).toBe(200);
  });

  about(
    "nightly_failures",
    "from 02:45 to 03:45 UTC the token endpoint fails in many ways, none of which says that a grant has ended",
    async () => {
      const at = (hour: number, minute: number, second = 0) => Date.UTC(2026, 2, 10, hour, minute, second);
      const statusesAt = async (ms: number) => {
        const { world, tokens } = await struckBy("nightly_failures", 1, ms);
        const answers = await Promise.all(Array.from({ length: 60 }, () => refresh(world, tokens.refresh_token)));
        const bodies = await Promise.all(answers.map((answer) => answer.text()));
        const { refreshes } = world.simulator.counters();
        expect((await getData(world, tokens, "devices")).status).toBe(refreshes === 0 ? 200 : 401);
        return { statuses: new Set(answers.map(({ status }) => status)), bodies, refreshes };
      };
      for (const ms of [at(2, 45), at(3, 44, 59)]) {
        const night = await statusesAt(ms);
        expect([...night.statuses]).toEqual(expect.arrayContaining([200, 400, 401, 503]));
        expect(night.refreshes).toBe(0);
        for (const body of night.bodies) expect(body).not.toMatch(/invalid_|access_token/);
      }
      for (const ms of [at(2, 44, 59), at(3, 45)]) expect((await statusesAt(ms)).refreshes).toBe(1);
    },
  );

  about(
    "odd_error_bodies",
    "an error of the token endpoint has its status and not its form; an answer that is none keeps both",
    async () => {
      const { world, tokens } = await struckBy("odd_error_bodies");
      const answers = await Promise.all(Array.from({ length: 30 }, () => refresh(world, "no such token")));
      const bodies = new Set(await Promise.all(answers.map((answer) => answer.text())));
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([400]));
      expect(bodies.size).toBe(4);
      for (const body of bodies) expect(body).not.toContain("invalid_grant");
      expect(await tokensOf(refresh(world, tokens.refresh_token))).toHaveProperty("access_token");
    },
  );

  it("is tested here, each of them", () => {
    expect([...TESTED].sort()).toEqual(Object.keys(ANSWER_FAULTS).sort());
  });

  it("strikes only the user it was switched on for", async () => {
    const world = createWorld();
    const [ada, ben] = [await connected(world, "ada"), await connected(world, "ben")];
    world.simulator.faults.switchOn("server_errors", { share: 1, user: "ada" });
    expect((await getData(world, ada, PATH)).status).toBeGreaterThanOrEqual(500);
    expect((await refresh(world, ada.refresh_token)).status).toBeGreaterThanOrEqual(500);
    expect((await getData(world, ben, PATH)).status).toBe(200);
    expect((await refresh(world, ben.refresh_token)).status).toBe(200);
  });

  it("strikes within its span of time, and as often as its share says", async () => {
    const world = createWorld();
    const tokens = await connected(world, "ada");
    world.simulator.faults.switchOn("rate_limited", { share: 0.25, from: NOW + 60, to: NOW + 120 });
    const struck = async () => {
      const answers = await Promise.all(Array.from({ length: 400 }, () => getData(world, tokens, "events")));
      return answers.filter(({ status }) => status === 429).length;
    };
    expect(await struck()).toBe(0);
    world.pass(60);
    const within = await struck();
    expect(within).toBeGreaterThan(60);
    expect(within).toBeLessThan(140);
    world.pass(60);
    expect(await struck()).toBe(0);
  });
});

describe("the budget of calls", () => {
  it("is of one application: one call too many in an hour is a 429, counted, and an hour later there is room again", async () => {
    const world = createWorld({ rules: { callsPerHour: 10 } });
    const tokens = await connected(world, "ada");
    const status = async () => (await getData(world, tokens, "devices")).status;
    for (let call = 2; call <= 10; call++) expect(await status()).toBe(200);
    const answer = await getData(world, tokens, "devices");
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([429, null]);
    expect((await refresh(world, tokens.refresh_token)).status).toBe(429);
    expect(world.simulator.counters()).toMatchObject({ calls: 12, refusedOverBudget: 2, worstHourCalls: 12 });
    world.pass(HOUR - 1);
    expect(await status()).toBe(429);
    world.pass(1);
    expect(await status()).toBe(200);
  });

  it("is 60,000 by default", async () => {
    const world = createWorld();
    const tokens = await connected(world, "nora");
    for (let call = 2; call <= 60_000; call++) {
      const { simulator } = world;
      const url = new URL("https://x.test/v3/users/self/dataRange");
      const outcome = simulator.handle({ method: "GET", url, headers: { authorization: `Bearer ${tokens.access_token}` }, body: "" });
      if (outcome.kind !== "answer" || outcome.status !== 200) expect(outcome).toBe("an answer");
    }
    expect((await getData(world, tokens, "dataRange")).status).toBe(429);
  });
});

describe("an error of a data endpoint", () => {
  it("has a body of no fixed form, and some say the token again", async () => {
    const world = createWorld();
    const answers = await Promise.all(
      Array.from({ length: 40 }, () => getData(world, { access_token: "a-token-that-nobody-logs" }, "devices")),
    );
    const bodies = await Promise.all(answers.map((answer) => answer.text()));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]));
    expect(new Set(bodies).size).toBe(5);
    expect(bodies.filter((body) => body.includes("a-token-that-nobody-logs")).length).toBeGreaterThan(5);
  });
});

async function hangsUntilGivenUp(world: World, tokens: Tokens): Promise<void> {
  const gaveUp = new AbortController();
  const body = new URLSearchParams({
    client_id: "simulator-client",
    client_secret: "simulator-secret",
    grant_type: "refresh_token",
    refresh_token: tokens.refresh_token,
  });
  const answer = world.simulator.fetch("https://x.test/v3/oauth2/token", { method: "POST", body, signal: gaveUp.signal });
  const first = await Promise.race([answer, new Promise((resolve) => setImmediate(() => resolve("nothing yet")))]);
  expect(first).toBe("nothing yet");
  gaveUp.abort(new Error("enough"));
  await expect(answer).rejects.toThrow("enough");
}
