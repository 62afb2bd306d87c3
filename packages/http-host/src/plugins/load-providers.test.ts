import { defineProvider, type Environment, type ProviderDeps } from "@bg-ingest/core";
import { provider as mockProvider } from "@bg-ingest/provider-mock";
import { err, ok } from "neverthrow";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { canariesIn, recordedLog } from "../../test/log-lines.ts";
import { systemTimers } from "../scheduler/timers.ts";
import { createCallbackAddress } from "./callback-address.ts";
import { createDelay } from "./delay.ts";
import type { OfferedProvider } from "./import-provider.ts";
import { loadProviders } from "./load-providers.ts";

const traits = {
  cadenceSeconds: 300,
  publicationDelaySeconds: 0,
  maxWindowSeconds: 300,
  historySeconds: 300,
  rePull: [],
  rateLimit: null,
} as const;

const acmeNamed = (name: string) =>
  defineProvider({
    apiVersion: 1,
    name,
    displayName: "Acme CGM",
    configSchema: z.strictObject({
      clientId: z.string(),
      clientSecret: z.string().meta({ secret: true }),
      pageSize: z.string().optional(),
    }),
    capabilities: ["poll"],
    traits,
    create: ({ clientSecret }, { logger }) => {
      logger.warn({ reason: clientSecret }, `made with ${clientSecret}`);
      return ok({ poll: { async *fetchPages() {} } });
    },
  });
const acme = acmeNamed("acme");
const set = { ACME_CLIENT_ID: "id-1", ACME_CLIENT_SECRET: "canary-secret-1" };
const installed: Readonly<Record<string, () => unknown>> = {
  "provider-acme": () => ({ provider: acme }),
  "provider-empty": () => ({ default: acme, helper: 1 }),
  "provider-unreadable": () => ({
    get provider() {
      throw new Error("not yet");
    },
  }),
  "provider-throws": () => {
    throw new Error("needs a newer engine");
  },
};

async function load(
  offered: readonly (string | OfferedProvider)[],
  environment: Environment = {},
  explicit = false,
  namesInFile: readonly string[] = [],
  isDevelopment = true,
  allowFailing: readonly string[] = [],
) {
  const log = recordedLog();
  const deps: ProviderDeps = {
    fetch: async () => new Response(),
    clock: { nowMs: () => 0, monotonicMs: () => 0, ...systemTimers },
    logger: log.logger,
  };
  const loaded = await loadProviders({
    offered: offered.map((each) => (typeof each === "string" ? { package: each } : each)),
    explicit,
    allowFailing,
    known: [{ name: "acme", package: "@acme/provider-cgm" }],
    importModule: async (name) => {
      const make = installed[name];
      if (make === undefined)
        throw Object.assign(new Error(`Cannot find package '${name}' imported from /app/main.js`), { code: "ERR_MODULE_NOT_FOUND" });
      return make();
    },
    environment,
    namesInFile,
    isDevelopment,
    callbackAddress: createCallbackAddress({ publicUrl: undefined, host: "127.0.0.1", port: 5005 }),
    deps,
    fetchOf: (_, send) => send,
    deadlineMs: 1_000,
    delay: createDelay(systemTimers),
    hide: log.hide,
  });
  return { loaded, lines: log.lines };
}

const refusal = async (...parameters: Parameters<typeof load>) => (await load(...parameters)).loaded._unsafeUnwrapErr().message;

describe("loadProviders", () => {
  it("imports by package name, through the application, and takes values as they are", async () => {
    const { loaded, lines } = await load(["provider-acme", { package: "@bg-ingest/provider-mock", provider: mockProvider }], set);
    const roster = loaded._unsafeUnwrap();
    expect([...roster.loaded.keys()]).toEqual(["acme", "mock"]);
    expect(roster.notConfigured).toEqual([]);
    const startUp = lines.map((line) => JSON.parse(line)).filter(({ msg }) => /is ready/.test(msg));
    expect(startUp).toMatchObject([
      { level: "info", provider: "acme", package: "provider-acme", capabilities: ["poll"] },
      { level: "info", provider: "mock", package: "@bg-ingest/provider-mock" },
    ]);
  });

  it("shows a built-in one as not configured, with what is missing, in one line, and says what it means to have no other", async () => {
    const { loaded, lines } = await load(["provider-acme"], { ACME_CLIENT_ID: "id-1" });
    const roster = loaded._unsafeUnwrap();
    expect(roster.loaded.size).toBe(0);
    expect(roster.notConfigured).toMatchObject([{ name: "acme", displayName: "Acme CGM", missing: ["ACME_CLIENT_SECRET"] }]);
    const told = lines.map((line) => JSON.parse(line) as object);
    expect(told).toMatchObject([
      { provider: "acme", missing: ["ACME_CLIENT_SECRET"] },
      { level: "warn", msg: expect.stringMatching(/^No provider is ready: nobody can be connected/) },
    ]);
  });

  it("shows the traits that hold with the configuration", async () => {
    const traitsFor = ({ pageSize }: { pageSize?: string | undefined }) => ({ ...traits, cadenceSeconds: Number(pageSize) });
    const provider = { ...acme, traitsFor };
    const cadenceOf = async (pageSize: string) =>
      (await load([{ package: "p", provider }], { ...set, ACME_PAGE_SIZE: pageSize })).loaded.map(({ loaded }) =>
        [...loaded.values()].map((each) => each.traits.cadenceSeconds),
      );
    expect((await cadenceOf("60"))._unsafeUnwrap()).toEqual([60]);
    expect((await cadenceOf("0"))._unsafeUnwrapErr().message).toMatch(/p: traits\.cadenceSeconds must be/);
  });

  it("knows the traits of each connection where the provider tells them apart, and says so where it cannot", async () => {
    const traitsForConnection = ({ value }: { readonly value: unknown }) => ({ ...traits, cadenceSeconds: value });
    const { loaded, lines } = await load([{ package: "p", provider: { ...acme, traitsForConnection } }], set);
    const [own] = loaded._unsafeUnwrap().loaded.values();
    expect(own?.traitsOf?.({ value: 60, expiresAt: null }).cadenceSeconds).toBe(60);
    expect(own?.traitsOf?.({ value: "canary", expiresAt: null })).toEqual(own?.traits);
    expect(lines.join()).toContain("cannot say how it behaves towards a connection");
    expect(lines.join()).not.toContain("canary");
    const plain = (await load([{ package: "p", provider: acme }], set)).loaded._unsafeUnwrap();
    expect([...plain.loaded.values()][0]?.traitsOf).toBeUndefined();
  });

  it.each([
    [true, { loaded: 1, notConfigured: 0 }],
    [false, { loaded: 0, notConfigured: 1 }],
  ])("lets a default for development hold there alone (development: %s)", async (isDevelopment, expected) => {
    const configSchema = z.strictObject({ site: z.string().meta({ developmentDefault: "try-out" }) });
    const provider = { ...acme, configSchema, create: () => ok({ poll: { async *fetchPages() {} } }) };
    const { loaded } = await load([{ package: "p", provider }], {}, false, [], isDevelopment);
    const roster = loaded._unsafeUnwrap();
    expect({ loaded: roster.loaded.size, notConfigured: roster.notConfigured.length }).toEqual(expected);
  });

  describe("where a consent comes back", () => {
    const own = "http://localhost:5005/api/oauth/acme/callback";
    const consenting = (seen: string[]) => ({
      ...acme,
      configSchema: z.strictObject({ redirectUri: z.string().meta({ hostDefault: "oauth_callback" }) }),
      create: ({ redirectUri }: { redirectUri: string }) => {
        seen.push(redirectUri);
        return ok({ poll: { async *fetchPages() {} } });
      },
    });
    const loadWith = async (environment: Environment) => {
      const seen: string[] = [];
      const { lines } = await load([{ package: "p", provider: consenting(seen) }], environment);
      return { seen, warnings: lines.map((line) => JSON.parse(line)).filter(({ level }) => level === "warn") };
    };

    it("is this service, wherever it listens, where nothing is set", async () => {
      expect(await loadWith({})).toEqual({ seen: [own], warnings: [] });
    });

    it("is warned of where it is set to somewhere else", async () => {
      const elsewhere = "http://localhost:5001/api/oauth/acme/callback";
      const { seen, warnings } = await loadWith({ ACME_REDIRECT_URI: elsewhere });
      expect(seen).toEqual([elsewhere]);
      expect(warnings).toMatchObject([{ provider: "acme", setting: "ACME_REDIRECT_URI", msg: expect.stringContaining(own) }]);
      expect((await loadWith({ ACME_REDIRECT_URI: own })).warnings).toEqual([]);
    });
  });

  it("hides secret settings before the provider can log them", async () => {
    const { lines } = await load(["provider-acme"], set);
    expect(lines.join("")).toContain("made with");
    expect(canariesIn(lines, ["canary-secret-1"])).toEqual([]);
  });

  it("hides what a schema makes of secret settings, and settings that hold a secret somewhere", async () => {
    const told: string[] = [];
    const provider = {
      ...acme,
      configSchema: z.strictObject({
        keys: z
          .string()
          .transform((text) => text.split(","))
          .meta({ secret: true }),
        account: z.preprocess(String, z.string().meta({ secret: true })),
      }),
      create: ({ keys, account }: { keys: readonly string[]; account: string }, { logger }: ProviderDeps) => {
        told.push(...keys, account);
        logger.warn({ reason: keys.join(" ") }, account);
        return ok({ poll: { async *fetchPages() {} } });
      },
    };
    const { lines } = await load([{ package: "p", provider }], { ACME_KEYS: "canary-1,canary-2", ACME_ACCOUNT: "canary-3" });
    expect(told).toEqual(["canary-1", "canary-2", "canary-3"]);
    expect(canariesIn(lines, told)).toEqual([]);
  });

  it("gives a provider the time and nothing that wakes it", async () => {
    let given: object = {};
    const create = (_: unknown, { clock }: ProviderDeps) => {
      given = clock;
      return ok({ poll: { async *fetchPages() {} } });
    };
    await load([{ package: "p", provider: { ...acme, create } }], set);
    expect(Object.keys(given).sort()).toEqual(["monotonicMs", "nowMs"]);
  });

  it("puts providers under guard", async () => {
    const hanging = {
      ...acme,
      create: () =>
        ok({
          poll: {
            fetchPages: () => {
              throw new Error("boom");
            },
          },
        }),
    };
    const { loaded } = await load([{ package: "p", provider: hanging }], set);
    const [provider] = loaded._unsafeUnwrap().loaded.values();
    const call = { signal: new AbortController().signal };
    const request = { window: { from: 0, to: 1 }, credentials: { value: 1, expiresAt: null } } as never;
    for await (const page of provider?.provider.poll?.fetchPages(request, call) ?? []) expect(page._unsafeUnwrapErr().kind).toBe("stop");
    expect.assertions(1);
  });
});

describe("a provider that may fail", () => {
  const broken = { package: "broken", provider: { ...acme, apiVersion: 9 } };
  const loadAllowing = (
    offered: readonly (string | OfferedProvider)[],
    allowFailing: readonly string[],
    environment: Environment = set,
    explicit = false,
  ) => load(offered, environment, explicit, [], true, allowFailing);

  it("is told in one line with what is wrong, and the others run", async () => {
    const { loaded, lines } = await loadAllowing(["provider-acme", broken, "provider-nowhere"], ["broken", "provider-nowhere"]);
    const roster = loaded._unsafeUnwrap();
    expect([...roster.loaded.keys()]).toEqual(["acme"]);
    expect(roster.failed).toEqual([
      { package: "broken", name: null, displayName: null },
      { package: "provider-nowhere", name: null, displayName: null },
    ]);
    const errors = lines.map((line) => JSON.parse(line)).filter(({ level }) => level === "error");
    expect(errors).toMatchObject([
      { package: "broken", reason: expect.stringMatching(/apiVersion 9; this host serves apiVersion 1/) },
      { package: "provider-nowhere", reason: expect.stringMatching(/no package of this name is installed/) },
    ]);
    for (const { msg } of errors) expect(msg).toMatch(/ALLOW_FAILING/);
  });

  it("refuses the start if it is not on the list, whatever else is", async () => {
    const { loaded, lines } = await loadAllowing([broken, "provider-nowhere"], ["provider-nowhere"]);
    const { message } = loaded._unsafeUnwrapErr();
    expect(message).toMatch(/broken: .*apiVersion 9/);
    expect(message).not.toContain("provider-nowhere");
    expect(lines).toEqual([]);
  });

  it("is known by name where it came to say it, or comes with the application", async () => {
    const throwing = {
      ...acme,
      create: () => {
        throw new Error("boom");
      },
    };
    const made = (await loadAllowing([{ package: "p", provider: throwing }], ["p"])).loaded._unsafeUnwrap();
    expect(made.failed).toEqual([{ package: "p", name: "acme", displayName: "Acme CGM" }]);
    const absent = (await loadAllowing(["@acme/provider-cgm"], ["@acme/provider-cgm"])).loaded._unsafeUnwrap();
    expect(absent.failed).toEqual([{ package: "@acme/provider-cgm", name: "acme", displayName: null }]);
  });

  it("may lack its settings, or share its name with another", async () => {
    const lacking = (await loadAllowing(["provider-acme"], ["provider-acme"], {}, true)).loaded._unsafeUnwrap();
    expect(lacking).toMatchObject({ notConfigured: [], failed: [{ name: "acme" }] });
    const doubled = (await loadAllowing(["provider-acme", { package: "p", provider: acme }], ["p"])).loaded._unsafeUnwrap();
    expect([...doubled.loaded.keys()]).toEqual(["acme"]);
    expect(doubled.failed).toEqual([{ package: "p", name: "acme", displayName: "Acme CGM" }]);
  });

  it("has to be one of those to load: a slip is told", async () => {
    const { loaded } = await loadAllowing(["provider-acme"], ["provider-acmee"]);
    expect(loaded._unsafeUnwrapErr().message).toMatch(
      /provider-acmee: ALLOW_FAILING names it, and it is none of those to load: provider-acme\./,
    );
  });

  it("tells no secret when it fails", async () => {
    const telling = {
      ...acme,
      create: ({ clientSecret }: { clientSecret: string }) => err({ kind: "config_refused", message: clientSecret }),
    };
    const { lines } = await loadAllowing([{ package: "p", provider: telling }], ["p"]);
    expect(lines).toHaveLength(2);
    expect(canariesIn(lines, ["canary-secret-1"])).toEqual([]);
  });
});

describe("a start is refused, naming the package, the reason and what would be accepted,", () => {
  it.each<readonly [string, string | OfferedProvider, RegExp]>([
    [
      "is not installed",
      "provider-nowhere",
      /provider-nowhere: no package of this name is installed; check the name\. .* run npm install provider-nowhere \(or pnpm add provider-nowhere\)\./,
    ],
    [
      "is named in place of its package",
      "acme",
      /acme: no package of this name is installed; the one with the provider acme is @acme\/provider-cgm\.$/,
    ],
    ["has its package misspelt", "@acme/provider-cmg", /the one with the provider acme is @acme\/provider-cgm\.$/],
    ["cannot be imported", "provider-throws", /provider-throws: it cannot be imported: needs a newer engine\./],
    ["has a provider that cannot be read", "provider-unreadable", /provider-unreadable: it cannot be imported: not yet\./],
    ["exports no provider", "provider-empty", /provider-empty: it exports no `provider` \(but default, helper\); .*defineProvider/],
    [
      "was written against another version",
      { package: "p", provider: { ...acme, apiVersion: 9 } },
      /p: .*apiVersion 9; this host serves apiVersion 1/,
    ],
    [
      "has a wrong setting",
      { package: "p", provider: { ...acme, configSchema: z.strictObject({ clientId: z.string().min(9, "9 or more") }) } },
      /p: ACME_CLIENT_ID: 9 or more\./,
    ],
    [
      "has no create that works",
      { package: "p", provider: { ...acme, create: () => ok({}) } },
      /p: it declares "poll" and its create does not return it/,
    ],
    [
      "reads a setting of the service",
      { package: "p", provider: { ...acmeNamed("range"), configSchema: z.strictObject({ limitDays: z.string().optional() }) } },
      /RANGE_LIMIT_DAYS is also read by the service itself/,
    ],
  ])("if a provider %s", async (_, offered, message) => {
    expect(await refusal([offered], set)).toMatch(message);
  });

  it("without a secret that the provider quotes", async () => {
    const create = ({ clientSecret }: { clientSecret: string }) => err({ kind: "config_refused", message: `no key is ${clientSecret}` });
    expect(await refusal([{ package: "p", provider: { ...acme, create } }], set)).toMatch(/p: no key is \[secret\]\./);
    const configSchema = acme.configSchema.refine(() => false, { error: ({ input }) => `not ${JSON.stringify(input)}` });
    expect(await refusal([{ package: "p", provider: { ...acme, configSchema } }], set)).not.toContain("canary");
  });

  it("if one that was named is not configured", async () => {
    expect(await refusal(["provider-acme"], {}, true)).toMatch(
      /provider-acme: PROVIDERS names it, so it must be configured: set ACME_CLIENT_ID, ACME_CLIENT_SECRET\./,
    );
  });

  it("if two have one name", async () => {
    expect(await refusal(["provider-acme", { package: "p", provider: acme }], set)).toMatch(/p: its name "acme" is taken by provider-acme/);
  });

  it("if two would read one setting", async () => {
    const settings = (key: string) => z.strictObject({ [key]: z.string().optional() });
    const one = { package: "one", provider: { ...acmeNamed("aa"), configSchema: settings("bC") } };
    const two = { package: "two", provider: { ...acmeNamed("aa-b"), configSchema: settings("c") } };
    expect(await refusal([one, two])).toMatch(/two: its setting AA_B_C is also read by one/);
  });

  it("if a setting is misspelt", async () => {
    expect(await refusal(["provider-acme"], { ...set, ACME_CLIENT_SECERT: "x" })).toMatch(
      /no setting ACME_CLIENT_SECERT; did you mean ACME_CLIENT_SECRET\?/,
    );
  });

  it("if a setting is shortened, or in .env begins with the name of a provider", async () => {
    expect(await refusal(["provider-acme"], { ...set, ACME_SECRET: "x" })).toMatch(/did you mean ACME_CLIENT_SECRET\?$/m);
    expect(await refusal(["provider-acme"], { ...set, ACME_PAGES: "9" }, false, ["ACME_PAGES"])).toMatch(
      /no setting ACME_PAGES; did you mean ACME_PAGE_SIZE\?$/m,
    );
    expect(await refusal(["provider-acme"], { ...set, ACME_REGION: "eu" }, false, ["ACME_REGION"])).toMatch(
      /no setting ACME_REGION; there are ACME_CLIENT_ID, ACME_CLIENT_SECRET, ACME_PAGE_SIZE\.$/m,
    );
    expect((await load(["provider-acme"], { ...set, ACME_PORT: "tcp://10.0.0.1" })).loaded.isOk()).toBe(true);
  });

  it("with everything that is wrong at once, and no secret", async () => {
    const message = await refusal(["provider-nowhere", "provider-empty", { package: "p", provider: 7 }], {
      ...set,
      ACME_CLIENT_ID: "canary",
    });
    expect(message.split("\n")).toHaveLength(4);
    expect(message).not.toContain("canary");
  });
});
