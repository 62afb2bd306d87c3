import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { err, ok, Result } from "neverthrow";
import { newVaultKey, parseVaultKey, type VaultKey } from "./vault.ts";

const NAME = "vault.key";

export interface VaultKeyRefused {
  readonly kind: "vault_key_refused";
  readonly message: string;
}

export interface VaultKeyOfFile {
  readonly key: VaultKey;
  /** There was none: whatever was sealed before cannot be opened with this one. */
  readonly isNew: boolean;
}

/** In development the key lives beside the data, readable by its owner alone; made at the first start. */
export function vaultKeyFromFile(dataDir: string): Result<VaultKeyOfFile, VaultKeyRefused> {
  const path = join(dataDir, NAME);
  return readOrMake(path)
    .mapErr((cause) => refused(`${path} cannot be read or made: ${cause}. Check DATA_DIR.`))
    .andThen(({ text, isNew }) => {
      const key = parseVaultKey(text.trim());
      if (key !== null) return ok({ key, isNew });
      return err(refused(`${path} does not hold 32 bytes in base64. Restore it: without it stored credentials cannot be opened.`));
    });
}

function refused(message: string): VaultKeyRefused {
  return { kind: "vault_key_refused", message };
}

const readOrMake = Result.fromThrowable(
  (path: string) => {
    const isNew = make(path);
    chmodSync(path, 0o600);
    return { text: readFileSync(path, "utf8"), isNew };
  },
  (cause) => (cause instanceof Error ? cause.message : String(cause)),
);

/** `false` if there is one already, and be it made by somebody else this very moment. */
function make(path: string): boolean {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  try {
    writeFileSync(path, `${newVaultKey()}\n`, { mode: 0o600, flag: "wx" });
    return true;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw cause;
  }
}
