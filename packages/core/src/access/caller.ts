import { err, ok, type Result } from "neverthrow";
import type { Call } from "../ports/call.ts";
import type { Scope } from "../ports/scope.ts";
import type { UserId } from "../reading/identifiers.ts";

/** Who asks, as far as it bears on what they may ask for. */
export interface Caller {
  /** The one person whose data are meant for this caller, as its credentials name them; `null`: an application, which asks for everybody. */
  readonly subject: string | null;
  readonly scopes: ReadonlySet<Scope>;
}

/** A call of a use case. What it asks of the ports is asked with the same signal. */
export interface CallBy extends Call {
  readonly caller: Caller;
}

/** For programs that embed the core and answer to nobody else: may do everything. Never for what comes over a network. */
export const TRUSTED: Caller = { subject: null, scopes: new Set<Scope>(["admin"]) };

/** Told before anything is looked up: whether the person is known makes no difference to it. */
export type AccessRefused =
  | { readonly kind: "scope_missing"; readonly scope: Scope; readonly message: string }
  | { readonly kind: "another_person"; readonly message: string };

/** Whether a caller may do what `scope` is for with the data of this person. Every use case asks this first. */
export function permit({ subject, scopes }: Caller, scope: Scope, userId: UserId): Result<void, AccessRefused> {
  if (scopes.has("admin")) return PERMITTED;
  if (!scopes.has(scope)) return err({ kind: "scope_missing", scope, message: `This takes the scope ${scope}.` });
  return subject === null || subject === userId ? PERMITTED : err(ANOTHER_PERSON);
}

const PERMITTED = ok<void, AccessRefused>(undefined);

const ANOTHER_PERSON: AccessRefused = { kind: "another_person", message: "The data of other people are not meant for this caller." };
