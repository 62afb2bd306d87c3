import type { LogFields, Logger } from "../../ports/logger.ts";

/** Sees what a provider asks for and hears what it says. */
export interface Witness {
  readonly fetch: typeof fetch;
  readonly logger: Logger;
  /** Requests made so far. */
  requests(): number;
  /** An error that the provider answered with. */
  hear(error: unknown): void;
  /** A text that must be said nowhere. */
  keepSecret(text: string): void;
  /** Each secret that was said, by the sentence around it, the secret itself left out. */
  leaks(): readonly string[];
}

/** Shorter ones are words that may stand anywhere. */
const SHORTEST_SECRET = 8;

export function createWitness(deps: { readonly fetch: typeof fetch; readonly logger: Logger }): Witness {
  const said: string[] = [];
  const secrets = new Set<string>();
  let requests = 0;
  const logged = (level: keyof Logger) => (fields: LogFields, message: string) => {
    said.push(`a log line: ${message} ${textOf(fields)}`);
    deps.logger[level](fields, message);
  };
  return {
    fetch: (...asked) => {
      requests++;
      return deps.fetch(...asked);
    },
    logger: { debug: logged("debug"), info: logged("info"), warn: logged("warn"), error: logged("error") },
    requests: () => requests,
    hear: (error) => void said.push(`an error: ${textOf(error)}`),
    keepSecret(text) {
      if (text.length >= SHORTEST_SECRET) secrets.add(text);
    },
    leaks: () => said.flatMap((text) => [...secrets].flatMap((secret) => withoutSecret(text, secret))),
  };
}

const LONGEST_SHOWN = 200;

function withoutSecret(text: string, secret: string): readonly string[] {
  const forms = [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)];
  const said = forms.find((form) => text.includes(form));
  return said === undefined ? [] : [text.replaceAll(said, "<the secret>").slice(0, LONGEST_SHOWN)];
}

const DEEPEST = 8;

/** All that is said in a value: the cause of an error and what hangs on it too. */
export function textOf(value: unknown, depth = 0): string {
  if (typeof value === "string") return value;
  if (typeof value !== "object" || value === null) return String(value);
  if (depth >= DEEPEST) return "…";
  const own = Object.entries(value).map(([key, part]) => `${key}: ${textOf(part, depth + 1)}`);
  if (!(value instanceof Error)) return `{ ${own.join(", ")} }`;
  const cause = value.cause === undefined ? "" : ` cause: ${textOf(value.cause, depth + 1)}`;
  return `${value.name}: ${value.message}${cause} ${own.join(", ")}`.trimEnd();
}

/** The texts in credentials that open something. An address is no secret, and what is short is a word. */
export function secretsIn(value: unknown, depth = 0): readonly string[] {
  if (typeof value === "string") return value.length >= SHORTEST_TOKEN && !URL.canParse(value) ? [value] : [];
  if (typeof value !== "object" || value === null || depth >= DEEPEST) return [];
  return Object.values(value).flatMap((part) => secretsIn(part, depth + 1));
}

const SHORTEST_TOKEN = 16;
