import { describeError } from "./describe-error.ts";

/** Where the process broke, for whoever runs it. Not what the error says: it may quote what was being read, and no scrubber goes over standard error. */
export function lastWords(error: unknown): string {
  const { name, at = [] } = describeError(error);
  return [
    `BG Ingest stops because of a bug, ${name}. Nothing that was accepted is lost. Tell us of these places:`,
    ...at.map(indented),
    "",
  ].join("\n");
}

function indented(frame: string): string {
  return `    ${frame}`;
}
