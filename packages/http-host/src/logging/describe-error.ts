import { placesOf } from "@bg-ingest/core";
import { Result } from "neverthrow";

/** An error as a log line shows it: never its cause, its body or anything else that somebody hung on it. */
export interface DescribedError {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly at?: readonly string[];
}

const LONGEST_MESSAGE = 500;
const MOST_FRAMES = 8;
const FRAME = /^\s+at .*:\d+:\d+\)?$/;
const CODE = /^[A-Z][A-Z0-9_]{1,48}$/;

/** Never throws itself, whatever was thrown. */
export function describeError(error: unknown): DescribedError {
  return Result.fromThrowable(() => describe(error))().unwrapOr({ name: typeof error, message: "" });
}

function describe(error: unknown): DescribedError {
  if (error instanceof Error) {
    const code = codeOf(error) ?? codeOf(error.cause);
    return { name: String(error.name), message: messageOf(error), ...(code === undefined ? {} : { code }), at: framesOf(placesOf(error)) };
  }
  if (typeof error === "object" && error !== null) {
    const { kind, message } = error as { readonly kind?: unknown; readonly message?: unknown };
    return { name: typeof kind === "string" ? shortened(kind) : "object", message: shortened(message) };
  }
  return { name: typeof error, message: shortened(error) };
}

/** What cannot be parsed is quoted in the message of a SyntaxError, and may be a token or a reading. */
function messageOf(error: Error): string {
  return error instanceof SyntaxError ? "text that could not be parsed (not shown)" : shortened(error.message);
}

function codeOf(error: unknown): string | undefined {
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
  return typeof code === "string" && CODE.test(code) ? code : undefined;
}

/** The places of a stack, given whole or by line; nothing of the message that stands before them. */
export function framesOf(stack: string | readonly string[]): readonly string[] {
  const lines = typeof stack === "string" ? stack.split("\n") : stack;
  return lines
    .filter((line) => FRAME.test(line))
    .slice(0, MOST_FRAMES)
    .map((line) => line.trim().slice(3));
}

/** What an error says is a text only by custom. */
function shortened(said: unknown): string {
  return typeof said === "string" ? said.slice(0, LONGEST_MESSAGE) : "";
}
