import { createLogger, type HostLog } from "../src/logging/create-logger.ts";
import { parseSettings } from "../src/settings/parse-settings.ts";

export interface RecordedLog extends HostLog {
  readonly lines: readonly string[];
}

/** The host's own log, its lines kept in place of printed. */
export function recordedLog(environment: Readonly<Record<string, string>> = { LOG_LEVEL: "debug" }, isTerminal = false): RecordedLog {
  const lines: string[] = [];
  const settings = parseSettings({ environment, file: {} })._unsafeUnwrap();
  const target = { write: (line: string) => void lines.push(line), isTerminal, flush: () => undefined };
  return { ...createLogger(settings, target), lines };
}

/** The canaries that stand in any of the lines, whatever way they are written. */
export function canariesIn(lines: readonly string[], canaries: readonly string[]): readonly string[] {
  const text = lines.join("");
  return canaries.filter((canary) =>
    [canary, encodeURIComponent(canary), Buffer.from(canary).toString("base64").slice(0, -4)].some((it) => text.includes(it)),
  );
}
