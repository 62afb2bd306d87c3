import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import type { SourceKey, Vault, VaultError } from "@bg-ingest/core";
import { err, errAsync, ok, okAsync, type Result } from "neverthrow";

/** 32 bytes. */
export type VaultKey = Buffer & { readonly __purpose: "vault key" };

const FORM = 1;
const KEY_ID_BYTES = 4;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEAD_BYTES = 1 + KEY_ID_BYTES + NONCE_BYTES + TAG_BYTES;

/**
 * AES-256-GCM, bound to the user and the source. The first key seals, all of them open: a new key is put in front, the old one stays
 * until everything has been sealed anew. Form u8 · key id 4 · nonce 12 · tag 16 · sealed.
 */
export function createVault(keys: VaultKeys): Vault {
  const byId = new Map(keys.map((key) => [keyIdOf(key).toString("hex"), key]));
  return {
    seal: (source, secret) => okAsync(seal(keys[0], source, secret)),
    open(source, sealed) {
      const key = byId.get(Buffer.from(sealed.subarray(1, 1 + KEY_ID_BYTES)).toString("hex"));
      if (key === undefined) return errAsync(FOREIGN_KEY);
      const opened = open(key, source, sealed);
      return opened.isOk() ? okAsync(opened.value) : errAsync(opened.error);
    },
  };
}

/** The first seals. */
export type VaultKeys = readonly [VaultKey, ...VaultKey[]];

export function parseVaultKey(text: string): VaultKey | null {
  return /^[A-Za-z0-9+/]{43}=$/.test(text) ? (Buffer.from(text, "base64") as VaultKey) : null;
}

export function newVaultKey(): string {
  return randomBytes(32).toString("base64");
}

function seal(key: VaultKey, source: SourceKey, secret: Uint8Array): Uint8Array {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(boundTo(source));
  const sealed = Buffer.concat([cipher.update(secret), cipher.final()]);
  return Buffer.concat([Buffer.of(FORM), keyIdOf(key), nonce, cipher.getAuthTag(), sealed]);
}

function open(key: VaultKey, source: SourceKey, sealed: Uint8Array): Result<Uint8Array, VaultError> {
  if (sealed[0] !== FORM || sealed.length < HEAD_BYTES) return err(broken("they are not in a form that this version knows"));
  const nonce = sealed.subarray(1 + KEY_ID_BYTES, 1 + KEY_ID_BYTES + NONCE_BYTES);
  const decipher = createDecipheriv("aes-256-gcm", key, nonce).setAAD(boundTo(source));
  decipher.setAuthTag(sealed.subarray(HEAD_BYTES - TAG_BYTES, HEAD_BYTES));
  try {
    return ok(Buffer.concat([decipher.update(sealed.subarray(HEAD_BYTES)), decipher.final()]));
  } catch {
    return err(broken("they are damaged, or belong to another source"));
  }
}

function boundTo(source: SourceKey): Buffer {
  return Buffer.from(`${source.userId}\n${source.sourceId}`);
}

/** Tells keys apart and says nothing about them. */
function keyIdOf(key: VaultKey): Buffer {
  return createHash("sha256").update("bg-ingest vault key id").update(key).digest().subarray(0, KEY_ID_BYTES);
}

function broken(why: string): VaultError {
  return { kind: "stop", message: `The stored credentials cannot be opened: ${why}. Connect again.` };
}

const FOREIGN_KEY: VaultError = {
  kind: "stop",
  message:
    "The stored credentials were sealed with a key that this service does not have. Start it with the key of before (VAULT_KEY, or vault.key under DATA_DIR); if that is lost, connect again.",
};
