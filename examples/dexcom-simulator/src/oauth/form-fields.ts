import { err, ok, type Result } from "neverthrow";

/** A form's or a query's fields. A field that comes twice makes all of them unusable (RFC 6749, 3.1 and 3.2). */
export function readOnce(params: URLSearchParams): Result<ReadonlyMap<string, string>, string> {
  const fields = new Map<string, string>();
  for (const [name, value] of params) {
    if (fields.has(name)) return err(name);
    fields.set(name, value);
  }
  return ok(fields);
}
