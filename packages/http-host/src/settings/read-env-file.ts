import { readFileSync } from "node:fs";
import { parseEnv } from "node:util";
import type { Environment } from "@bg-ingest/core";
import { err, ok, type Result } from "neverthrow";
import type { SettingProblem } from "./parse-settings.ts";

/** What a `.env` file says; a file that is not there says nothing. */
export function readEnvFile(path: string): Result<Environment, SettingProblem> {
  try {
    return ok(parseEnv(readFileSync(path, "utf8").replace(/^\uFEFF/, "")));
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT") return ok({});
    return err({ name: path, message: `the file is there and cannot be read (${code ?? "unknown reason"}). Mend it, or move it away` });
  }
}
