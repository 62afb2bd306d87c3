import { ok } from "neverthrow";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { parseProvider } from "./parse-provider.ts";
import { defineProvider } from "./provider-definition.ts";
import { connectionTraitsWith, traitsWith } from "./traits-with.ts";

const traits = {
  cadenceSeconds: 300,
  publicationDelaySeconds: 10_800,
  maxWindowSeconds: 300,
  historySeconds: 300,
  rePull: [],
  rateLimit: null,
} as const;
const acme = defineProvider({
  apiVersion: 1,
  name: "acme",
  displayName: "Acme",
  configSchema: z.strictObject({ region: z.enum(["near", "far"]) }),
  capabilities: ["poll"],
  traits,
  traitsFor: ({ region }) => ({ ...traits, publicationDelaySeconds: region === "near" ? 3_600 : 10_800 }),
  create: () => ok({ poll: { async *fetchPages() {} } }),
});
const near = { region: "near" };
const withTraitsFor = (traitsFor: unknown) => parseProvider({ ...acme, traitsFor });

describe("the traits with a configuration", () => {
  it("are those that the provider says hold with it", () => {
    const parsed = parseProvider(acme)._unsafeUnwrap();
    expect(traitsWith(parsed, near)._unsafeUnwrap()).toEqual({ ...traits, publicationDelaySeconds: 3_600 });
    expect(parsed.traits).toEqual(traits);
  });

  it("are the same whatever the configuration is, where the provider makes no difference", () => {
    expect(traitsWith(withTraitsFor(undefined)._unsafeUnwrap(), near)._unsafeUnwrap()).toEqual(traits);
  });

  it.each([
    ["throws", () => JSON.parse("{"), /throws/],
    ["breaks a rule", () => ({ ...traits, cadenceSeconds: 0 }), /traits\.cadenceSeconds must be/],
    ["answers nothing", () => undefined, /traits must be/],
  ])("are refused if the provider %s", (_, traitsFor, words) => {
    const refused = traitsWith(withTraitsFor(traitsFor)._unsafeUnwrap(), near)._unsafeUnwrapErr();
    expect(refused).toMatchObject({ kind: "traits_invalid", message: expect.stringMatching(words) });
  });

  it("are refused before there is a configuration if nobody can tell them", () => {
    expect(withTraitsFor({})._unsafeUnwrapErr()).toMatchObject({ kind: "traits_invalid", message: expect.stringContaining("function") });
  });
});

describe("the traits of a connection", () => {
  const credentials = { value: { region: "far" }, expiresAt: null };
  const withOwn = (traitsForConnection: unknown) => parseProvider({ ...acme, traitsForConnection });

  it("are those that the provider says hold for its credentials, whatever the configuration is", () => {
    const regionOf = ({ value }: { readonly value: unknown }) => (value as typeof near).region;
    const own = (of: typeof credentials) => ({ ...traits, publicationDelaySeconds: regionOf(of) === "near" ? 3_600 : 10_800 });
    const traitsOf = connectionTraitsWith(withOwn(own)._unsafeUnwrap(), near);
    expect(traitsOf?.(credentials)._unsafeUnwrap().publicationDelaySeconds).toBe(10_800);
    expect(traitsOf?.({ ...credentials, value: near })._unsafeUnwrap().publicationDelaySeconds).toBe(3_600);
  });

  it("are no matter of their own where the provider does not say so", () => {
    expect(connectionTraitsWith(parseProvider(acme)._unsafeUnwrap(), near)).toBeNull();
  });

  it.each([
    ["throws", () => JSON.parse("{"), /traitsForConnection throws/],
    ["breaks a rule", () => ({ ...traits, cadenceSeconds: 0 }), /traits\.cadenceSeconds must be/],
  ])("are refused if the provider %s", (_, own, words) => {
    const refused = connectionTraitsWith(withOwn(own)._unsafeUnwrap(), near)?.(credentials)._unsafeUnwrapErr();
    expect(refused).toMatchObject({ kind: "traits_invalid", message: expect.stringMatching(words) });
  });

  it("are refused if nobody can tell them", () => {
    expect(withOwn(17)._unsafeUnwrapErr()).toMatchObject({ kind: "traits_invalid", message: expect.stringContaining("function") });
  });
});
