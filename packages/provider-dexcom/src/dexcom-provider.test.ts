import { connectionTraitsWith, createProvider, parseProvider, readProviderConfig, traitsWith } from "@bg-ingest/core";
import { createManualTime } from "@bg-ingest/core/testing";
import { describe, expect, it } from "vitest";
import { provider } from "./index.ts";

const parsed = parseProvider(provider)._unsafeUnwrap();
const set = {
  DEXCOM_CLIENT_ID: "client-1",
  DEXCOM_CLIENT_SECRET: "canary",
  DEXCOM_REDIRECT_URI: "https://bg.example/api/oauth/dexcom/callback",
};
const configOf = (environment: Record<string, string>, isDevelopment = false) => readProviderConfig(parsed, environment, isDevelopment);

describe("the settings", () => {
  it("are those of the documentation", () => {
    expect(configOf({ ...set, DEXCOM_API_BASE_URL: "jp" })._unsafeUnwrap()).toEqual({
      kind: "configured",
      config: {
        clientId: "client-1",
        clientSecret: "canary",
        redirectUri: "https://bg.example/api/oauth/dexcom/callback",
        apiBaseUrl: { baseUrl: "https://api.dexcom.jp", region: "jp" },
        oauthVersion: "v3",
      },
    });
  });

  it("mean the sandbox in development, and nothing outside it, while no region is named", () => {
    expect(configOf(set, true)._unsafeUnwrap()).toMatchObject({ config: { apiBaseUrl: { region: "sandbox" } } });
    expect(configOf(set)._unsafeUnwrap()).toEqual({ kind: "not_configured", missing: ["DEXCOM_API_BASE_URL"] });
  });

  it("are all named while none is there", () => {
    const missing = ["DEXCOM_CLIENT_ID", "DEXCOM_CLIENT_SECRET", "DEXCOM_REDIRECT_URI"];
    expect(configOf({}, true)._unsafeUnwrap()).toEqual({ kind: "not_configured", missing });
    expect(configOf({})._unsafeUnwrap()).toEqual({ kind: "not_configured", missing: [...missing, "DEXCOM_API_BASE_URL"] });
  });

  it.each([
    ["DEXCOM_API_BASE_URL", "mars", /one of us, eu, jp, sandbox, or an https/],
    ["DEXCOM_API_BASE_URL", "http://api.dexcom.com", /https/],
    ["DEXCOM_OAUTH_VERSION", "v1", /v2/],
    ["DEXCOM_REDIRECT_URI", "localhost:5001/api", /http/],
    ["DEXCOM_REDIRECT_URI", "https://bg.example/#x", /without #/],
    ["DEXCOM_REDIRECT_URI", "callback", /registered/],
  ])("refuse %s=%s", (name, value, words) => {
    expect(configOf({ ...set, [name]: value })._unsafeUnwrapErr().message).toMatch(words);
  });

  it("keep the redirect URI letter by letter", () => {
    const uri = "HTTPS://BG.example:443/api/../callback";
    expect(configOf({ ...set, DEXCOM_API_BASE_URL: "us", DEXCOM_REDIRECT_URI: uri })._unsafeUnwrap()).toMatchObject({
      config: { redirectUri: uri },
    });
  });
});

describe("the traits", () => {
  it.each([
    ["us", 3_600],
    ["https://api.dexcom.com", 3_600],
    ["sandbox", 3_600],
    ["eu", 10_800],
    ["jp", 10_800],
    ["https://gateway.example", 10_800],
  ])("say of %s that data show after %i s", (DEXCOM_API_BASE_URL, publicationDelaySeconds) => {
    const read = configOf({ ...set, DEXCOM_API_BASE_URL })._unsafeUnwrap();
    const config = read.kind === "configured" ? read.config : undefined;
    expect(traitsWith(parsed, config)._unsafeUnwrap()).toEqual({ ...parsed.traits, publicationDelaySeconds });
  });

  it("of a connection are those of the region in which it was made, whatever the settings say by now", () => {
    for (const DEXCOM_API_BASE_URL of ["us", "eu", "jp", "sandbox", "https://gateway.example"]) {
      const read = configOf({ ...set, DEXCOM_API_BASE_URL })._unsafeUnwrap();
      const traitsOf = connectionTraitsWith(parsed, read.kind === "configured" ? read.config : undefined);
      const delayAt = (baseUrl: string) => {
        const value = { baseUrl, accessToken: "access", refreshToken: "refresh" };
        return traitsOf?.({ value, expiresAt: null })._unsafeUnwrap().publicationDelaySeconds;
      };
      expect(["https://api.dexcom.com", "https://sandbox-api.dexcom.com"].map(delayAt)).toEqual([3_600, 3_600]);
      expect(["https://api.dexcom.eu", "https://api.dexcom.jp", "https://gateway.example"].map(delayAt)).toEqual([10_800, 10_800, 10_800]);
      expect(traitsOf?.({ value: "unreadable", expiresAt: null })._unsafeUnwrap()).toEqual(parsed.traits);
    }
  });

  it("ask for less than Dexcom's 30 days at once, and for what a receiver uploads weeks late", () => {
    const { maxWindowSeconds, rePull } = parsed.traits;
    expect(maxWindowSeconds).toBeLessThan(30 * 86_400);
    expect(rePull.some(({ everySeconds, lookBackSeconds }) => everySeconds <= 7 * 86_400 && lookBackSeconds >= 30 * 86_400)).toBe(true);
  });
});

it("says at the start where new connections are made, and no secret", () => {
  const lines: unknown[] = [];
  const note = (fields: unknown, message: string) => void lines.push({ fields, message });
  const logger = { debug: note, info: note, warn: note, error: note };
  const read = configOf(set, true)._unsafeUnwrap();
  const made = createProvider(parsed, read.kind === "configured" ? read.config : undefined, {
    fetch: () => Promise.reject(new Error("nothing is asked at the start")),
    clock: createManualTime(),
    logger,
  });
  expect(made.isOk()).toBe(true);
  expect(lines).toEqual([
    {
      fields: {},
      message: "New connections are made with https://sandbox-api.dexcom.com, where people are invented.",
    },
  ]);
});
