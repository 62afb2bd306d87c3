import { ok } from "neverthrow";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { parseProvider } from "./parse-provider.ts";
import { defineProvider } from "./provider-definition.ts";

const good = defineProvider({
  apiVersion: 1,
  name: "acme-cgm",
  displayName: "Acme CGM",
  configSchema: z.strictObject({ clientId: z.string() }),
  capabilities: ["poll"],
  traits: {
    cadenceSeconds: 300,
    publicationDelaySeconds: 0,
    maxWindowSeconds: 43_200,
    historySeconds: 43_200,
    rePull: [{ everySeconds: 3_600, lookBackSeconds: 43_200 }],
    rateLimit: { calls: 1_000, perSeconds: 3_600, scope: "application" },
  },
  create: () => ok({ poll: { async *fetchPages() {} } }),
});

const withTraits = (change: object) => ({ ...good, traits: { ...good.traits, ...change } });

describe("parseProvider", () => {
  it("accepts what defineProvider gives", () => {
    expect(parseProvider(good)._unsafeUnwrap()).toMatchObject({ name: "acme-cgm", displayName: "Acme CGM", capabilities: ["poll"] });
  });

  it("accepts an object whose create needs its `this`", () => {
    const parsed = parseProvider({
      ...good,
      made: "here",
      create: function create(this: { made: string }) {
        return this.made;
      },
    });
    expect(parsed._unsafeUnwrap().create({}, {})).toBe("here");
  });

  it.each([
    [undefined, "not_an_object", /undefined/],
    ["acme", "not_an_object", /"acme"/],
    [[good], "not_an_object", /a list/],
    [{ ...good, apiVersion: 2 }, "api_version_not_served", /apiVersion 2; this host serves apiVersion 1: update the host/],
    [{ ...good, apiVersion: undefined }, "api_version_not_served", /no apiVersion; this host serves apiVersion 1: update the provider/],
    [{ ...good, apiVersion: "1" }, "api_version_not_served", /"1"/],
    [{ ...good, name: "Acme" }, "name_invalid", /"Acme".*a–z/],
    [{ ...good, name: 7 }, "name_invalid", /7/],
    [{ ...good, displayName: " " }, "name_invalid", /displayName/],
    [{ ...good, capabilities: [] }, "capabilities_unknown", /oauth, login, poll, backfill, webhook/],
    [{ ...good, capabilities: ["poll", "fax"] }, "capabilities_unknown", /"fax"/],
    [{ ...good, capabilities: ["poll", "poll"] }, "capabilities_unknown", /twice/],
    [{ ...good, capabilities: Object.assign(new Array(2), { 1: "poll" }) }, "capabilities_unknown", /undefined/],
    [{ ...good, traits: undefined }, "traits_invalid", /traits/],
    [withTraits({ cadenceSeconds: 0 }), "traits_invalid", /traits\.cadenceSeconds must be a whole number from 1/],
    [withTraits({ publicationDelaySeconds: -1 }), "traits_invalid", /publicationDelaySeconds/],
    [withTraits({ maxWindowSeconds: 1.5, historySeconds: Number.NaN }), "traits_invalid", /maxWindowSeconds.*historySeconds/],
    [
      withTraits({ rePull: [{ everySeconds: 3_600, lookBackSeconds: 7_199 }] }),
      "traits_invalid",
      /rePull\.0\.lookBackSeconds must be at least twice/,
    ],
    [withTraits({ rePull: undefined }), "traits_invalid", /rePull/],
    [withTraits({ rateLimit: { calls: 1, perSeconds: 1, scope: "planet" } }), "traits_invalid", /scope/],
    [withTraits({ rateLimit: { calls: 3, perSeconds: 1, scope: "account" } }), "traits_invalid", /calls must be more than callsPerConnect/],
    [
      withTraits({ rateLimit: { calls: 5, perSeconds: 1, scope: "account", callsPerConnect: 5 } }),
      "traits_invalid",
      /calls must be more than callsPerConnect/,
    ],
    [withTraits({ rateLimit: { calls: 5, perSeconds: 1, scope: "account", callsPerConnect: 0 } }), "traits_invalid", /callsPerConnect/],
    [{ ...good, configSchema: undefined }, "config_schema_missing", /z\.strictObject/],
    [{ ...good, configSchema: z.object({}) }, "config_schema_missing", /z\.strictObject/],
    [{ ...good, configSchema: z.string() }, "config_schema_missing", /z\.strictObject/],
    [{ ...good, configSchema: z.strictObject({ CLIENT_ID: z.string() }) }, "config_schema_missing", /camelCase, unlike CLIENT_ID/],
    [{ ...good, configSchema: z.strictObject({ key: "text", other: 7 } as never) }, "config_schema_missing", /zod 4, unlike key, other/],
    [
      {
        ...good,
        configSchema: z.strictObject({
          key: z.lazy(() => {
            throw new Error("boom");
          }),
        }),
      },
      "config_schema_missing",
      /looked through/,
    ],
    [{ ...good, create: {} }, "create_missing", /function/],
  ])("refuses %o as %s", (offered, kind, message) => {
    const refused = parseProvider(offered)._unsafeUnwrapErr();
    expect(refused.kind).toBe(kind);
    expect(refused.message).toMatch(message);
  });

  it.each([
    { calls: 1, perSeconds: 1, scope: "account", callsPerConnect: 1 },
    { calls: 2, perSeconds: 60, scope: "application", callsPerConnect: 1 },
    { calls: 4, perSeconds: 60, scope: "application" },
  ])("takes the limit %o: somebody can connect, and some calls are left to polls", (rateLimit) => {
    expect(parseProvider(withTraits({ rateLimit }))._unsafeUnwrap().traits.rateLimit).toEqual(rateLimit);
  });

  it("accepts a rung that looks back exactly twice as far as it is due", () => {
    expect(parseProvider(withTraits({ rePull: [{ everySeconds: 3_600, lookBackSeconds: 7_200 }] })).isOk()).toBe(true);
  });

  it("refuses an object that throws when it is looked at", () => {
    const hostile = new Proxy(
      {},
      {
        get: () => {
          throw new Error("no");
        },
      },
    );
    expect(parseProvider(hostile)._unsafeUnwrapErr().kind).toBe("not_an_object");
  });
});
