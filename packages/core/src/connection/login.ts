import { err, ok, type Result } from "neverthrow";
import { type AccessRefused, type CallBy, permit } from "../access/caller.ts";
import type { Grant, LoginField } from "../ports/cgm-provider.ts";
import type { LoadedProvider } from "../ports/loaded-provider.ts";
import type { RateBudget } from "../ports/rate-budget.ts";
import type { SourceRecord } from "../ports/source-record.ts";
import type { UserId } from "../reading/identifiers.ts";
import { type Connected, connectGranted } from "./connect.ts";
import type { ConnectDeps } from "./connect-deps.ts";
import type { ConnectError } from "./connect-error.ts";
import { isErasedSince } from "./erased-since.ts";

export interface LoginDeps extends ConnectDeps {
  readonly budget: RateBudget;
}

export type LoginFields = Readonly<Record<string, string>>;

/** Connects a user with what the login form asks for. A refused login leaves everything as it was, and so does one during which the user was erased. */
export async function connectByLogin(
  deps: LoginDeps,
  userId: UserId,
  loaded: LoadedProvider,
  fields: LoginFields,
  call: CallBy,
): Promise<Result<Connected, ConnectError | AccessRefused>> {
  const permitted = permit(call.caller, "write", userId);
  if (permitted.isErr()) return err(permitted.error);
  const login = loaded.provider.login;
  if (login === undefined) return err({ kind: "no_such_way", message: `${loaded.displayName} takes no login form.` });
  const wrong = wrongFields(login.fields, fields);
  if (wrong !== null) return err({ kind: "fields_wrong", message: wrong });
  const before = await deps.connections.recordsOf(userId, call);
  if (before.isErr()) return err({ kind: "store", error: before.error });
  const lease = await deps.budget.take({ provider: loaded.name, userId }, "connect");
  if (lease.kind === "wait") return err({ kind: "short_of_calls", waitMs: lease.waitMs });
  const admit = (records: readonly SourceRecord[]): Result<void, ConnectError> =>
    isErasedSince(before.value, records) ? err({ kind: "another_source" }) : ok();
  const obtain = async (): Promise<Result<Grant, ConnectError>> =>
    (await login.login(fields, call)).mapErr((error) => ({ kind: "provider", error }));
  return connectGranted(deps, userId, loaded, { way: "login", admit, obtain }, call);
}

function wrongFields(wanted: readonly LoginField[], given: LoginFields): string | null {
  const missing = wanted.filter(({ name, isOptional }) => !given[name] && isOptional !== true).map(({ name }) => name);
  const unknown = Object.keys(given).filter((name) => !wanted.some((field) => field.name === name));
  const sentences = [
    ...(missing.length > 0 ? [`Missing: ${missing.join(", ")}.`] : []),
    ...(unknown.length > 0 ? [`Not asked for: ${unknown.join(", ")}.`] : []),
  ];
  return sentences.length > 0 ? sentences.join(" ") : null;
}
