import type { ProviderError } from "../ports/cgm-provider.ts";
import type { StoreError } from "../ports/store-error.ts";

/**
 * `another_account`: the source holds the readings of another account. `another_source`: what it was begun for was erased or replaced
 * since, and does not come back by it. `busy`: somebody else is connecting the same source right now, with another account perhaps.
 * `short_of_calls`: the share of calls that is for connecting is used up for so long; the provider was not asked, and everything is as it was.
 */
export type ConnectError =
  | { readonly kind: "provider"; readonly error: ProviderError }
  | { readonly kind: "store"; readonly error: StoreError }
  | { readonly kind: "no_such_way"; readonly message: string }
  | { readonly kind: "fields_wrong"; readonly message: string }
  | { readonly kind: "another_account" }
  | { readonly kind: "another_source" }
  | { readonly kind: "busy" }
  | { readonly kind: "short_of_calls"; readonly waitMs: number };
