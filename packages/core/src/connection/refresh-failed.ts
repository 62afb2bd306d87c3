import type { ProviderError } from "../ports/cgm-provider.ts";
import type { StoreError } from "../ports/store-error.ts";
import type { SecretsError } from "./secrets.ts";

/** `claimed`: somebody else is renewing the same credentials, or the provider allows no call for a while. `gone`: the source is not connected any more. */
export type RefreshFailed =
  | { readonly at: "provider"; readonly error: ProviderError }
  | { readonly at: "store"; readonly error: StoreError }
  | { readonly at: "claimed"; readonly waitMs: number }
  | { readonly at: "gone" };

/**
 * Secrets that do not open are nothing that the provider has refused: the key that sealed them may come back, and the grant lives. So the
 * person is not asked, and the source is tried again.
 */
export function toRefreshFailed(error: SecretsError): RefreshFailed {
  return error.at === "store" ? error : { at: "provider", error: error.error };
}
