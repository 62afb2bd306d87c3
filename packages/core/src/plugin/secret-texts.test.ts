import { ok } from "neverthrow";
import { expect, it } from "vitest";
import { z } from "zod";
import { parseProvider } from "./parse-provider.ts";
import { readProviderConfig } from "./provider-settings.ts";
import { secretTexts } from "./secret-texts.ts";

const secret = z.string().meta({ secret: true });
const listed = z.string().transform((text) => text.split(","));
const json = z.string().transform((text): unknown => JSON.parse(text));
const provider = parseProvider({
  apiVersion: 1,
  name: "acme",
  displayName: "Acme",
  configSchema: z.strictObject({
    region: z.string(),
    token: secret.trim(),
    keys: listed.meta({ secret: true }),
    account: json.pipe(z.strictObject({ name: z.string(), password: secret })),
    byName: json
      .pipe(z.record(z.string(), secret))
      .transform((each) => new Map(Object.entries(each)))
      .optional(),
    address: z
      .string()
      .transform((text) => new URL(text))
      .meta({ secret: true }),
  }),
  capabilities: ["poll"],
  traits: { cadenceSeconds: 300, publicationDelaySeconds: 0, maxWindowSeconds: 300, historySeconds: 300, rePull: [], rateLimit: null },
  create: () => ok({}),
})._unsafeUnwrap();

const environment = {
  ACME_REGION: "europe",
  ACME_TOKEN: " token-1 ",
  ACME_KEYS: "key-1,key-2",
  ACME_ACCOUNT: '{"name":"anna","password":"password-1"}',
  ACME_BY_NAME: '{"one":"named-1"}',
  ACME_ADDRESS: "https://user:pass-1@acme.example",
};

it("every secret text is told, as it was written and as the schema reads it", () => {
  const config = readProviderConfig(provider, environment, false)._unsafeUnwrap();
  const texts = secretTexts(provider, environment, config.kind === "configured" && config.config);
  const { ACME_REGION: region, ...others } = environment;
  expect(texts).toEqual(expect.arrayContaining(Object.values(others)));
  expect(texts).toEqual(
    expect.arrayContaining(["token-1", "key-1", "key-2", "password-1", "named-1", "https://user:pass-1@acme.example/", "pass-1"]),
  );
  expect(texts).not.toContain(region);
});

it("before a configuration is read, what was written is told, and nothing that is empty", () => {
  expect(secretTexts(provider, { ACME_TOKEN: "token-1", ACME_KEYS: "" })).toEqual(["token-1"]);
});
