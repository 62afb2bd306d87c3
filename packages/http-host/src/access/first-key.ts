import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { hasApiKeyForm, type Instant, type MadeApiKey, newApiKey } from "@bg-ingest/core";
import { digest } from "../composition/digest.ts";

/** Beside the data, for their owner alone: the key that development makes for itself where others can reach it. */
const NAME = "api.key";

export function firstKeyFile(dataDir: string): string {
  return join(dataDir, NAME);
}

/** The digest of the key in the file; `null` if there is none. */
export function firstKeyDigest(dataDir: string): string | null {
  const file = firstKeyFile(dataDir);
  const text = existsSync(file) ? readFileSync(file, "utf8").trim() : "";
  return hasApiKeyForm(text) ? digest(text) : null;
}

/** In the place of one that is no longer good. */
export function makeFirstKey(dataDir: string, now: Instant): MadeApiKey {
  const made = makeApiKey({ name: "made at the first start", scopes: ["read", "write", "admin"], subject: null }, now);
  const file = firstKeyFile(dataDir);
  writeFileSync(file, `${made.text}\n`, { mode: 0o600 });
  chmodSync(file, 0o600);
  return made;
}

export function makeApiKey(wish: Parameters<typeof newApiKey>[1], now: Instant): MadeApiKey {
  return newApiKey(randomBytes(32).toString("base64url"), wish, now, digest);
}
