import { createHash } from "node:crypto";
import { err } from "neverthrow";
import { describe, expect, it } from "vitest";
import { anna, calm, createIngestBench, type IngestBench } from "../../test/ingest-bench.ts";
import { createIngest } from "../ingest/ingest.ts";
import type { Call } from "../ports/call.ts";
import type { OAuthCapability, ProviderError } from "../ports/cgm-provider.ts";
import type { LoadedProvider } from "../ports/loaded-provider.ts";
import type { BudgetedUser, RateBudget } from "../ports/rate-budget.ts";
import type { ProviderName, UserId } from "../reading/identifiers.ts";
import { createMemoryAuthorizationStore } from "../testing/memory-authorization-store.ts";
import { disconnectSource } from "./disconnect.ts";
import { finishOAuth, type OAuthDeps, startOAuth } from "./oauth.ts";
import { openSecrets } from "./secrets.ts";

const COOKIE = "the-cookie-of-annas-browser-43-characters-x";
const digest = (text: string) => createHash("sha256").update(text).digest("hex");

type Exchanged = Parameters<OAuthCapability["exchangeCode"]>[0];

/** A vendor that asks for consent, and how often a code was exchanged with it. */
function consenting({ pkce = true } = {}) {
  const bench = createIngestBench({ capabilities: ["oauth", "poll"] });
  const { oauth } = bench.world.loaded.provider;
  if (oauth === undefined) throw new Error("no oauth");
  const authorized: Parameters<OAuthCapability["authorizationUrl"]>[0][] = [];
  const exchanged: Exchanged[] = [];
  let refusal: ProviderError | null = null;
  let meanwhile: () => Promise<void> = async () => undefined;
  const { authorizationUrl, exchangeCode } = oauth;
  Object.assign(oauth, {
    pkce,
    authorizationUrl: (request: (typeof authorized)[number]) => {
      authorized.push(request);
      return refusal === null ? authorizationUrl(request) : err(refusal);
    },
    exchangeCode: async (request: Exchanged, call: Call) => {
      exchanged.push(request);
      await meanwhile();
      return refusal === null ? exchangeCode(request, call) : err(refusal);
    },
  });
  let waitMs = 0;
  const asked: BudgetedUser[] = [];
  const budget: RateBudget = {
    take: async ({ provider, userId }, purpose) => {
      if (purpose === "connect") asked.push({ provider, userId });
      return waitMs === 0 ? { kind: "granted" } : { kind: "wait", waitMs };
    },
  };
  let states = 0;
  const authorizations = createMemoryAuthorizationStore();
  const deps: OAuthDeps = { ...bench.connect, budget, authorizations, digest, newState: () => `state-${++states}-${"x".repeat(40)}` };
  return {
    bench,
    deps,
    authorized,
    exchanged,
    asked,
    /** No calls are left for so long; 0: there are. */
    runShort: (forMs: number) => {
      waitMs = forMs;
    },
    refuse: (error: ProviderError | null) => {
      refusal = error;
    },
    whileExchanging: (act: () => Promise<void>) => {
      meanwhile = act;
    },
    start: (user = anna, browserSecret = COOKIE) => startOAuth(deps, user, bench.world.loaded, { browserSecret }, calm),
    finish: (query: Record<string, string>, browserSecret = COOKIE, loaded: LoadedProvider = bench.world.loaded) =>
      finishOAuth(deps, loaded, { callbackUrl: callbackUrl(query), browserSecret }, calm),
  };
}

const callbackUrl = (query: Record<string, string>) => new URL(`https://here.example/callback?${new URLSearchParams(query)}`);

const recordsOf = async (bench: IngestBench) => (await bench.connections.recordsOf(anna, calm))._unsafeUnwrap();

describe("connecting by consent", () => {
  it("sends the person to the vendor, and makes a source of what they come back with", async () => {
    const { bench, start, finish, exchanged } = consenting();
    const { authorizationUrl, state, expiresAt } = (await start())._unsafeUnwrap();
    expect([authorizationUrl.host, authorizationUrl.searchParams.get("state")]).toEqual(["vendor.example", state]);
    expect(expiresAt).toBe(bench.now() + 600);
    bench.pass(599);
    const { record } = (await finish({ state, code: "anna" }))._unsafeUnwrap();
    expect(record).toMatchObject({ phase: "connected", accountId: "anna" });
    expect((await openSecrets(bench.connect, record, calm))._unsafeUnwrap()).toMatchObject({
      credentials: bench.world.grantOf("anna").credentials,
      obtainedAt: bench.now(),
    });
    expect(exchanged).toHaveLength(1);
  });

  it("proves by PKCE that it is the one that began, with nothing secret kept in between", async () => {
    const { start, finish, authorized, exchanged } = consenting();
    const { state } = (await start())._unsafeUnwrap();
    (await finish({ state, code: "anna" }))._unsafeUnwrap();
    const { codeVerifier } = exchanged[0] as Exchanged;
    expect(codeVerifier).toMatch(/^[A-Za-z0-9._~-]{43,128}$/);
    expect(authorized[0]?.codeChallenge).toBe(createHash("sha256").update(String(codeVerifier)).digest("base64url"));
    expect(codeVerifier).not.toContain(COOKIE);
  });

  it("does without PKCE where the provider does not declare it", async () => {
    const { start, finish, authorized, exchanged } = consenting({ pkce: false });
    const { state } = (await start())._unsafeUnwrap();
    (await finish({ state, code: "anna" }))._unsafeUnwrap();
    expect([authorized[0]?.codeChallenge, exchanged[0]?.codeVerifier]).toEqual([null, null]);
  });

  it("keeps a source that lives, its id and its readings", async () => {
    const { bench, start, finish } = consenting();
    const first = (await finish({ state: (await start())._unsafeUnwrap().state, code: "anna" }))._unsafeUnwrap();
    const again = (await finish({ state: (await start())._unsafeUnwrap().state, code: "anna" }))._unsafeUnwrap();
    expect(again.record.sourceId).toBe(first.record.sourceId);
    expect(await recordsOf(bench)).toHaveLength(1);
  });

  it("brings a disconnected source back to life", async () => {
    const { bench, start, finish } = consenting();
    const { record } = (await finish({ state: (await start())._unsafeUnwrap().state, code: "anna" }))._unsafeUnwrap();
    (await disconnectSource(bench.connections, anna, record.provider, bench.now(), calm))._unsafeUnwrap();
    const { state } = (await start())._unsafeUnwrap();
    expect((await finish({ state, code: "anna" }))._unsafeUnwrap().record).toMatchObject({ sourceId: record.sourceId, phase: "connected" });
  });
});

describe("an authorisation that comes back", () => {
  const refused: readonly (readonly [string, (given: ReturnType<typeof consenting>, state: string) => unknown, string])[] = [
    ["with a state that nobody gave out", ({ finish }) => finish({ state: "made-up", code: "anna" }), "not_begun_here"],
    ["without a state", ({ finish }) => finish({ code: "anna" }), "not_begun_here"],
    ["in another browser", ({ finish }, state) => finish({ state, code: "anna" }, "another cookie"), "another_browser"],
    ["in a browser without the cookie", ({ finish }, state) => finish({ state, code: "anna" }, ""), "another_browser"],
    ["with a no", ({ finish }, state) => finish({ state, error: "access_denied" }), "denied"],
    [
      "to another provider",
      ({ finish, bench }, state) => finish({ state, code: "anna" }, COOKIE, { ...bench.world.loaded, name: "other" as ProviderName }),
      "not_begun_here",
    ],
    [
      "after ten minutes",
      ({ finish, bench }, state) => {
        bench.pass(600);
        return finish({ state, code: "anna" });
      },
      "not_begun_here",
    ],
    [
      "with a code that the vendor refuses",
      ({ finish, refuse }, state) => {
        refuse({ kind: "reconnect", message: "The code was used before." });
        return finish({ state, code: "anna" });
      },
      "provider",
    ],
  ];

  it.each(refused)("%s is refused, leaves nothing behind, and its state is used up", async (_, act, kind) => {
    const given = consenting();
    const { state } = (await given.start())._unsafeUnwrap();
    const answer = (await act(given, state)) as Awaited<ReturnType<typeof given.finish>>;
    expect(answer._unsafeUnwrapErr().kind).toBe(kind);
    expect(await recordsOf(given.bench)).toEqual([]);
    if (kind !== "provider") expect(given.exchanged).toEqual([]);
    given.refuse(null);
    if (answer._unsafeUnwrapErr().kind !== "not_begun_here")
      expect((await given.finish({ state, code: "anna" }))._unsafeUnwrapErr().kind).toBe("not_begun_here");
  });

  it.each(refused)("%s leaves a source that lives as it was", async (_, act) => {
    const given = consenting();
    const { record } = await given.bench.connected();
    const before = [await recordsOf(given.bench), (await given.bench.connections.secretsOf(record, calm))._unsafeUnwrap()];
    const { state } = (await given.start())._unsafeUnwrap();
    expect(((await act(given, state)) as Awaited<ReturnType<typeof given.finish>>).isErr()).toBe(true);
    expect([await recordsOf(given.bench), (await given.bench.connections.secretsOf(record, calm))._unsafeUnwrap()]).toEqual(before);
  });

  it("twice is good once, at the same moment too", async () => {
    const { start, finish, exchanged } = consenting();
    const { state } = (await start())._unsafeUnwrap();
    const both = await Promise.all([finish({ state, code: "anna" }), finish({ state, code: "anna" })]);
    expect(both.map((each) => (each.isOk() ? "connected" : each.error.kind)).toSorted()).toEqual(["connected", "not_begun_here"]);
    expect((await finish({ state, code: "anna" }))._unsafeUnwrapErr().kind).toBe("not_begun_here");
    expect(exchanged).toHaveLength(1);
  });

  it("with another vendor account is refused", async () => {
    const { bench, start, finish } = consenting();
    await bench.connected();
    const { state } = (await start())._unsafeUnwrap();
    expect((await finish({ state, code: "somebody else" }))._unsafeUnwrapErr().kind).toBe("another_account");
  });

  it("for a source that was erased since brings nobody back", async () => {
    const { bench, start, finish } = consenting();
    await bench.connected();
    const { state } = (await start())._unsafeUnwrap();
    (await bench.ingest.erase(anna, calm))._unsafeUnwrap();
    expect((await finish({ state, code: "anna" }))._unsafeUnwrapErr().kind).toBe("another_source");
    expect(await recordsOf(bench)).toMatchObject([{ phase: "erased" }]);
  });

  it("for a source that was disconnected since connects nobody against their will", async () => {
    const { bench, start, finish } = consenting();
    const { record } = await bench.connected();
    const { state } = (await start())._unsafeUnwrap();
    bench.pass(2);
    (await disconnectSource(bench.connections, anna, record.provider, bench.now(), calm))._unsafeUnwrap();
    expect((await finish({ state, code: "anna" }))._unsafeUnwrapErr().kind).toBe("another_source");
    expect(await recordsOf(bench)).toMatchObject([{ phase: "disconnected" }]);
  });

  it("for a source that was erased while the code was exchanged brings nobody back", async () => {
    const { bench, start, finish, whileExchanging } = consenting();
    await bench.connected();
    const { state } = (await start())._unsafeUnwrap();
    whileExchanging(async () => void (await bench.ingest.erase(anna, calm))._unsafeUnwrap());
    expect((await finish({ state, code: "anna" }))._unsafeUnwrapErr().kind).toBe("another_source");
    expect(await recordsOf(bench)).toMatchObject([{ phase: "erased" }]);
  });

  it("for a person of whom nothing was known, and who was erased while the code was exchanged, connects nobody", async () => {
    const { bench, deps, start, finish, whileExchanging } = consenting();
    const { state } = (await start())._unsafeUnwrap();
    const erasing = createIngest({ ...bench.deps, authorizations: deps.authorizations });
    const answers: unknown[] = [];
    whileExchanging(async () => void answers.push((await erasing.erase(anna, calm))._unsafeUnwrap()));
    expect((await finish({ state, code: "anna" }))._unsafeUnwrapErr().kind).toBe("another_source");
    expect(answers).toEqual(["erased"]);
    expect((await recordsOf(bench)).filter(({ phase }) => phase !== "erased")).toEqual([]);
  });

  it("goes through although it was begun while another one was being finished that failed", async () => {
    const { bench, start, finish, refuse, whileExchanging } = consenting();
    const { state } = (await start())._unsafeUnwrap();
    let second = "";
    whileExchanging(async () => {
      second ||= (await start())._unsafeUnwrap().state;
      refuse({ kind: "retry", message: "Busy." });
    });
    expect((await finish({ state, code: "anna" })).isErr()).toBe(true);
    whileExchanging(async () => undefined);
    refuse(null);
    expect((await finish({ state: second, code: "anna" }))._unsafeUnwrap().record.phase).toBe("connected");
    expect(await recordsOf(bench)).toHaveLength(1);
  });

  it.each(["before", "while"])(
    "goes through although it was begun %s another one was, whose credentials could not be stored",
    async (when) => {
      const { bench, deps, start, finish, whileExchanging } = consenting();
      const { vault } = deps;
      let second = when === "before" ? (await start())._unsafeUnwrap().state : "";
      const { state } = (await start())._unsafeUnwrap();
      Object.assign(deps, { vault: { ...vault, seal: async () => err({ kind: "stop", message: "It cannot be sealed." } as const) } });
      whileExchanging(async () => {
        second ||= (await start())._unsafeUnwrap().state;
      });
      // What it stored is still there to be swept.
      const { removeRecord } = deps.connections;
      Object.assign(deps.connections, { removeRecord: async () => err({ kind: "retry", message: "away" } as const) });
      bench.pass(5);
      expect((await finish({ state, code: "anna" }))._unsafeUnwrapErr().kind).toBe("store");
      expect(await recordsOf(bench)).toMatchObject([{ phase: "erased" }]);
      Object.assign(deps, { vault });
      Object.assign(deps.connections, { removeRecord });
      expect((await finish({ state: second, code: "anna" }))._unsafeUnwrap().record.phase).toBe("connected");
    },
  );

  it("for a source that was disconnected, after another consent died in the middle of it, goes through", async () => {
    const { bench, deps, start, finish } = consenting();
    const { record } = await bench.connected();
    (await disconnectSource(bench.connections, anna, record.provider, bench.now(), calm))._unsafeUnwrap();
    bench.pass(60);
    const died = new Error("died");
    const { checkpoint } = deps;
    Object.assign(deps, {
      checkpoint: () => {
        throw died;
      },
    });
    await expect(finish({ state: (await start())._unsafeUnwrap().state, code: "anna" })).rejects.toBe(died);
    Object.assign(deps, { checkpoint });
    bench.pass(3_500);
    const { state } = (await start())._unsafeUnwrap();
    bench.pass(300);
    bench.ingest.forget(record.sourceId);
    await bench.run(record, 60);
    expect((await bench.record()).phase).toBe("disconnected");
    expect((await finish({ state, code: "anna" }))._unsafeUnwrap().record).toMatchObject({ sourceId: record.sourceId, phase: "connected" });
  });

  it("is told to nobody on the bus before it has come through", async () => {
    const { bench, start, finish, refuse, whileExchanging } = consenting();
    const { state } = (await start())._unsafeUnwrap();
    whileExchanging(async () => {
      const begun = await bench.record();
      expect(begun.phase).toBe("connecting");
      await bench.ingest.tend(begun, "live", calm);
      refuse({ kind: "reconnect", message: "The code is wrong." });
    });
    expect((await finish({ state, code: "anna" })).isErr()).toBe(true);
    expect(bench.bus.taken).toEqual([]);
  });

  it("with a code that the vendor refuses leaves nothing of somebody who was not there before", async () => {
    const { bench, start, finish, refuse } = consenting();
    const { state } = (await start())._unsafeUnwrap();
    refuse({ kind: "reconnect", message: "The code is wrong." });
    expect((await finish({ state, code: "anna" }))._unsafeUnwrapErr().kind).toBe("provider");
    expect(await recordsOf(bench)).toEqual([]);
  });

  it("for a person who had no source then and was connected and erased since brings nobody back", async () => {
    const { bench, start, finish } = consenting();
    const { state } = (await start())._unsafeUnwrap();
    bench.pass(10);
    await bench.connected();
    (await bench.ingest.erase(anna, calm))._unsafeUnwrap();
    expect((await finish({ state, code: "anna" }))._unsafeUnwrapErr().kind).toBe("another_source");
  });

  it("for one source never becomes another's", async () => {
    const { bench, start, finish } = consenting();
    const { state } = (await start())._unsafeUnwrap();
    const { record } = await bench.connected();
    expect((await finish({ state, code: "anna" }))._unsafeUnwrapErr().kind).toBe("another_source");
    expect((await bench.record()).sourceId).toBe(record.sourceId);
  });

  it("of which the start was still being stored when the person was erased was told to nobody", async () => {
    const { bench, deps, start } = consenting();
    const { loaded } = bench.world;
    await bench.connected();
    const { begin } = deps.authorizations;
    Object.assign(deps.authorizations, {
      begin: async (...given: Parameters<typeof begin>) => {
        (await createIngest({ ...bench.deps, authorizations: deps.authorizations }).erase(anna, calm))._unsafeUnwrap();
        return begin(...given);
      },
    });
    const other = { ...loaded, name: "other" as ProviderName };
    const started = await startOAuth(deps, anna, other, { browserSecret: COOKIE }, calm);
    expect(started._unsafeUnwrapErr()).toEqual({ kind: "another_source" });
    expect((await start()).isOk()).toBe(true);
  });

  it("for a person who was erased within the same second is not known any more", async () => {
    const { bench, deps, start, finish } = consenting();
    await bench.connected();
    const { state } = (await start())._unsafeUnwrap();
    const erasing = createIngest({ ...bench.deps, authorizations: deps.authorizations });
    (await erasing.erase(anna, calm))._unsafeUnwrap();
    expect((await finish({ state, code: "anna" }))._unsafeUnwrapErr().kind).toBe("not_begun_here");
  });

  it("does not disturb what the same person begins anew after an erase", async () => {
    const { bench, start, finish } = consenting();
    const { record } = await bench.connected();
    (await bench.ingest.erase(anna, calm))._unsafeUnwrap();
    const { state } = (await start())._unsafeUnwrap();
    const again = (await finish({ state, code: "anna" }))._unsafeUnwrap();
    expect(again.record.phase).toBe("connected");
    expect(again.record.sourceId).not.toBe(record.sourceId);
  });
});

describe("a consent that comes back while no calls are left", () => {
  it("holds: nothing is asked, and the same callback comes through once there are some", async () => {
    const { bench, start, finish, runShort, exchanged, asked } = consenting();
    const { state } = (await start())._unsafeUnwrap();
    expect(asked).toEqual([]);
    runShort(12_000);
    for (let i = 0; i < 3; i++) {
      expect((await finish({ state, code: "anna" }))._unsafeUnwrapErr()).toEqual({ kind: "come_again", waitMs: 12_000 });
      bench.pass(12);
    }
    expect([exchanged, await recordsOf(bench)]).toEqual([[], []]);
    runShort(0);
    expect((await finish({ state, code: "anna" }))._unsafeUnwrap().record.phase).toBe("connected");
    expect(asked).toEqual(Array(4).fill({ provider: bench.world.loaded.name, userId: anna }));
    expect((await finish({ state, code: "anna" }))._unsafeUnwrapErr().kind).toBe("not_begun_here");
  });

  it.each([
    ["its code would be too old by then", 0, 45_001],
    ["it would have expired by then", 590, 10_000],
  ])("is begun anew if %s", async (_, passed, waitMs) => {
    const { bench, start, finish, runShort, exchanged } = consenting();
    const { state } = (await start())._unsafeUnwrap();
    bench.pass(passed);
    runShort(waitMs);
    expect((await finish({ state, code: "anna" }))._unsafeUnwrapErr()).toEqual({ kind: "short_of_calls", waitMs });
    runShort(0);
    expect((await finish({ state, code: "anna" }))._unsafeUnwrapErr().kind).toBe("not_begun_here");
    expect([exchanged, await recordsOf(bench)]).toEqual([[], []]);
  });

  it("costs nobody else any calls: what is forged, denied or of another browser asks for none", async () => {
    const { start, finish, asked } = consenting();
    for (const query of [{ code: "anna" }, { error: "access_denied" }]) {
      for (const cookie of [COOKIE, "another"]) {
        const { state } = (await start())._unsafeUnwrap();
        expect((await finish({ ...query, state: "forged" }, cookie)).isErr()).toBe(true);
        if (cookie !== COOKIE || "error" in query) expect((await finish({ ...query, state }, cookie)).isErr()).toBe(true);
      }
    }
    expect(asked).toEqual([]);
  });

  it.each([
    ["somebody who was connected", true],
    ["somebody who never was", false],
  ])("brings back nobody who was erased meanwhile: %s", async (_, isKnown) => {
    const { bench, deps, start, finish, runShort } = consenting();
    if (isKnown) await bench.connected();
    const { state } = (await start())._unsafeUnwrap();
    const { take } = deps.budget;
    const erasing = createIngest({ ...bench.deps, authorizations: deps.authorizations });
    Object.assign(deps.budget, {
      take: async (...given: Parameters<typeof take>) => {
        (await erasing.erase(anna, calm))._unsafeUnwrap();
        return take(...given);
      },
    });
    runShort(12_000);
    expect((await finish({ state, code: "anna" }))._unsafeUnwrapErr().kind).toBe("come_again");
    runShort(0);
    expect((await finish({ state, code: "anna" }))._unsafeUnwrapErr().kind).toBe("not_begun_here");
    expect((await recordsOf(bench)).map(({ phase }) => phase)).toEqual(isKnown ? ["erased"] : []);
  });
});

describe("what is begun", () => {
  it("is kept by digests only", async () => {
    const { deps, start } = consenting();
    const kept: unknown[] = [];
    const { begin } = deps.authorizations;
    Object.assign(deps.authorizations, {
      begin: (...given: Parameters<typeof begin>) => {
        kept.push(given[0]);
        return begin(...given);
      },
    });
    const { state } = (await start())._unsafeUnwrap();
    expect(kept).toHaveLength(1);
    for (const secret of [state, COOKIE]) expect(JSON.stringify(kept)).not.toContain(secret);
  });

  it("is not begun where the provider has no such way, or cannot say where to send the person", async () => {
    const { bench, deps, start, refuse } = consenting();
    refuse({ kind: "stop", message: "no client id" });
    expect((await start())._unsafeUnwrapErr()).toMatchObject({ kind: "provider" });
    const { oauth: _, ...provider } = bench.world.loaded.provider;
    const loaded = { ...bench.world.loaded, provider };
    expect((await startOAuth(deps, anna, loaded, { browserSecret: COOKIE }, calm))._unsafeUnwrapErr().kind).toBe("no_such_way");
    const finished = await finishOAuth(deps, loaded, { callbackUrl: callbackUrl({ state: "x" }), browserSecret: COOKIE }, calm);
    expect(finished._unsafeUnwrapErr().kind).toBe("no_such_way");
  });

  it("waits while the store is away, and can be begun again", async () => {
    const { bench, start } = consenting();
    bench.storeMode = "away";
    expect((await start())._unsafeUnwrapErr().kind).toBe("store");
    bench.storeMode = "there";
    expect((await start()).isOk()).toBe(true);
  });

  it("belongs to one person: another one's browser finishes nothing of it", async () => {
    const { bench, start, finish } = consenting();
    const [hers, his] = [(await start(anna, "hers"))._unsafeUnwrap(), (await start("ben" as UserId, "his"))._unsafeUnwrap()];
    expect((await finish({ state: hers.state, code: "anna" }, "his"))._unsafeUnwrapErr().kind).toBe("another_browser");
    expect((await finish({ state: his.state, code: "ben" }, "his"))._unsafeUnwrap().record.userId).toBe("ben");
    expect(await recordsOf(bench)).toEqual([]);
  });
});
