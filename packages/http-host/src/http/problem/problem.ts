import type { ProblemKind } from "./problem-kinds.ts";

/** An error as the caller of the API sees it. */
export interface Problem {
  readonly kind: ProblemKind;
  /** What happened this time, for a person; without it, what the kind means. Never a glucose value, a token or a secret. */
  readonly detail?: string;
  /** What to do this time; without it, what the kind advises. */
  readonly whatToDo?: string;
  readonly retryAfterSeconds?: number;
  /** Whether a page about it asks again by itself after `retryAfterSeconds`. */
  readonly isAskedAgain?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
  /** Further members of the document. */
  readonly more?: Readonly<Record<string, unknown>>;
  /** The path to which a page about it leads back. */
  readonly back?: string;
  /** For the log only. */
  readonly reason?: string;
}
