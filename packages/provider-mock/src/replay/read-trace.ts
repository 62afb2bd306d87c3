import { readFileSync } from "node:fs";
import { fromThrowable, type Result } from "neverthrow";
import { parseTraceText, type Trace, type TraceRefused } from "./trace.ts";

/** The one place where this package touches the disk: a trace to replay, read once, when the provider is created. */
export function readTrace(path: string): Result<Trace, TraceRefused> {
  return readText(path)
    .andThen(parseTraceText)
    .mapErr((refused) => ({ ...refused, message: `The trace ${path} cannot be replayed: ${refused.message}` }));
}

const readText = fromThrowable((path: string) => readFileSync(path, "utf8"), mapFileError);

function mapFileError(cause: unknown): TraceRefused {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  const reason = code === "ENOENT" ? "there is no such file" : `it cannot be read (${String(code ?? "unknown reason")})`;
  return { kind: "trace_refused", message: reason };
}
