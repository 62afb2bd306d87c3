import type { Result } from "neverthrow";

const PROMISED = "promised: ";

export function broken(promised: string, happened: string, cause?: unknown): never {
  // bug: the subject under test broke a promise, and a test runner hears of it by nothing else
  throw new Error(`${PROMISED}${promised}\nhappened: ${happened}`, { cause });
}

/** Whatever is thrown on the way and is no broken promise itself breaks this one. */
export function unthrown<T>(work: Promise<T>): Promise<T> {
  return work.then(undefined, (thrown: unknown) => {
    if (thrown instanceof Error && thrown.message.startsWith(PROMISED)) return Promise.reject(thrown);
    return broken(
      "every call answers, also with an error: nothing is thrown and no promise is rejected",
      `it threw ${String(thrown)}`,
      thrown,
    );
  });
}

export function keeps(promised: string, kept: boolean, happened: string): void {
  if (!kept) broken(promised, happened);
}

export function same(promised: string, actual: unknown, expected: unknown): void {
  if (!isSame(actual, expected)) broken(promised, `it was ${show(actual)} and should have been ${show(expected)}`);
}

/** The value of an answer that had to be good. */
export function good<T>(promised: string, answer: Result<T, { readonly kind: string; readonly message: string }>): T {
  if (answer.isErr()) return broken(promised, `it answered ${answer.error.kind}: ${answer.error.message}`);
  return answer.value;
}

/** Plain data and bytes, compared by content. */
function isSame(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (a instanceof Uint8Array || b instanceof Uint8Array) return isSameBytes(a, b);
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const left = Object.entries(a);
  const right = new Map(Object.entries(b));
  return left.length === right.size && left.every(([key, value]) => right.has(key) && isSame(value, right.get(key)));
}

function isSameBytes(a: object, b: object): boolean {
  if (!(a instanceof Uint8Array && b instanceof Uint8Array) || a.length !== b.length) return false;
  return a.every((byte, at) => byte === b[at]);
}

const LONGEST_SHOWN = 600;

function show(value: unknown): string {
  const text =
    JSON.stringify(value, (_, part: unknown) =>
      part instanceof Uint8Array ? `${part.length} bytes [${part.slice(0, 8).join(" ")} …]` : part,
    ) ?? String(value);
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)} … (${text.length} characters)` : text;
}
