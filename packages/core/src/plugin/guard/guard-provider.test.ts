import { err, ok, type Result } from "neverthrow";
import { describe, expect, it } from "vitest";
import { delayBy } from "../../../test/delay-by.ts";
import type { RawReading } from "../../normalize/raw-reading.ts";
import type { Call } from "../../ports/call.ts";
import type { CgmProvider, PageRequest, ProviderError, ProviderPage } from "../../ports/cgm-provider.ts";
import type { LogFields } from "../../ports/logger.ts";
import type { ProviderName } from "../../reading/identifiers.ts";
import type { Instant } from "../../reading/instant.ts";
import { createManualTime } from "../../testing/manual-time.ts";
import { guardProvider } from "./guard-provider.ts";

const request: PageRequest = {
  window: { from: 1_745_000_000 as Instant, to: 1_745_003_600 as Instant },
  credentials: { value: "token", expiresAt: null },
};
const reading: RawReading = { time: "2025-04-26T14:30:00Z", value: 110, unit: "mg/dL" };
const pageOf = (...readings: readonly unknown[]) => ok({ readings, rejected: [], accountId: null });
const never = new Promise<never>(() => undefined);
const retry: ProviderError = { kind: "retry", message: "busy", retryAfterMs: 1_000 };

function guarded(provider: object, limits = { pagesPerCall: 3, recordsPerCall: 10, charactersPerCall: 1_000 }) {
  const time = createManualTime();
  const logged: LogFields[] = [];
  const note = (fields: LogFields) => void logged.push(fields);
  const caller = new AbortController();
  const guard = {
    provider: "acme" as ProviderName,
    deadlineMs: 30_000,
    limits,
    delay: delayBy(time),
    logger: { debug: note, info: note, warn: note, error: note },
  };
  return { time, logged, caller, call: { signal: caller.signal }, provider: guardProvider(provider as CgmProvider, guard) };
}

type Item = Result<ProviderPage, ProviderError>;

async function items(pages: AsyncIterable<Item>): Promise<readonly Item[]> {
  const all: Item[] = [];
  for await (const item of pages) all.push(item);
  return all;
}

function pagesFrom({ poll }: CgmProvider, call: Call): AsyncIterable<Item> {
  if (poll === undefined) throw new Error("the provider under test polls");
  return poll.fetchPages(request, call);
}

const withPages = (fetchPages: unknown) => ({ poll: { fetchPages } });

/** Lets everything happen that needs no time to pass. */
async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}

describe("a guarded call", () => {
  const refreshWith = (refresh: unknown) => guarded({ oauth: { pkce: true, refresh } });

  it("passes a good answer on", async () => {
    const { provider, call, logged } = refreshWith(async () => ok({ value: "new", expiresAt: 1_745_000_000 }));
    expect(await provider.oauth?.refresh(request.credentials, call)).toEqual(ok({ value: "new", expiresAt: 1_745_000_000 }));
    expect(logged).toEqual([]);
  });

  it("keeps `this`", async () => {
    const { provider, call } = guarded({
      oauth: {
        pkce: true,
        mine: "mine",
        async refresh() {
          return ok({ value: this.mine });
        },
      },
    });
    expect((await provider.oauth?.refresh(request.credentials, call))?._unsafeUnwrap()).toEqual({ value: "mine", expiresAt: null });
  });

  it.each(["retry", "reconnect", "stop"] as const)("passes the instruction %s on", async (kind) => {
    const { provider, call } = refreshWith(async () => err({ kind, message: "because" }));
    expect((await provider.oauth?.refresh(request.credentials, call))?._unsafeUnwrapErr()).toEqual({ kind, message: "because" });
  });

  it.each([
    [
      "throws",
      () => {
        throw new Error("boom");
      },
    ],
    [
      "rejects",
      async () => {
        throw new Error("boom");
      },
    ],
    ["answers nothing", async () => undefined],
    ["answers no Result", async () => ({ value: "new", expiresAt: null })],
    ["answers something else", async () => ok({ token: "new" })],
    ["answers an unknown instruction", async () => err({ kind: "panic", message: "!" })],
    ["answers an error that is none", async () => err("no")],
    [
      "answers an object that throws",
      async () => ({
        get isOk() {
          throw new Error("boom");
        },
      }),
    ],
  ])("becomes `stop`, and is logged, if the provider %s", async (_, refresh) => {
    const { provider, call, logged } = refreshWith(refresh);
    const answer = await provider.oauth?.refresh(request.credentials, call);
    expect(answer?._unsafeUnwrapErr()).toMatchObject({ kind: "stop", message: expect.stringContaining("acme") });
    expect(logged).toMatchObject([{ provider: "acme", call: "oauth.refresh" }]);
  });

  it("becomes `retry` after the deadline if the provider hangs, and tells the provider so", async () => {
    let signal: AbortSignal | undefined;
    const { provider, call, time } = refreshWith((_: unknown, own: { signal: AbortSignal }) => {
      signal = own.signal;
      return never;
    });
    const answer = Promise.resolve(provider.oauth?.refresh(request.credentials, call));
    await settle();
    time.pass(29_999);
    await settle();
    expect(signal?.aborted).toBe(false);
    time.pass(1);
    expect((await answer)?._unsafeUnwrapErr()).toMatchObject({ kind: "retry", message: expect.stringContaining("30 s") });
    expect(signal?.aborted).toBe(true);
  });

  it("ends at once when it is called off", async () => {
    const { provider, call, caller } = refreshWith(() => never);
    const answer = Promise.resolve(provider.oauth?.refresh(request.credentials, call));
    caller.abort();
    expect((await answer)?._unsafeUnwrapErr().kind).toBe("retry");
  });

  it("does not begin after it was called off", async () => {
    let asked = 0;
    const { provider, call, caller } = refreshWith(() => {
      asked++;
      return never;
    });
    caller.abort();
    expect((await provider.oauth?.refresh(request.credentials, call))?._unsafeUnwrapErr().kind).toBe("retry");
    expect(asked).toBe(0);
  });

  it("waits a day at most, however long the provider says", async () => {
    const { provider, call } = refreshWith(async () => err({ kind: "retry", message: "later", retryAfterMs: 1e12 }));
    expect((await provider.oauth?.refresh(request.credentials, call))?._unsafeUnwrapErr()).toMatchObject({ retryAfterMs: 86_400_000 });
  });

  it.each([
    [true, { kind: "retry", message: "no", isRefusal: true }],
    ["perhaps", { kind: "retry", message: "no" }],
  ])("passes on whether it was a refusal, if that is said plainly: %s", async (isRefusal, expected) => {
    const { provider, call } = refreshWith(async () => err({ kind: "retry", message: "no", isRefusal }));
    expect((await provider.oauth?.refresh(request.credentials, call))?._unsafeUnwrapErr()).toEqual(expected);
  });

  it("ignores a wait that is no number", async () => {
    const { provider, call } = refreshWith(async () => err({ kind: "retry", message: "later", retryAfterMs: "soon" }));
    expect((await provider.oauth?.refresh(request.credentials, call))?._unsafeUnwrapErr()).toEqual({ kind: "retry", message: "later" });
  });
});

describe("guarded pages", () => {
  it("come as they are", async () => {
    const { provider, call } = guarded(
      withPages(async function* () {
        yield pageOf(reading);
        yield pageOf();
      }),
    );
    const pages = await items(pagesFrom(provider, call));
    expect(pages.map((page) => page._unsafeUnwrap().readings)).toEqual([[reading], []]);
  });

  it.each([
    [
      "throws when asked",
      () => {
        throw new Error("boom");
      },
      0,
    ],
    ["gives nothing to walk", () => ({}), 0],
    [
      "throws on the way",
      async function* () {
        yield pageOf(reading);
        throw new Error("boom");
      },
      1,
    ],
    [
      "gives a page that is none",
      async function* () {
        yield pageOf(reading);
        yield ok({ readings: "many" });
      },
      1,
    ],
    [
      "gives no Result",
      async function* () {
        yield { readings: [], rejected: [], accountId: null };
      },
      0,
    ],
    [
      "gives an account that is no text",
      async function* () {
        yield ok({ readings: [], rejected: [], accountId: 7 });
      },
      0,
    ],
    [
      "gives more pages than one call may",
      async function* () {
        for (;;) yield pageOf();
      },
      3,
    ],
    [
      "gives more records than one call may",
      async function* () {
        yield pageOf(reading);
        yield pageOf(...Array(10).fill(reading));
      },
      1,
    ],
    [
      "gives more text than one call may",
      async function* () {
        yield pageOf({ ...reading, device: "x".repeat(2_000) });
      },
      0,
    ],
  ])("end with `stop` if the provider %s", async (_, fetchPages, good) => {
    const { provider, call, logged } = guarded(withPages(fetchPages));
    const pages = await items(pagesFrom(provider, call));
    expect(pages.map((page) => page.isOk())).toEqual([...Array(good).fill(true), false]);
    expect(pages.at(-1)?._unsafeUnwrapErr()).toMatchObject({ kind: "stop" });
    expect(logged).toHaveLength(1);
  });

  it("end with an error, whatever the provider yields after it", async () => {
    let isLeft = false;
    const { provider, call } = guarded(
      withPages(async function* () {
        try {
          yield pageOf(reading);
          yield err(retry);
          yield pageOf(reading);
        } finally {
          isLeft = true;
        }
      }),
    );
    const pages = await items(pagesFrom(provider, call));
    expect(pages).toEqual([ok({ readings: [reading], rejected: [], accountId: null }), err(retry)]);
    await settle();
    expect(isLeft).toBe(true);
  });

  it("stay ended", async () => {
    const { provider, call } = guarded(
      withPages(async function* () {
        yield err(retry);
      }),
    );
    const iterator = pagesFrom(provider, call)[Symbol.asyncIterator]();
    expect((await iterator.next()).done).toBe(false);
    expect((await iterator.next()).done).toBe(true);
    expect((await iterator.next()).done).toBe(true);
  });

  it("end with `retry` if the provider hangs between two pages; the deadline is for each page", async () => {
    const { provider, call, time } = guarded(
      withPages(async function* () {
        yield pageOf(reading);
        await never;
      }),
    );
    const iterator = pagesFrom(provider, call)[Symbol.asyncIterator]();
    time.pass(29_999);
    expect((await iterator.next()).value.isOk()).toBe(true);
    const second = iterator.next();
    await settle();
    time.pass(29_999);
    await settle();
    time.pass(1);
    expect((await second).value._unsafeUnwrapErr()).toMatchObject({ kind: "retry" });
    expect((await iterator.next()).done).toBe(true);
  });

  it("tell the provider when nobody wants more", async () => {
    let signal: AbortSignal | undefined;
    const { provider, call } = guarded(
      withPages(async function* (_: unknown, own: { signal: AbortSignal }) {
        signal = own.signal;
        for (;;) yield pageOf(reading);
      }),
    );
    for await (const _ of pagesFrom(provider, call)) break;
    expect(signal?.aborted).toBe(true);
  });

  it("let a record that throws through: normalisation sets it aside", async () => {
    const hostile = {
      get time() {
        throw new Error("boom");
      },
    };
    const { provider, call } = guarded(
      withPages(async function* () {
        yield pageOf(hostile, null, reading);
      }),
    );
    const [page] = await items(pagesFrom(provider, call));
    expect(page?._unsafeUnwrap().readings).toHaveLength(3);
  });
});

describe("a flood", () => {
  it("is cut before anybody looks at its records", async () => {
    let isRead = false;
    const record = {
      get time() {
        isRead = true;
        return "2025-04-26T14:30:00Z";
      },
    };
    const { provider, call } = guarded(
      withPages(async function* () {
        yield pageOf(...Array(11).fill(record));
      }),
    );
    expect((await items(pagesFrom(provider, call)))[0]?._unsafeUnwrapErr().kind).toBe("stop");
    expect(isRead).toBe(false);
  });

  it("that throws when it is counted is `stop` like any throw", async () => {
    const { provider, call } = guarded(
      withPages(async function* () {
        const readings = new Proxy([], {
          get: () => {
            throw new Error("boom");
          },
        });
        yield ok({ readings, rejected: [], accountId: null });
      }),
    );
    expect((await items(pagesFrom(provider, call)))[0]?._unsafeUnwrapErr().kind).toBe("stop");
  });
});

/** Whatever reads it is thrown at. */
const trap = () => {
  throw new Error("boom");
};

describe("whatever is thrown", () => {
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  const oddly = (change: object) => Object.defineProperties(new Error("odd"), Object.getOwnPropertyDescriptors(change));

  it.each<readonly [string, unknown]>([
    ["nothing", undefined],
    ["null", null],
    ["a text", "boom"],
    ["a symbol", Symbol("boom")],
    ["an error whose message is an object", oddly({ message: { code: 5 } })],
    ["an error whose message is missing", oddly({ message: undefined })],
    ["an error whose stack is a list", oddly({ stack: ["at home"] })],
    ["an error whose name is a number", oddly({ name: 5 })],
    ["an error that cannot be read", Object.defineProperty(new Error("odd"), "message", { get: trap })],
    ["an error whose cause cannot be read", Object.defineProperty(new Error("odd"), "cause", { get: trap })],
    ["an object that cannot be read", Object.defineProperty({}, "value", { get: trap, enumerable: true })],
    ["a proxy that is no more", revoked.proxy],
  ])("%s becomes `stop`", async (_, thrown) => {
    const fail = () => {
      throw thrown;
    };
    const { provider, call } = guarded({ ...withPages(fail), oauth: { pkce: true, refresh: fail, authorizationUrl: fail } });
    const { oauth } = provider;
    expect((await items(pagesFrom(provider, call)))[0]?._unsafeUnwrapErr().kind).toBe("stop");
    expect((await oauth?.refresh(request.credentials, call))?._unsafeUnwrapErr().kind).toBe("stop");
    expect(oauth?.authorizationUrl({ state: "s", codeChallenge: null })._unsafeUnwrapErr().kind).toBe("stop");
  });
});

describe("a guarded webhook", () => {
  const delivery = { headers: {}, body: new Uint8Array() };

  it("passes a refusal on", async () => {
    const refusal = { kind: "refused", reason: "signature_wrong", message: "no" };
    const { provider, call } = guarded({ webhook: { verify: async () => err(refusal) } });
    expect((await provider.webhook?.verify(delivery, "secret", call))?._unsafeUnwrapErr()).toEqual(refusal);
  });

  it.each([
    [
      "throws",
      () => {
        throw new Error("boom");
      },
    ],
    ["answers garbage", async () => ok({ kind: "delivery", id: "" })],
    ["refuses for no known reason", async () => err({ kind: "refused", reason: "monday" })],
  ])("says that a delivery was not checked if the provider %s", async (_, verify) => {
    const { provider, call } = guarded({ webhook: { verify } });
    expect((await provider.webhook?.verify(delivery, "secret", call))?._unsafeUnwrapErr().reason).toBe("not_checked");
  });

  it.each([
    [
      "throws",
      () => {
        throw new Error("boom");
      },
    ],
    ["answers garbage", () => ok({ kind: "surprise" })],
    ["brings a flood", () => ok({ kind: "readings", page: { readings: Array(11).fill(reading), rejected: [], accountId: null } })],
  ])("becomes `stop` if reading a delivery %s", (_, read) => {
    const { provider } = guarded({ webhook: { read } });
    expect(provider.webhook?.read(delivery.body)._unsafeUnwrapErr().kind).toBe("stop");
  });

  it("subscribes only where the provider can", async () => {
    const { provider, call } = guarded({ webhook: { subscribe: async () => ok(undefined) } });
    expect((await provider.webhook?.subscribe?.(request.credentials, new URL("https://a.example"), "s", call))?.isOk()).toBe(true);
    expect(provider.webhook).not.toHaveProperty("unsubscribe");
  });
});

describe("a guarded provider", () => {
  it("has the capabilities of the provider and no others", () => {
    expect(Object.keys(guarded({ poll: {}, login: { fields: [] } }).provider).sort()).toEqual(["login", "poll"]);
  });

  it.each([
    [
      "throws",
      () => {
        throw new Error("boom");
      },
    ],
    ["is no URL", () => ok("https://a.example")],
    ["is no web address", () => ok(new URL("javascript:alert(1)"))],
  ])("answers `stop` if its authorisation URL %s", (_, authorizationUrl) => {
    const { provider } = guarded({ oauth: { pkce: true, authorizationUrl } });
    expect(provider.oauth?.authorizationUrl({ state: "s", codeChallenge: null })._unsafeUnwrapErr().kind).toBe("stop");
  });

  it("tells nothing available from no answer", async () => {
    const { provider, call } = guarded({ backfill: { availableSpan: async () => ok(null) } });
    expect((await provider.backfill?.availableSpan(request.credentials, call))?._unsafeUnwrap()).toBeNull();
    const garbage = guarded({ backfill: { availableSpan: async () => ok(undefined) } });
    expect((await garbage.provider.backfill?.availableSpan(request.credentials, garbage.call))?.isErr()).toBe(true);
  });
});
