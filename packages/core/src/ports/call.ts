import type { Result } from "neverthrow";

/** What ports answer: a `ResultAsync`, or what a plain `async` method returns. It never rejects. */
export type AsyncResult<T, E> = PromiseLike<Result<T, E>>;

/** What every call of a port takes beside its subject. */
export interface Call {
  readonly signal: AbortSignal;
}
