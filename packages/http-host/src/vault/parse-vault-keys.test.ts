import { expect, it } from "vitest";
import { parseVaultKeys } from "./parse-vault-keys.ts";
import { newVaultKey } from "./vault.ts";

it("keeps the order: the first seals", () => {
  const texts = [newVaultKey(), newVaultKey(), newVaultKey()];
  const keys = parseVaultKeys(texts)._unsafeUnwrap();
  expect(keys.map((key) => key.toString("base64"))).toEqual(texts);
});

it("says which one is wrong, and shows none", () => {
  const [good, canary] = [newVaultKey(), "canary-4711"];
  const wrong: readonly (readonly [readonly string[], RegExp])[] = [
    [[], /^there is no key$/],
    [[canary], /^the key given .* is not the base64 of 32 bytes/],
    [[good, canary], /^key 2 of 2 .* is not the base64 of 32 bytes/],
    [[good, ""], /^key 2 of 2 .* is not the base64/],
    [[good, good.replace("=", "")], /^key 2 of 2 .* is not the base64/],
    [[newVaultKey(), good, good], /^key 3 of 3 .* is the same as key 2$/],
  ];
  for (const [texts, message] of wrong) {
    const problem = parseVaultKeys(texts)._unsafeUnwrapErr();
    expect(problem).toMatch(message);
    for (const text of texts.filter((each) => each !== "")) expect(problem).not.toContain(text);
  }
});
