import { randomBytes } from "node:crypto";
import type { SourceKey } from "@bg-ingest/core";
import fc from "fast-check";
import { expect, it } from "vitest";
import { createVault, newVaultKey, parseVaultKey, type VaultKey } from "./vault.ts";

const keyOf = () => parseVaultKey(newVaultKey()) as VaultKey;
const anna = { userId: "anna", sourceId: "annasource1" } as SourceKey;
const secrets = fc.uint8Array({ maxLength: 300 });

it("opens what it sealed", async () => {
  const vault = createVault([keyOf()]);
  await fc.assert(
    fc.asyncProperty(secrets, async (secret) => {
      const sealed = (await vault.seal(anna, secret))._unsafeUnwrap();
      expect(Buffer.from((await vault.open(anna, sealed))._unsafeUnwrap())).toEqual(Buffer.from(secret));
    }),
  );
});

it("opens nothing for another user or source", async () => {
  const vault = createVault([keyOf()]);
  const sealed = (await vault.seal(anna, randomBytes(40)))._unsafeUnwrap();
  expect((await vault.open({ ...anna, userId: "ben" } as SourceKey, sealed)).isErr()).toBe(true);
  expect((await vault.open({ ...anna, sourceId: "bensource11" } as SourceKey, sealed)).isErr()).toBe(true);
});

it("opens nothing that was altered anywhere", async () => {
  const vault = createVault([keyOf()]);
  const sealed = (await vault.seal(anna, randomBytes(40)))._unsafeUnwrap();
  await fc.assert(
    fc.asyncProperty(fc.nat(sealed.length - 1), fc.integer({ min: 1, max: 255 }), async (place, change) => {
      const altered = Uint8Array.from(sealed);
      altered[place] = (altered[place] as number) ^ change;
      expect((await vault.open(anna, altered)).isErr()).toBe(true);
    }),
  );
  expect((await vault.open(anna, sealed.subarray(0, 20))).isErr()).toBe(true);
});

it("a new key in front seals; the old one behind it still opens", async () => {
  const [old, fresh] = [keyOf(), keyOf()];
  const before = (await createVault([old]).seal(anna, randomBytes(8)))._unsafeUnwrap();
  const both = createVault([fresh, old]);
  const after = (await both.seal(anna, randomBytes(8)))._unsafeUnwrap();
  expect((await both.open(anna, before)).isOk()).toBe(true);
  expect((await createVault([fresh]).open(anna, after)).isOk()).toBe(true);
  expect((await createVault([fresh]).open(anna, before)).isErr()).toBe(true);
});
