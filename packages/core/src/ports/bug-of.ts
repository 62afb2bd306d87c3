import { Result } from "neverthrow";

/** What a log may say of something that was thrown: where, never what about. */
export interface BugTraces {
  /** The name of the error, or what kind of thing was thrown instead of one. */
  readonly error: string;
  readonly stack: readonly string[];
}

/** Without the message: whoever threw may have quoted a reading in it, or a token. */
export function bugOf(thrown: unknown): BugTraces {
  const seen = Result.fromThrowable(() =>
    thrown instanceof Error ? { error: textOf(thrown.name), stack: placesOf(thrown) } : { error: typeof thrown, stack: [] },
  );
  return seen().unwrapOr({ error: typeof thrown, stack: [] });
}

/** The lines of the stack that name a place in the code. A message can have lines that look like places; its own are left out. */
export function placesOf(error: Error): readonly string[] {
  const stack = textOf(error.stack);
  const message = textOf(error.message);
  const at = stack.indexOf(message);
  const places = at === -1 ? stack : stack.slice(at + message.length);
  return places.split("\n").filter((line) => PLACE.test(line));
}

/** What an error says of itself is a text only by custom. */
function textOf(said: unknown): string {
  return typeof said === "string" ? said : "";
}

const PLACE = /^\s+at .*:\d+:\d+\)?$/;
