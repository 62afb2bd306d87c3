import { describeError, framesOf } from "./describe-error.ts";

/**
 * The only fields that reach a log line. Whoever needs another one adds it here and, with it, the thought that it can hold no token, no
 * secret and no glucose value.
 */
export const LOGGED_FIELDS: ReadonlySet<string> = new Set([
  "address",
  "attempts",
  "call",
  "capabilities",
  "code",
  "connections",
  "count",
  "day",
  "deliveries",
  "delivery",
  "event",
  "events",
  "faults",
  "file",
  "from",
  "gap",
  "kind",
  "method",
  "missing",
  "ms",
  "next_attempt_at",
  "package",
  "phase",
  "pid",
  "port",
  "problem",
  "provider",
  "providers",
  "readings",
  "reason",
  "replicas",
  "request_id",
  "route",
  "set_aside",
  "setting",
  "shard",
  "shards",
  "signal",
  "source",
  "sources",
  "state",
  "status",
  "to",
  "version",
  "wait_ms",
]);

/** These hold what was thrown or answered as an error. */
const ERROR_FIELDS: ReadonlySet<string> = new Set(["error", "err", "cause"]);

/** Where something threw. What stands before the places is the message, and may quote a reading. */
const STACK_FIELD = "stack";

const NOT_LISTED = "[not listed]";
const LONGEST_TEXT = 1_000;
const LONGEST_LIST = 50;

/** What of the given fields may be written: listed names with plain values; anything else is there by its name alone. */
export function loggedFields(given: object): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue;
    if (ERROR_FIELDS.has(name)) fields["error"] = describeError(value);
    else if (name === STACK_FIELD && isStack(value)) fields[name] = framesOf(value);
    else fields[name] = LOGGED_FIELDS.has(name) ? loggedValue(value) : NOT_LISTED;
  }
  return fields;
}

function isStack(value: unknown): value is string | readonly string[] {
  return typeof value === "string" || (Array.isArray(value) && value.every((line) => typeof line === "string"));
}

/** Lists are of words: a list of numbers may be somebody's glucose. */
function loggedValue(value: unknown): unknown {
  if (!Array.isArray(value)) return plain(value);
  return value.slice(0, LONGEST_LIST).map((each) => (typeof each === "string" ? plain(each) : NOT_LISTED));
}

/** An object is never written: what it holds is not listed. */
function plain(value: unknown): unknown {
  if (typeof value === "string") return value.slice(0, LONGEST_TEXT);
  if (value === null || typeof value === "number" || typeof value === "boolean") return value;
  return typeof value === "bigint" ? String(value) : NOT_LISTED;
}
