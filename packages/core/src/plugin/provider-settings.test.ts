import fc from "fast-check";
import { ok } from "neverthrow";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { type ParsedProvider, parseProvider } from "./parse-provider.ts";
import { type Environment, providerSettings, readProviderConfig } from "./provider-settings.ts";
import { settingName } from "./setting-name.ts";

function providerWith(configSchema: z.ZodType): ParsedProvider {
  return parseProvider({
    apiVersion: 1,
    name: "acme-cgm",
    displayName: "Acme CGM",
    configSchema,
    capabilities: ["poll"],
    traits: { cadenceSeconds: 300, publicationDelaySeconds: 0, maxWindowSeconds: 300, historySeconds: 300, rePull: [], rateLimit: null },
    create: () => ok({}),
  })._unsafeUnwrap();
}

const acme = providerWith(
  z.strictObject({
    clientId: z.string().min(3, "at least 3 characters"),
    clientSecret: z.string().regex(/^s/).meta({ secret: true }),
    pageSize: z.coerce.number().int().min(1).max(500).default(100),
    proxyToken: z.string().meta({ secret: true }).optional(),
    site: z.enum(["try-out", "real"]).meta({ developmentDefault: "try-out" }),
  }),
);
const set = { ACME_CGM_CLIENT_ID: "abc", ACME_CGM_CLIENT_SECRET: "s-3cret", ACME_CGM_SITE: "real" };

describe("the settings of a provider", () => {
  it("are named after it and the keys of its schema", () => {
    expect(providerSettings(acme)).toEqual([
      { key: "clientId", name: "ACME_CGM_CLIENT_ID", secret: false, developmentDefault: null, hostDefault: null },
      { key: "clientSecret", name: "ACME_CGM_CLIENT_SECRET", secret: true, developmentDefault: null, hostDefault: null },
      { key: "pageSize", name: "ACME_CGM_PAGE_SIZE", secret: false, developmentDefault: null, hostDefault: null },
      { key: "proxyToken", name: "ACME_CGM_PROXY_TOKEN", secret: true, developmentDefault: null, hostDefault: null },
      { key: "site", name: "ACME_CGM_SITE", secret: false, developmentDefault: "try-out", hostDefault: null },
    ]);
  });

  it("reach its schema as text", () => {
    const config = readProviderConfig(acme, { ...set, ACME_CGM_PAGE_SIZE: "250", UNRELATED: "x" }, false);
    expect(config._unsafeUnwrap()).toEqual({
      kind: "configured",
      config: { clientId: "abc", clientSecret: "s-3cret", pageSize: 250, site: "real" },
    });
  });

  it("are all named if it cannot do without them", () => {
    const missing = readProviderConfig(acme, { ACME_CGM_CLIENT_SECRET: "", ACME_CGM_PAGE_SIZE: "7" }, false);
    expect(missing._unsafeUnwrap()).toEqual({
      kind: "not_configured",
      missing: ["ACME_CGM_CLIENT_ID", "ACME_CGM_CLIENT_SECRET", "ACME_CGM_SITE"],
    });
  });

  it("may be left out in development alone where the schema says what then holds", () => {
    const { ACME_CGM_SITE: _, ...rest } = set;
    const siteIn = (environment: Environment, isDevelopment: boolean) =>
      readProviderConfig(acme, environment, isDevelopment)._unsafeUnwrap();
    expect(siteIn(rest, true)).toMatchObject({ kind: "configured", config: { site: "try-out" } });
    expect(siteIn({ ...rest, ACME_CGM_SITE: "" }, true)).toMatchObject({ config: { site: "try-out" } });
    expect(siteIn(set, true)).toMatchObject({ config: { site: "real" } });
    expect(siteIn(rest, false)).toEqual({ kind: "not_configured", missing: ["ACME_CGM_SITE"] });
  });

  it("may be left out where they are the host's own address and it is known", () => {
    const consenting = providerWith(z.strictObject({ redirectUri: z.url().meta({ hostDefault: "oauth_callback" }) }));
    const own = "https://bg.example/api/oauth/acme-cgm/callback";
    const uriWith = (environment: Environment, url: string | null) =>
      readProviderConfig(consenting, environment, false, url).map((config) =>
        config.kind === "configured" ? config.config : config.missing,
      );
    expect(providerSettings(consenting)[0]?.hostDefault).toBe("oauth_callback");
    expect(uriWith({}, own)._unsafeUnwrap()).toEqual({ redirectUri: own });
    expect(uriWith({ ACME_CGM_REDIRECT_URI: "https://a.example/b" }, own)._unsafeUnwrap()).toEqual({ redirectUri: "https://a.example/b" });
    expect(uriWith({}, null)._unsafeUnwrap()).toEqual(["ACME_CGM_REDIRECT_URI"]);
  });

  it("are refused by name, and a secret one is not shown", () => {
    const refused = readProviderConfig(acme, { ACME_CGM_CLIENT_ID: "ab", ACME_CGM_CLIENT_SECRET: "canary" }, false)._unsafeUnwrapErr();
    expect(refused.kind).toBe("config_invalid");
    expect(refused.message).toMatch(/ACME_CGM_CLIENT_ID: at least 3 characters; ACME_CGM_CLIENT_SECRET is not accepted/);
    expect(refused.message).not.toContain("canary");
  });

  it.each([
    [{ ACME_CGM_SITE: "moon" }, "ACME_CGM_SITE: it should be one of try-out, real"],
    [{ ACME_CGM_PAGE_SIZE: "many" }, "ACME_CGM_PAGE_SIZE: it should be a number"],
    [{ ACME_CGM_PAGE_SIZE: "0" }, "ACME_CGM_PAGE_SIZE: it should be at least 1"],
    [{ ACME_CGM_PAGE_SIZE: "501" }, "ACME_CGM_PAGE_SIZE: it should be at most 500"],
  ])("are refused in words: %j", (wrong, words) => {
    expect(readProviderConfig(acme, { ...set, ...wrong }, false)._unsafeUnwrapErr().message).toBe(words);
  });

  it("are refused if one is wrong even while another is missing", () => {
    expect(readProviderConfig(acme, { ACME_CGM_CLIENT_ID: "ab" }, false)._unsafeUnwrapErr().kind).toBe("config_invalid");
  });

  it("are refused together if they do not fit together", () => {
    const pair = providerWith(
      z
        .strictObject({ user: z.string().optional(), password: z.string().optional() })
        .refine((c) => !c.user === !c.password, "user and password come together"),
    );
    expect(readProviderConfig(pair, { ACME_CGM_USER: "anna" }, false)._unsafeUnwrapErr().message).toBe("user and password come together");
  });

  it("do not stop the host with a throw", () => {
    const waiting = providerWith(z.strictObject({ key: z.string().refine(async () => true) }));
    expect(readProviderConfig(waiting, { ACME_CGM_KEY: "x" }, false)._unsafeUnwrapErr().kind).toBe("config_schema_missing");
  });
});

describe("settingName", () => {
  it("gives different keys different names", () => {
    const key = fc.stringMatching(/^[a-z][A-Za-z0-9]{0,12}$/);
    fc.assert(fc.property(key, key, (a, b) => (a === b) === (settingName(a) === settingName(b))));
  });

  it("gives names that an environment can hold", () => {
    fc.assert(fc.property(fc.stringMatching(/^[a-z][A-Za-z0-9]{0,20}$/), (key) => /^[A-Z][A-Z0-9_]*$/.test(settingName(key))));
  });
});
