import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { err, ok, type Result } from "neverthrow";
import { describe, expect, it } from "vitest";
import { brokenPromises } from "../../test/broken-promises.ts";
import { type Alter, plainVendor, tokenOf } from "../../test/plain-vendor.ts";
import type { RawReading } from "../normalize/raw-reading.ts";
import type { CapabilityName, CgmProvider, FetchPages, ProviderError, ProviderPage } from "../ports/cgm-provider.ts";
import { addSeconds } from "../reading/instant.ts";
import type { VendorWorld } from "./provider/vendor-world.ts";
import { providerContract } from "./provider-contract.ts";
import { calm } from "./samples.ts";
import { SITUATIONS } from "./world/situation.ts";

describe("a plain provider", () => {
  for (const { id, run } of providerContract(plainVendor())) it(id, run);
});

describe("a provider that only polls after a login", () => {
  for (const { id, run } of providerContract(plainVendor({ capabilities: ["login", "poll"] }))) it(id, run);
});

const SILENCE = "no secret is told in an error or a log line, whatever the vendor does";

/** Each breaks one promise of a provider that otherwise keeps them all; the case that names it comes first. */
const faults: Readonly<Record<string, { readonly alter: Alter; readonly caughtBy: string }>> = {
  "drops a page": {
    alter: polling((item, page) => (page === 1 ? [] : [item])),
    caughtBy: "poll: the pages of a window together hold exactly what the vendor shows of it",
  },
  "swallows an error into an empty page": {
    alter: polling((item) => [isStop(item) ? ok(EMPTY) : item]),
    caughtBy: "poll: an unreadable page is stop",
  },
  "passes over a page that is turned away": {
    alter: polling((item) => (item.isErr() && item.error.kind === "retry" && item.error.retryAfterMs ? [] : [item])),
    caughtBy: "poll: a vendor that turns requests away is retry, after the wait that it asked for",
  },
  "returns a wall clock as UTC": {
    alter: pollingReadings((reading) => ({
      ...reading,
      time: Date.parse(String(reading.time)) + (reading.utcOffsetMinutes ?? 0) * 60_000,
    })),
    caughtBy: "poll: the pages of a window together hold exactly what the vendor shows of it",
  },
  "forgets the flag of what is out of range": {
    alter: pollingReadings(({ rangeFlag: _, ...reading }) => reading),
    caughtBy: "poll: the pages of a window together hold exactly what the vendor shows of it",
  },
  "takes the lack of an offset for zero": {
    alter: pollingReadings((reading) => ({ ...reading, utcOffsetMinutes: 0 })),
    caughtBy: "poll: the pages of a window together hold exactly what the vendor shows of it",
  },
  "takes mg/dL for mmol/L": {
    alter: pollingReadings((reading) => ({ ...reading, value: Math.round(reading.value / 18), unit: "mmol/L" })),
    caughtBy: "poll: the pages of a window together hold exactly what the vendor shows of it",
  },
  "leaves the newest reading of a window out": {
    alter: asking((request) => ({ ...request, window: { ...request.window, to: addSeconds(request.window.to, -1) } })),
    caughtBy: "poll: windows that touch leave nothing out between them",
  },
  "begins a window after its start": {
    alter: asking((request) => ({ ...request, window: { ...request.window, from: addSeconds(request.window.from, 1) } })),
    caughtBy: "poll: windows that touch leave nothing out between them",
  },
  "takes only half of a window as wide as declared": {
    alter: asking(({ window, ...request }) => {
      const narrowed = window.to - window.from > 86_400 ? { from: addSeconds(window.to, -3_600), to: window.to } : window;
      return { ...request, window: narrowed };
    }),
    caughtBy: "poll: a window as wide as declared, that ends ten minutes ahead, is answered",
  },
  "remembers what it saw and never asks again": {
    alter: (whole) => {
      let seen: Item[] | undefined;
      return {
        poll: {
          fetchPages: async function* (request, call) {
            if (seen === undefined) {
              seen = [];
              for await (const item of whole.poll.fetchPages(request, call)) seen.push(item);
            }
            yield* seen;
          },
        },
      };
    },
    caughtBy: "poll: what was revised says the new value when it is asked again",
  },
  "loses a page for one bad record": {
    alter: polling((item) => (item.isOk() && item.value.rejected.length > 0 ? [] : [item])),
    caughtBy: "poll: a record that nobody can read is set aside with a reason, and costs no other",
  },
  "stops at one bad record": {
    alter: polling((item) => [item.isOk() && item.value.rejected.length > 0 ? err(STOP) : item]),
    caughtBy: "poll: a record that nobody can read is set aside with a reason, and costs no other",
  },
  "passes over a bad record in silence": {
    alter: polling((item) => [item.map((page) => ({ ...page, rejected: [] }))]),
    caughtBy: "poll: a record that nobody can read is set aside with a reason, and costs no other",
  },
  "calls no data an error": {
    alter: polling((item) => [item.isOk() && item.value.readings.length === 0 ? err(STOP) : item]),
    caughtBy: "poll: no readings is an answer without readings, not an error",
  },
  "ignores the signal": {
    alter: ({ poll }) => ({ poll: { fetchPages: (request) => poll.fetchPages(request, calm) } }),
    caughtBy: "poll: a vendor that hangs holds nobody who has given up",
  },
  "answers with an empty page once it is called off": {
    alter: ({ poll }) => ({
      poll: {
        fetchPages: async function* (request, call) {
          for await (const item of poll.fetchPages(request, call)) yield item.isErr() && call.signal.aborted ? ok(EMPTY) : item;
        },
      },
    }),
    caughtBy: "poll: a vendor that hangs holds nobody who has given up",
  },
  "ignores the signal while it renews": {
    alter: ({ login }) => ({ login: { ...login, renew: (credentials) => login.renew(credentials, calm) } }),
    caughtBy: "every call ends soon after it was called off",
  },
  "throws in the middle of a window": {
    alter: ({ poll }) => ({
      poll: {
        fetchPages: async function* (request, call) {
          for await (const item of poll.fetchPages(request, call)) {
            if (isStop(item)) throw new TypeError("records is not iterable");
            yield item;
          }
        },
      },
    }),
    caughtBy: "poll: an unreadable page is stop",
  },
  "throws what a request throws": {
    alter: ({ oauth }) => ({
      oauth: {
        ...oauth,
        refresh: async (credentials, call) => {
          const answer = await oauth.refresh(credentials, call);
          if (answer.isErr() && answer.error.kind === "retry") throw new TypeError("fetch failed");
          return answer;
        },
      },
    }),
    caughtBy: "oauth: a vendor that turns everything away ends no connection",
  },
  "goes on after an error": {
    alter: polling((item) => (item.isErr() ? [item, ok(EMPTY)] : [item])),
    caughtBy: "poll: nothing comes after an error",
  },
  "says that a page is the last when it is not": {
    alter: polling((item) => [item.map((page) => ({ ...page, isLast: true }))]),
    caughtBy: "poll: nothing comes after the page that is said to be the last",
  },
  "makes two requests for one page": {
    alter: ({ poll }, deps) => ({
      poll: {
        fetchPages: async function* (request, call) {
          for await (const item of poll.fetchPages(request, call)) {
            await deps.fetch("https://vendor.example/details");
            yield item;
          }
        },
      },
    }),
    caughtBy: "poll: each page costs one request at most",
  },
  "asks more often than it says while somebody connects": {
    alter: ({ login }, deps) => ({
      login: {
        ...login,
        login: async (fields, call) => {
          for (const page of ["terms", "version", "region", "news"]) await deps.fetch(`https://vendor.example/${page}`);
          return login.login(fields, call);
        },
      },
    }),
    caughtBy: "connecting makes no more calls than the traits say",
  },
  "asks twice to renew": {
    alter: ({ oauth }, deps) => ({
      oauth: {
        ...oauth,
        refresh: async (credentials, call) => {
          for (const page of ["version", "region"]) await deps.fetch(`https://vendor.example/${page}`);
          return oauth.refresh(credentials, call);
        },
      },
    }),
    caughtBy: "every call that is neither a page nor a connect is one request at most",
  },
  "puts the token into an error": {
    alter: pollingErrors((error) => ({ ...error, message: `${error.message} GET /readings?access_token=${tokenOf(1)}` })),
    caughtBy: SILENCE,
  },
  "puts the token into the cause of an error": {
    alter: pollingErrors((error) => ({ ...error, cause: new Error("failed", { cause: { request: { bearer: tokenOf(1) } } }) })),
    caughtBy: SILENCE,
  },
  "logs what was typed into the form": {
    alter: ({ login }, { logger }) => ({
      login: {
        ...login,
        login: (fields, call) => {
          logger.debug({ fields }, "A person logs in");
          return login.login(fields, call);
        },
      },
    }),
    caughtBy: SILENCE,
  },
  "tells the secret setting": {
    alter: pollingErrors((error) => ({ ...error, message: `${error.message} client_secret=plain-client-secret-5up3r` })),
    caughtBy: SILENCE,
  },
  "says retry for a grant that was revoked": {
    alter: ({ oauth }) => ({
      oauth: { ...oauth, refresh: async (credentials, call) => (await oauth.refresh(credentials, call)).mapErr(asRetry) },
    }),
    caughtBy: "oauth: what the person took back cannot be renewed",
  },
  "says retry for a window that may not be read any more": {
    alter: pollingErrors((error) => (error.kind === "reconnect" ? asRetry(error) : error)),
    caughtBy: "poll: what the person took back is reconnect",
  },
  "says reconnect for a 429": {
    alter: pollingErrors((error) => (error.kind === "retry" ? { kind: "reconnect", message: error.message } : error)),
    caughtBy: "poll: a vendor that turns requests away is retry, after the wait that it asked for",
  },
  "ends a connection because renewing was turned away": {
    alter: ({ login }) => ({
      login: {
        ...login,
        renew: async (credentials, call) =>
          (await login.renew(credentials, call)).mapErr(({ message }) => ({ kind: "reconnect" as const, message })),
      },
    }),
    caughtBy: "login: a vendor that turns everything away ends no connection",
  },
  "takes a 429 for a refusal to renew": {
    alter: ({ oauth }) => ({
      oauth: {
        ...oauth,
        refresh: async (credentials, call) =>
          (await oauth.refresh(credentials, call)).mapErr((error) =>
            error.kind === "retry" ? { ...error, isRefusal: true as const } : error,
          ),
      },
    }),
    caughtBy: "oauth: a vendor that turns everything away ends no connection",
  },
  "forgets how long the vendor asked it to wait": {
    alter: pollingErrors(({ kind, message }) => ({ kind, message })),
    caughtBy: "poll: a vendor that turns requests away is retry, after the wait that it asked for",
  },
  "keeps the old credentials when it renews": {
    alter: ({ oauth }) => ({
      oauth: { ...oauth, refresh: async (credentials, call) => (await oauth.refresh(credentials, call)).map(() => credentials) },
    }),
    caughtBy: "oauth: credentials that ran out are reconnect, and renewed ones work",
  },
  "gives the end of credentials in milliseconds": {
    alter: ({ login }) => ({
      login: {
        ...login,
        login: async (fields, call) =>
          (await login.login(fields, call)).map((grant) => ({
            ...grant,
            credentials: { ...grant.credentials, expiresAt: 1_762_067_228_000 as never },
          })),
      },
    }),
    caughtBy: "login: who fills in the form is connected",
  },
  "holds part of its credentials in memory": {
    alter: ({ login, poll }) => {
      const sessions = new Set<unknown>();
      return {
        login: {
          ...login,
          login: async (fields, call) =>
            (await login.login(fields, call)).map((grant) => {
              const session = `session ${sessions.size}`;
              sessions.add(session);
              return { ...grant, credentials: { ...grant.credentials, value: { ...(grant.credentials.value as object), session } } };
            }),
        },
        poll: {
          fetchPages: async function* (request, call) {
            const { session } = (request.credentials.value ?? {}) as { readonly session?: unknown };
            if (session !== undefined && !sessions.has(session)) yield err(NO_SESSION);
            else yield* poll.fetchPages(request, call);
          },
        },
      };
    },
    caughtBy: "credentials are JSON, and an instance made anew works with them",
  },
  "tells another account in its pages": {
    alter: polling((item) => [item.map((page) => ({ ...page, accountId: "anna@vendor" }))]),
    caughtBy: "oauth: whoever agrees comes back to the redirect URI and is connected",
  },
  "asks somebody when it is made": {
    alter: (_, deps) => {
      void deps.fetch("https://vendor.example/version");
      return {};
    },
    caughtBy: "to make it changes nothing: no request, no global",
  },
  "says too little of what the vendor has": {
    alter: ({ backfill }) => ({
      backfill: {
        ...backfill,
        availableSpan: async (credentials, call) =>
          (await backfill.availableSpan(credentials, call)).map((span) => span && { ...span, to: addSeconds(span.to, -1) }),
      },
    }),
    caughtBy: "backfill: what the vendor is said to have covers all that it shows",
  },
  "gives every attempt the state of the first": {
    alter: ({ oauth }) => {
      let given = "";
      return {
        oauth: {
          ...oauth,
          authorizationUrl: (request) => {
            given ||= request.state;
            return oauth.authorizationUrl({ ...request, state: given });
          },
        },
      };
    },
    caughtBy: "oauth: the authorisation URL bears the state, where to come back to, and the PKCE challenge if that is declared",
  },
  "leaves the challenge out": {
    alter: ({ oauth }) => ({
      oauth: {
        ...oauth,
        authorizationUrl: (request) =>
          oauth.authorizationUrl(request).map((url) => {
            url.searchParams.delete("code_challenge");
            return url;
          }),
      },
    }),
    caughtBy: "oauth: a code is good only with the verifier of its challenge",
  },
  "takes the callback of another attempt": {
    alter: ({ oauth }) => ({
      oauth: {
        ...oauth,
        exchangeCode: (request, call) =>
          oauth.exchangeCode({ ...request, state: request.callbackUrl.searchParams.get("state") ?? request.state }, call),
      },
    }),
    caughtBy: "oauth: a callback of another attempt is refused",
  },
  "does not hear that the person said no": {
    alter: ({ oauth }) => ({
      oauth: {
        ...oauth,
        exchangeCode: (request, call) => {
          const callbackUrl = new URL(request.callbackUrl);
          callbackUrl.searchParams.delete("error");
          return oauth.exchangeCode({ ...request, callbackUrl }, call);
        },
      },
    }),
    caughtBy: "oauth: a callback with an error is refused, whatever else it bears",
  },
  "tries a refused login again later": {
    alter: ({ login }) => ({ login: { ...login, login: async (fields, call) => (await login.login(fields, call)).mapErr(asRetry) } }),
    caughtBy: "login: wrong fields are reconnect",
  },
  "verifies any signature": {
    alter: ({ webhook }) => ({
      webhook: {
        ...webhook,
        verify: async ({ headers }) => ok({ kind: "delivery", id: headers["webhook-id"] ?? "id", signedAt: stamp(headers) }),
      },
    }),
    caughtBy: "webhook: a delivery that was altered is refused",
  },
  "remembers a secret that fitted once": {
    alter: ({ webhook }) => {
      let fitted: string | undefined;
      return {
        webhook: {
          ...webhook,
          verify: async (request, secret, call) => {
            const answer = await webhook.verify(request, fitted ?? secret, call);
            if (answer.isOk()) fitted ??= secret;
            return answer;
          },
        },
      };
    },
    caughtBy: "webhook: a delivery signed for one person is refused for another",
  },
  "does not look when a delivery was signed": {
    alter: ({ webhook }) => ({
      webhook: {
        ...webhook,
        verify: async (request, secret, call) => {
          const answer = await webhook.verify(request, secret, call);
          const isOld = answer.isErr() && answer.error.reason === "timestamp_outside_tolerance" && request.headers["webhook-timestamp"];
          return isOld ? ok({ kind: "delivery", id: "old", signedAt: stamp(request.headers) }) : answer;
        },
      },
    }),
    caughtBy: "webhook: a delivery of a day ago is refused",
  },
  "tells the secret in a refusal": {
    alter: ({ webhook }) => ({
      webhook: {
        ...webhook,
        verify: async (request, secret, call) =>
          (await webhook.verify(request, secret, call)).mapErr((refused) => ({ ...refused, message: `no signature under ${secret}` })),
      },
    }),
    caughtBy: "webhook: a secret is told in no refusal and no log line",
  },
  "throws at a body that is no JSON": {
    alter: ({ webhook }) => ({
      webhook: {
        ...webhook,
        read: (body) => {
          JSON.parse(new TextDecoder().decode(body));
          return webhook.read(body);
        },
      },
    }),
    caughtBy: "webhook: a body that cannot be read is stop",
  },
  "loses the readings of a delivery": {
    alter: ({ webhook }) => ({
      webhook: {
        ...webhook,
        read: (body) => webhook.read(body).map((content) => (content.kind === "readings" ? { kind: "readings", page: EMPTY } : content)),
      },
    }),
    caughtBy: "webhook: a delivery of the vendor is verified, and says what the vendor shows",
  },
  "subscribes to an address of its own": {
    alter: ({ webhook }) => ({
      webhook: {
        ...webhook,
        subscribe: async (credentials, url, secret, call) =>
          (await webhook.subscribe?.(credentials, new URL(url.pathname, url), secret, call)) ?? ok(undefined),
      },
    }),
    caughtBy: "webhook: whoever subscribes is called, until they unsubscribe",
  },
};

/** More than these, and nobody could tell from the list what is wrong. */
const FEW = 8;

describe("the provider contract", () => {
  for (const [fault, { alter, caughtBy }] of Object.entries(faults)) {
    it(`catches a provider that ${fault}, by the case that names it`, async () => {
      const caught = await brokenPromises(providerContract(plainVendor({ alter, wait: () => sleep(1) })));
      expect(Object.keys(caught)).toContain(caughtBy);
      expect(caught[caughtBy]).toMatch(/^promised: .+\nhappened: .+/);
      expect(Object.keys(caught).length, Object.keys(caught).join("\n")).toBeLessThanOrEqual(FEW);
    });
  }

  it.each(["login", "backfill", "webhook"] as const)("catches a provider that returns %s and does not declare it", async (extra) => {
    const capabilities = (["oauth", "login", "poll", "backfill", "webhook"] as const).filter((name) => name !== extra);
    const caught = await brokenPromises(providerContract(plainVendor({ capabilities, alter: () => ({}), wait: () => sleep(1) })));
    expect(Object.keys(caught)).toEqual([
      "it is made as a host makes it, with the capabilities that it declares",
      `${extra}: it is not declared, and it is not there`,
    ]);
  });

  it.each(["oauth", "login", "webhook"] as const)("says what is missing where the world does not serve %s", async (capability) => {
    const staged = ({ [capability]: _, ...world }: VendorWorld) => world;
    const caught = await brokenPromises(providerContract(plainVendor({ staged })));
    expect(Object.values(caught).join("\n")).toContain(`the provider declares "${capability}", and world("well") has no "${capability}"`);
  });

  it("says what is missing where a declared capability is not there", async () => {
    const alter = () => ({ backfill: undefined }) as unknown as Partial<CgmProvider>;
    const caught = await brokenPromises(providerContract(plainVendor({ alter })));
    expect(Object.values(caught).join("\n")).toContain('the provider declares "backfill", and its create does not return it');
  });

  it("says what a world lacks that shows too little to catch anybody", async () => {
    const staged = (world: VendorWorld): VendorWorld => ({
      ...world,
      window: { ...world.window, from: addSeconds(world.window.to, -600) },
    });
    const caught = await brokenPromises(providerContract(plainVendor({ staged })));
    expect(caught["poll: the pages of a window together hold exactly what the vendor shows of it"]).toContain("shows 6 readings or more");
  });

  it("catches a provider that cannot say how it behaves towards a connection whose credentials it cannot read", async () => {
    const subject = plainVendor({ wait: () => sleep(1) });
    const definition = subject.provider as { readonly traits: object };
    const traitsForConnection = ({ value }: { readonly value: { readonly account: string } }) =>
      value.account.length > 0 ? definition.traits : undefined;
    const caught = await brokenPromises(providerContract({ ...subject, provider: { ...definition, traitsForConnection } }));
    expect(Object.keys(caught)).toEqual(["the traits of a connection are ones that a host takes, whatever its credentials are"]);
  });

  it("holds a definition that no host loads to that alone", async () => {
    const subject = { ...plainVendor(), provider: { apiVersion: 2 } };
    expect(Object.values(await brokenPromises(providerContract(subject)))).toEqual([expect.stringContaining("api_version_not_served")]);
  });

  it("names the settings that a schema does not take, and not what they say", async () => {
    const caught = await brokenPromises(providerContract({ ...plainVendor(), config: { clientSecret: 17 } }));
    expect(caught["poll: an unreadable page is stop"]).toContain("clientSecret");
  });

  it("says by how much readings are off that are all off alike", async () => {
    const caught = await brokenPromises(
      providerContract(
        plainVendor({ alter: pollingReadings((reading) => ({ ...reading, time: Date.parse(String(reading.time)) + 60_000 * 345 })) }),
      ),
    );
    expect(Object.values(caught).join("\n")).toContain("all of it lies 345 min off: is a wall clock taken for UTC?");
  });

  it("is told to its users with every situation", () => {
    const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
    const told = [...readme.matchAll(/^\| `(\w+)` \| /gm)].map(([, name]) => name);
    expect(told.filter((name) => SITUATIONS.some((situation) => situation === name))).toEqual([...SITUATIONS]);
  });

  it("has a case for every capability, declared or not", () => {
    const idsOf = (capabilities: readonly CapabilityName[]) => providerContract(plainVendor({ capabilities })).map(({ id }) => id);
    expect(idsOf(["login", "poll"])).toEqual(expect.arrayContaining(["oauth: it is not declared, and it is not there"]));
    const all = idsOf(["oauth", "login", "poll", "backfill", "webhook"]);
    expect(new Set(all).size).toBe(all.length);
    expect(all.filter((id) => id.includes("not declared"))).toEqual([]);
  });
});

type Item = Result<ProviderPage, ProviderError>;

const EMPTY: ProviderPage = { readings: [], rejected: [], accountId: null };
const STOP: ProviderError = { kind: "stop", message: "The page cannot be read." };
const NO_SESSION: ProviderError = { kind: "reconnect", message: "No session. Connect again." };

function asRetry({ message }: ProviderError): ProviderError {
  return { kind: "retry", message };
}

function isStop(item: Item): boolean {
  return item.isErr() && item.error.kind === "stop";
}

function stamp(headers: Readonly<Record<string, string | undefined>>) {
  return Number(headers["webhook-timestamp"] ?? 1_762_063_628) as never;
}

/** Puts something in the place of each item that polling a window brings. */
function polling(change: (item: Item, place: number) => readonly Item[]): Alter {
  return ({ poll }) => ({
    poll: {
      fetchPages: async function* (request, call) {
        let place = 0;
        for await (const item of poll.fetchPages(request, call)) yield* change(item, place++);
      },
    },
  });
}

function pollingReadings(change: (reading: RawReading) => RawReading): Alter {
  return polling((item) => [item.map((page) => ({ ...page, readings: page.readings.map(change) }))]);
}

function pollingErrors(change: (error: ProviderError) => ProviderError): Alter {
  return polling((item) => [item.mapErr(change)]);
}

function asking(change: (request: Parameters<FetchPages>[0]) => Parameters<FetchPages>[0]): Alter {
  return ({ poll }) => ({ poll: { fetchPages: (request, call) => poll.fetchPages(change(request), call) } });
}
