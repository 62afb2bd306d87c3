import { err, ok, type Result } from "neverthrow";
import { parseVaultKey, type VaultKey, type VaultKeys } from "./vault.ts";

/** The keys in the order given, or what is wrong with one of them, in words that show none. */
export function parseVaultKeys(texts: readonly string[]): Result<VaultKeys, string> {
  const keys: VaultKey[] = [];
  for (const [index, text] of texts.entries()) {
    const which = texts.length === 1 ? "the key given" : `key ${index + 1} of ${texts.length}`;
    const key = parseVaultKey(text);
    if (key === null)
      return err(`${which} (not shown, it is secret) is not the base64 of 32 bytes (\`openssl rand -base64 32\` makes one)`);
    const first = keys.findIndex((other) => other.equals(key));
    if (first >= 0) return err(`${which} (not shown, it is secret) is the same as key ${first + 1}`);
    keys.push(key);
  }
  const [sealing, ...others] = keys;
  return sealing === undefined ? err("there is no key") : ok([sealing, ...others]);
}
