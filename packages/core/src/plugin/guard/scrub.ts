/** Takes the secrets of one call out of whatever a provider says about it: it goes on to health, logs and events. */
export interface Scrub {
  text(text: string): string;
  /** What was thrown, with what caused it. */
  thrown(cause: unknown): unknown;
}

const HIDDEN = "[secret]";
/** Fewer characters hide nothing, and would make sentences unreadable. */
const SHORTEST = 6;
const DEEPEST = 8;

/** Every text of so many characters in `values`, however deep, is a secret: as it is, inside JSON, and inside a URL or a form. */
export function createScrub(...values: readonly unknown[]): Scrub {
  const spellings = [...new Set(textsIn(values, DEEPEST).flatMap(spellingsOf))];
  // A secret that is part of another must not leave the other's rest behind.
  const longestFirst = spellings.sort((a, b) => b.length - a.length);
  const text = (said: string) => longestFirst.reduce((left, secret) => left.replaceAll(secret, HIDDEN), said);
  return {
    text,
    thrown: (cause) => scrubbedCause(cause, text, DEEPEST),
  };
}

type Text = (text: string) => string;

/** The very same where it holds no secret. */
function scrubbedCause(cause: unknown, text: Text, depth: number): unknown {
  if (typeof cause === "string") return text(cause);
  if (!(cause instanceof Error) || depth === 0) return textsIn([cause], DEEPEST).every((each) => text(each) === each) ? cause : HIDDEN;
  const inner = cause.cause === undefined ? undefined : scrubbedCause(cause.cause, text, depth - 1);
  const [message, stack] = [text(cause.message), text(cause.stack ?? "")];
  if (message === cause.message && stack === (cause.stack ?? "") && inner === cause.cause) return cause;
  const scrubbed = new Error(message, inner === undefined ? {} : { cause: inner });
  return Object.assign(scrubbed, { name: cause.name, stack });
}

function textsIn(values: readonly unknown[], depth: number): readonly string[] {
  if (depth === 0) return [];
  return values.flatMap((value) => {
    if (typeof value === "string") return [value];
    return typeof value === "object" && value !== null ? textsIn(Object.values(value), depth - 1) : [];
  });
}

function spellingsOf(secret: string): readonly string[] {
  if (secret.length < SHORTEST) return [];
  const inUrl = encodeURIComponent(secret.toWellFormed());
  return [secret, JSON.stringify(secret).slice(1, -1), inUrl, inUrl.replaceAll("%20", "+")];
}
