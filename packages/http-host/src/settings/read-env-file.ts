import { readFileSync } from "node:fs";
import { parseEnv } from "node:util";
import type { Environment } from "@bg-ingest/core";
import { err, ok, type Result } from "neverthrow";
import type { SettingProblem } from "./setting-problem.ts";

/** What a `.env` file says; a file that is not there says nothing. A line that says nothing at all is refused: somebody meant something by it. */
export function readEnvFile(path: string): Result<Environment, SettingProblem> {
  try {
    const text = readFileSync(path, "utf8").replace(/^\uFEFF/, "");
    const line = lineWithoutSetting(text);
    return line === null ? ok(parseEnv(text)) : err({ name: path, message: `line ${line} is neither NAME=value nor a comment (#)` });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT") return ok({});
    return err({ name: path, message: `the file is there and cannot be read (${code ?? "unknown reason"}). Mend it, or move it away` });
  }
}

/** Its number, from 1; `null` if there is none. The text itself may be a secret. */
function lineWithoutSetting(text: string): number | null {
  let openQuote = "";
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (openQuote !== "") {
      if (line.includes(openQuote)) openQuote = "";
      continue;
    }
    if (/^\s*(#|$)/.test(line)) continue;
    if (!line.includes("=")) return index + 1;
    openQuote = /=\s*(["'`])(?!.*\1)/.exec(line)?.[1] ?? "";
  }
  return null;
}
