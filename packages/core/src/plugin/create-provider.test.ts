import { err, ok } from "neverthrow";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { createProvider } from "./create-provider.ts";
import { type ParsedProvider, parseProvider } from "./parse-provider.ts";
import type { ProviderDeps } from "./provider-definition.ts";

const deps = {} as ProviderDeps;
const act = () => undefined;
const poll = { fetchPages: act };
const login = { fields: [{ name: "user", label: "User", secret: false }], login: act, renew: act };
const oauth = { pkce: true, authorizationUrl: act, exchangeCode: act, refresh: act };
const backfill = { fetchPages: act, availableSpan: act };
const webhook = { verify: act, read: act };

function providerThat(create: (config: unknown) => unknown, capabilities: readonly string[] = ["poll"]): ParsedProvider {
  return parseProvider({
    apiVersion: 1,
    name: "acme",
    displayName: "Acme",
    configSchema: z.strictObject({}),
    capabilities,
    traits: { cadenceSeconds: 300, publicationDelaySeconds: 0, maxWindowSeconds: 300, historySeconds: 300, rePull: [], rateLimit: null },
    create,
  })._unsafeUnwrap();
}

describe("createProvider", () => {
  it("gives what a provider makes of its configuration if it is what was declared", () => {
    const all = { oauth, login, poll, backfill, webhook };
    const made = createProvider(
      providerThat((config) => ok({ ...all, config }), Object.keys(all)),
      { key: 1 },
      deps,
    );
    expect(made._unsafeUnwrap()).toEqual({ ...all, config: { key: 1 } });
  });

  it("passes on why a configuration was refused", () => {
    const refused = createProvider(
      providerThat(() => err({ kind: "config_refused", message: "the region is closed" })),
      {},
      deps,
    );
    expect(refused._unsafeUnwrapErr()).toEqual({ kind: "config_refused", message: "the region is closed" });
  });

  it.each([
    [
      () => {
        throw new Error("boom");
      },
      "create_failed",
      /throws/,
    ],
    [() => ({ poll }), "create_failed", /Result/],
    [() => undefined, "create_failed", /Result/],
    [() => ok(null), "capability_mismatch", /object/],
    [() => ok({}), "capability_mismatch", /declares "poll" and its create does not return it/],
    [() => ok({ poll, login }), "capability_mismatch", /returns "login", which it does not declare/],
    [() => ok({ poll: true }), "capability_mismatch", /"poll" must be an object/],
    [() => ok({ poll: { fetchPages: "later" } }), "capability_mismatch", /"poll\.fetchPages" must be a function/],
  ])("refuses %s", (create, kind, message) => {
    const refused = createProvider(providerThat(create), {}, deps)._unsafeUnwrapErr();
    expect(refused.kind).toBe(kind);
    expect(refused.message).toMatch(message);
  });

  it.each([
    ["login", { ...login, fields: [] }, /login\.fields/],
    ["login", { ...login, fields: [...login.fields, ...login.fields] }, /each name once/],
    ["login", { ...login, fields: [{ name: "user" }] }, /login\.fields/],
    ["oauth", { ...oauth, pkce: undefined }, /oauth\.pkce/],
    ["oauth", { ...oauth, refresh: undefined }, /oauth\.refresh/],
    ["backfill", { ...backfill, availableSpan: undefined }, /backfill\.availableSpan/],
    ["webhook", { ...webhook, subscribe: "yes" }, /webhook\.subscribe/],
  ])("refuses a %s that is not complete", (capability, value, message) => {
    const refused = createProvider(
      providerThat(() => ok({ [capability]: value }), [capability]),
      {},
      deps,
    )._unsafeUnwrapErr();
    expect(refused).toMatchObject({ kind: "capability_mismatch", message: expect.stringMatching(message) });
  });
});
