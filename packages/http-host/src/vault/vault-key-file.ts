import { randomUUID } from "node:crypto";
import { chmodSync, closeSync, existsSync, fsyncSync, linkSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Result } from "neverthrow";
import { parseVaultKeys } from "./parse-vault-keys.ts";
import { newVaultKey, type VaultKeys } from "./vault.ts";

const NAME = "vault.key";

export interface VaultKeyRefused {
  readonly kind: "vault_key_refused";
  readonly message: string;
}

export interface VaultKeysOfFile {
  readonly keys: VaultKeys;
  /** There was none: whatever was sealed before cannot be opened with this one. */
  readonly isNew: boolean;
}

/** In development the keys live beside the data, readable by their owner alone, a line for each; the first is made at the first start. */
export function vaultKeysFromFile(dataDir: string): Result<VaultKeysOfFile, VaultKeyRefused> {
  const path = join(dataDir, NAME);
  return readOrMake(path)
    .mapErr((cause) => refused(`${path} cannot be read or made: ${cause}. Check DATA_DIR.`))
    .andThen(({ text, isNew }) =>
      parseVaultKeys(linesOf(text))
        .map((keys) => ({ keys, isNew }))
        .mapErr((why) =>
          refused(`${path} does not hold a key in each line: ${why}. Restore it: without it stored credentials cannot be opened.`),
        ),
    );
}

function linesOf(text: string): readonly string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
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

/**
 * `false` if there is one already, and be it made by somebody else this very moment. The key has its name only once all of it is on disk:
 * no crash leaves half a key behind, or credentials that were sealed with a key that is gone.
 */
function make(path: string): boolean {
  const dir = dirname(path);
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  if (existsSync(path)) return false;
  const temporary = `${path}.${randomUUID()}.new`;
  try {
    writeThrough(temporary, `${newVaultKey()}\n`);
    return giveName(temporary, path);
  } finally {
    rmSync(temporary, { force: true });
    syncFolder(dir);
  }
}

function writeThrough(path: string, text: string): void {
  const file = openSync(path, "wx", 0o600);
  try {
    writeFileSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Unlike a rename, a link never replaces what bears the name. */
function giveName(temporary: string, path: string): boolean {
  try {
    linkSync(temporary, path);
    return true;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw cause;
  }
}

/** A new name is on disk once its folder is. Windows opens no folders, and needs none of this. */
function syncFolder(dir: string): void {
  if (process.platform === "win32") return;
  const folder = openSync(dir, "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
