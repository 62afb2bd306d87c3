import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import type { Instant } from "../reading/instant.ts";
import { createMemoryApiKeyStore } from "../testing/memory-api-key-store.ts";
import { abortedCall, anna, calm } from "../testing/samples.ts";
import { callerOf, findApiKey, hasApiKeyForm, newApiKey } from "./api-keys.ts";

const digest = (text: string) => createHash("sha256").update(text).digest("hex");
const now = 1_745_000_000 as Instant;
const wish = { name: "dashboard", scopes: ["read"], subject: anna } as const;
const RANDOM = "abcdefghijklmnopqrstuvwxyz0123456789-_ABCDE";

async function kept() {
  const store = createMemoryApiKeyStore();
  const { key, text } = newApiKey(RANDOM, wish, now, digest);
  (await store.add(key, calm))._unsafeUnwrap();
  return { store, key, text };
}

it("a key is known by its digest, and says whose data it is for and what may be done", async () => {
  const { store, text } = await kept();
  expect(hasApiKeyForm(text)).toBe(true);
  const found = (await findApiKey(store, digest(text), calm))._unsafeUnwrap();
  expect(callerOf(found)).toEqual({ subject: "anna", scopes: new Set(["read"]) });
});

it("nothing that is kept of a key holds any of it", async () => {
  const { store } = await kept();
  const stored = JSON.stringify((await store.list(calm))._unsafeUnwrap());
  for (let at = 0; at + 8 <= RANDOM.length; at++) expect(stored).not.toContain(RANDOM.slice(at, at + 8));
});

it("another text with the same beginning of its digest is nobody's key", async () => {
  const { store, text } = await kept();
  const near = `${digest(text).slice(0, 63)}${digest(text).endsWith("0") ? "1" : "0"}`;
  expect((await findApiKey(store, near, calm))._unsafeUnwrapErr().kind).toBe("unknown");
});

it("a revoked key is as good as none", async () => {
  const { store, key, text } = await kept();
  (await store.revoke(key.id, now, calm))._unsafeUnwrap();
  expect((await findApiKey(store, digest(text), calm))._unsafeUnwrapErr().kind).toBe("unknown");
});

it("while the store is away nobody is told that a key is unknown", async () => {
  const { store, text } = await kept();
  expect((await findApiKey(store, digest(text), abortedCall()))._unsafeUnwrapErr().kind).toBe("retry");
});

it("what is no key does not look like one", () => {
  for (const text of ["", "bgk_", `bgk_${RANDOM}x`, `BGK_${RANDOM}`, RANDOM, "eyJhbGciOiJub25lIn0.e30.", `bgk_${RANDOM}\n`])
    expect([text, hasApiKeyForm(text)]).toEqual([text, false]);
});
