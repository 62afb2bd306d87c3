import type { Result } from "neverthrow";

/** What ports answer: a `ResultAsync`, or what a plain `async` method returns. It never rejects. */
export type AsyncResult<T, E> = PromiseLike<Result<T, E>>;

/** What every call of a port takes beside its subject. */
export interface Call {
  readonly signal: AbortSignal;
}

/** For what has to come to its end whatever becomes of whoever began it. */
export const uncancelled: Call = { signal: new AbortController().signal };
