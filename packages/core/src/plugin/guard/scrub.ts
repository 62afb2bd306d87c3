import { Result } from "neverthrow";
import { hideNumbers } from "./hide-numbers.ts";

/** Takes the secrets of one call, and numbers that may be a reading, out of whatever a provider says about it: it goes on to health, logs and events. */
export interface Scrub {
  text(text: string): string;
  /** What was thrown, with what caused it. Never throws itself, whatever it is given; what cannot be looked at is hidden whole. */
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
  const withoutSecrets = (said: string) => longestFirst.reduce(withoutSecret, said);
  return {
    text: (said) => hideNumbers(withoutSecrets(said)),
    thrown: (cause) => Result.fromThrowable(() => scrubbedCause(cause, withoutSecrets, DEEPEST))().unwrapOr(HIDDEN),
  };
}

type Text = (text: string) => string;

/** Whoever quotes cuts: so much of a secret's beginning is taken for it. */
const TELLING_START = 12;

function withoutSecret(said: string, secret: string): string {
  // An address begins like any other.
  const start = secret.startsWith("http") ? secret : secret.slice(0, TELLING_START);
  const [before = "", ...rest] = said.split(start);
  return [before, ...rest.map((after) => HIDDEN + after.slice(alike(after, secret.slice(start.length))))].join("");
}

/** How many characters two texts begin with alike. */
function alike(a: string, b: string): number {
  let length = 0;
  while (length < a.length && length < b.length && a[length] === b[length]) length++;
  return length;
}

/** The very same where it holds no secret. */
function scrubbedCause(cause: unknown, text: Text, depth: number): unknown {
  if (typeof cause === "string") return hideNumbers(text(cause));
  if (!(cause instanceof Error) || depth === 0) return holdsNothing(cause, text) ? cause : HIDDEN;
  const { name, message: said, stack: places, cause: reason } = cause;
  const inner = reason === undefined ? undefined : scrubbedCause(reason, text, depth - 1);
  const message = hideNumbers(text(textOf(said)));
  // The places keep the numbers of their lines.
  const stack = text(textOf(places).replace(textOf(said), () => message));
  if (message === said && stack === (places ?? "") && inner === reason) return cause;
  const scrubbed = new Error(message, inner === undefined ? {} : { cause: inner });
  return Object.assign(scrubbed, { name: textOf(name), stack });
}

/** What an error says of itself is a text only by custom. */
function textOf(said: unknown): string {
  return typeof said === "string" ? said : "";
}

/** Whatever is larger is hidden unseen: to look through it would hold everybody up. */
const MOST_VALUES = 5_000;

function holdsNothing(cause: unknown, text: Text): boolean {
  // A set is gone through to its end while it grows, and nothing in it twice.
  const values = new Set([cause]);
  for (const value of values) {
    if (values.size > MOST_VALUES || ArrayBuffer.isView(value)) return false;
    if (typeof value === "string" && hideNumbers(text(value)) !== value) return false;
    if (typeof value === "object" && value !== null) for (const part of Object.values(value)) values.add(part);
  }
  return true;
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
