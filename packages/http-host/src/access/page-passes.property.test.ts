import { type ApiKeyId, type Caller, SCOPES, TRUSTED, type UserId } from "@bg-ingest/core";
import { createManualTime } from "@bg-ingest/core/testing";
import fc from "fast-check";
import { expect, it } from "vitest";
import { newVaultKey, parseVaultKey, type VaultKey } from "../vault/vault.ts";
import { createPagePasses } from "./page-passes.ts";

const newKey = () => parseVaultKey(newVaultKey()) as VaultKey;
const [anna, bert] = ["anna", "anna\n1" as string].map((text) => text as UserId) as [UserId, UserId];

function passes(...keys: readonly [VaultKey, ...VaultKey[]]) {
  const time = createManualTime(1_745_000_000_000);
  return { time, passes: createPagePasses(keys, time) };
}

it("a link lets the browser that opens it in time to the page of its person, and to no other", () => {
  const { time, passes: made } = passes(newKey());
  const link = made.forLink(TRUSTED, anna)._unsafeUnwrap();
  time.pass(599_000);
  const pass = made.forBrowser(link.text, anna);
  expect(made.callerWith(pass?.text ?? "", anna)).toEqual({ subject: "anna", scopes: new Set(["read", "write"]), isPage: true });
  expect(made.callerWith(pass?.text ?? "", bert)).toBeNull();
  expect(made.forBrowser(link.text, bert)).toBeNull();
  time.pass(1_000);
  expect(made.forBrowser(link.text, anna)).toBeNull();
  time.pass(3_598_000);
  expect(made.callerWith(pass?.text ?? "", anna)).not.toBeNull();
  time.pass(1_000);
  expect(made.callerWith(pass?.text ?? "", anna)).toBeNull();
});

it("a link is no pass, and a pass no link", () => {
  const { passes: made } = passes(newKey());
  const link = made.forLink(TRUSTED, anna)._unsafeUnwrap();
  const pass = made.forBrowser(link.text, anna);
  expect(made.callerWith(link.text, anna)).toBeNull();
  expect(made.forBrowser(pass?.text ?? "", anna)).toBeNull();
});

it("whatever is changed about a pass, it holds no more", () => {
  const { passes: made } = passes(newKey());
  const { text } = made.forLink(TRUSTED, anna)._unsafeUnwrap();
  fc.assert(
    fc.property(fc.nat(text.length - 1), fc.constantFrom(..."09azAZ-_.="), (at, letter) => {
      const changed = `${text.slice(0, at)}${letter}${text.slice(at + 1)}`;
      // The last letter of base64 holds bits that mean nothing.
      const isSame =
        changed === text ||
        (at === text.length - 1 &&
          Buffer.from(changed.split(".")[2] ?? "", "base64url").equals(Buffer.from(text.split(".")[2] ?? "", "base64url")));
      expect(made.forBrowser(changed, anna) === null).toBe(!isSame);
    }),
  );
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(made.forBrowser(text, anna)).toBeNull();
    }),
  );
});

it("only who may read and write a person's connections may give a link to them", () => {
  const { passes: made } = passes(newKey());
  const subject = fc.option(fc.constantFrom("anna", "bert"));
  fc.assert(
    fc.property(subject, fc.subarray([...SCOPES]), (who, scopes) => {
      const caller: Caller = { subject: who, scopes: new Set(scopes) };
      const mayBoth = scopes.includes("read") && scopes.includes("write") && (who === null || who === "anna");
      expect(made.forLink(caller, anna).isOk()).toBe(scopes.includes("admin") || mayBoth);
    }),
  );
});

it("what an older key of the vault signed holds as long as that key is given, and no longer", () => {
  const [old, fresh] = [newKey(), newKey()];
  const { text } = passes(old).passes.forLink(TRUSTED, anna)._unsafeUnwrap();
  expect(passes(fresh, old).passes.forBrowser(text, anna)).not.toBeNull();
  expect(passes(fresh).passes.forBrowser(text, anna)).toBeNull();
});

it("link and pass tell by which key they were given out, and nobody changes that", () => {
  const { passes: made } = passes(newKey());
  const keyId = "0123456789abcdef" as ApiKeyId;
  const link = made.forLink({ ...TRUSTED, keyId }, anna)._unsafeUnwrap();
  const pass = made.forBrowser(link.text, anna);
  expect([link.keyId, pass?.keyId, made.callerWith(pass?.text ?? "", anna)?.keyId]).toEqual([keyId, keyId, keyId]);
  for (const other of ["", "fedcba9876543210"]) {
    expect(made.forBrowser(link.text.replace(keyId, other), anna)).toBeNull();
    expect(made.callerWith((pass?.text ?? "").replace(keyId, other), anna)).toBeNull();
  }
});
