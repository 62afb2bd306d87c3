import type { AccessRefused, StoreError } from "@bg-ingest/core";
import { mapStoreError } from "./map-store-error.ts";
import type { Problem } from "./problem.ts";

/** What a use case answers that stands on nothing but the store. */
export function mapAskedError(error: StoreError | AccessRefused): Problem {
  switch (error.kind) {
    case "scope_missing":
      return scopeMissing(error.scope);
    case "another_person":
      return { kind: "another_person" };
    case "retry":
    case "stop":
      return mapStoreError(error);
  }
}

/** RFC 6750, 3.1. */
function scopeMissing(scope: string): Problem {
  return {
    kind: "scope_missing",
    detail: `This call takes the scope \`${scope}\`, which the credentials of the call do not have. Nothing was looked up.`,
    headers: { "www-authenticate": `Bearer realm="bg-ingest", error="insufficient_scope", scope="${scope}"` },
    more: { scope },
  };
}
