/** Told the end of every call of a port. */
export type CallMeter = (call: string, outcome: string, seconds: number) => void;

type Method = (...args: unknown[]) => unknown;

/** What a port answers, as far as it matters here. */
interface Answer {
  isErr(): boolean;
  readonly error?: { readonly kind: string };
}

/** `item`: each page that an iterable gives is a call. `whole`: all that is read of it is one. */
export type IterablesAs = "item" | "whole";

/**
 * The same port with every call of it timed: results, promises of them and iterables of them. It adds a few microseconds, and nothing to
 * what the call does. What is not a function stays as it is.
 */
export function metered<Port extends object>(port: Port, iterables: IterablesAs, meter: CallMeter): Port {
  const members = Object.entries(port).map(([name, member]) => [
    name,
    typeof member === "function" ? timed(port, name, member, iterables, meter) : member,
  ]);
  return Object.fromEntries(members) as Port;
}

function timed(port: object, name: string, method: Method, iterables: IterablesAs, meter: CallMeter): Method {
  return (...args) => {
    const startedMs = performance.now();
    const answer = method.apply(port, args);
    // A ResultAsync is an iterable as well.
    if (isThenable(answer))
      return answer.then((settled) => {
        meter(name, outcomeOf(settled), secondsSince(startedMs));
        return settled;
      });
    return isIterable(answer) ? timedItems(answer, name, iterables, meter) : answer;
  };
}

/** The time that the other side takes; what is done with an item between two of them is not its. */
async function* timedItems(items: AsyncIterable<Answer>, name: string, iterables: IterablesAs, meter: CallMeter): AsyncIterable<Answer> {
  let seconds = 0;
  let outcome = "ok";
  let startedMs = performance.now();
  try {
    for await (const item of items) {
      seconds += secondsSince(startedMs);
      outcome = outcomeOf(item);
      if (iterables === "item") {
        meter(name, outcome, seconds);
        seconds = 0;
      }
      yield item;
      startedMs = performance.now();
    }
    seconds += secondsSince(startedMs);
  } finally {
    if (iterables === "whole") meter(name, outcome, seconds);
  }
}

function outcomeOf(answer: unknown): string {
  if (typeof answer !== "object" || answer === null || !("isErr" in answer)) return "ok";
  const { error } = answer as Answer;
  return (answer as Answer).isErr() ? (error?.kind ?? "stop") : "ok";
}

function secondsSince(startedMs: number): number {
  return (performance.now() - startedMs) / 1000;
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value;
}

function isIterable(value: unknown): value is AsyncIterable<Answer> {
  return typeof value === "object" && value !== null && Symbol.asyncIterator in value;
}
