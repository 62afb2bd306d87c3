import { accessSync, constants, mkdirSync, type Stats, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { err, ok, Result } from "neverthrow";

export interface DataDirRefused {
  readonly kind: "data_dir_refused";
  readonly message: string;
}

/** The folder that holds everything, made for its owner alone where it does not exist; what keeps it from being used is told by the name of the setting. */
export function prepareDataDir(dataDir: string): Result<string, DataDirRefused> {
  const path = resolve(dataDir);
  const made = makeFolder(path);
  if (made.isErr()) return refused(path, made.error);
  return access(path).isOk() ? ok(path) : refused(path, "this user may not write there");
}

/** One folder after the other, from the first that exists: Node's own way of making them all never ends in some places, /proc among them. */
function makeFolder(path: string): Result<void, string> {
  const found = statOf(path);
  if (found !== null) return found.isDirectory() ? ok() : err(`${path} is a file, not a folder`);
  const parent = dirname(path);
  if (parent === path) return err("there is no such place");
  return makeFolder(parent).andThen(() => mkdir(path));
}

const statOf = (path: string): Stats | null =>
  Result.fromThrowable(() => statSync(path, { throwIfNoEntry: false }) ?? null)().unwrapOr(null);

const mkdir = Result.fromThrowable((path: string) => mkdirSync(path, { mode: 0o700 }), reasonOf) as (path: string) => Result<void, string>;

const access = Result.fromThrowable((path: string) => accessSync(path, constants.W_OK | constants.X_OK));

function reasonOf(cause: unknown): string {
  const { code } = cause as NodeJS.ErrnoException;
  if (code === "EACCES" || code === "EPERM" || code === "EROFS") return "this user may not make it";
  return cause instanceof Error ? cause.message : String(cause);
}

function refused(path: string, why: string): Result<never, DataDirRefused> {
  const message = `DATA_DIR: nothing can be kept in ${path}: ${why}. Give this user the right to write there, or set DATA_DIR to another folder.`;
  return err({ kind: "data_dir_refused", message });
}
