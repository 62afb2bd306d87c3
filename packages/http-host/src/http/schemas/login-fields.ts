import type { LoginFields } from "@bg-ingest/core";
import { err, ok, type Result } from "neverthrow";
import { z } from "zod";
import type { Problem } from "../problem/problem.ts";

/** What a login form asks for, by the names that `GET /api/providers` lists. */
export const loginFields = z.record(z.string(), z.string()).meta({ examples: [{ user: "anna", password: "…" }] });

export function readLoginFields(body: unknown): Result<LoginFields, Problem> {
  if (body === undefined) return err({ kind: "invalid_body", detail: "There is no body: send the fields of the login form as JSON." });
  const parsed = loginFields.safeParse(body);
  if (parsed.success) return ok(parsed.data);
  const fields = parsed.error.issues.flatMap(({ path }) => (path.length === 0 ? [] : [String(path[0])]));
  if (fields.length === 0)
    return err({ kind: "invalid_body", detail: "The body is JSON, but no object with the fields of the login form." });
  return err({ kind: "invalid_body", detail: "Each field of a login form is a text.", more: { fields } });
}
