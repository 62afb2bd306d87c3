import { err, ok, type Result } from "neverthrow";

/** A person, as the embedding application names them: 1–128 of `A–Z a–z 0–9 . _ ~ : @ -`, but neither `.` nor `..`. */
export type UserId = string & { readonly __id: "user" };

/** One (user, provider, vendor account), under a short random id; ended by erase. */
export type SourceId = string & { readonly __id: "source" };

/** A provider's name: lower case, digits and hyphens, starting with a letter, 2–32 characters. */
export type ProviderName = string & { readonly __id: "provider" };

export interface IdentifierRefused {
  readonly kind: "identifier_refused";
  readonly message: string;
}

/** Clients take `.` and `..` for steps of a path and never send them. */
const USER_ID = /^(?!\.{1,2}$)[A-Za-z0-9._~:@-]{1,128}$/;
const SOURCE_ID = /^[a-z0-9]{8,16}$/;
const PROVIDER_NAME = /^[a-z][a-z0-9-]{1,31}$/;

export function parseUserId(text: string): Result<UserId, IdentifierRefused> {
  if (USER_ID.test(text)) return ok(text as UserId);
  return refused("A user id is 1 to 128 of the characters A–Z a–z 0–9 . _ ~ : @ -, and neither . nor ..");
}

export function parseSourceId(text: string): Result<SourceId, IdentifierRefused> {
  if (SOURCE_ID.test(text)) return ok(text as SourceId);
  return refused("A source id is 8 to 16 of the characters a–z 0–9");
}

export function parseProviderName(text: string): Result<ProviderName, IdentifierRefused> {
  if (PROVIDER_NAME.test(text)) return ok(text as ProviderName);
  return refused("A provider's name is 2 to 32 of the characters a–z 0–9 -, the first a letter");
}

function refused(message: string): Result<never, IdentifierRefused> {
  return err({ kind: "identifier_refused", message });
}
