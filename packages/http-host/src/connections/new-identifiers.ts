import { randomBytes } from "node:crypto";
import type { SourceId } from "@bg-ingest/core";

const LETTERS = "abcdefghijklmnopqrstuvwxyz234567";
const LENGTH = 13;

/** 65 random bits. */
export function newSourceId(): SourceId {
  return Array.from(randomBytes(LENGTH), (byte) => LETTERS[byte & 31]).join("") as SourceId;
}

/** 16 random bytes in base64url. */
export function newConnectId(): string {
  return randomBytes(16).toString("base64url");
}

/** 32 random bytes in base64url. */
export function newOAuthState(): string {
  return randomBytes(32).toString("base64url");
}

/** 32 random bytes, in the form that Standard Webhooks gives secrets. */
export function newWebhookSecret(): string {
  return `whsec_${randomBytes(32).toString("base64")}`;
}
