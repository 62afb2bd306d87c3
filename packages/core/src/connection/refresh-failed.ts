import type { ProviderError } from "../ports/cgm-provider.ts";
import type { StoreError } from "../ports/store-error.ts";

/** `claimed`: somebody else is renewing the same credentials, or the provider allows no call for a while. `gone`: the source is not connected any more. */
export type RefreshFailed =
  | { readonly at: "provider"; readonly error: ProviderError }
  | { readonly at: "store"; readonly error: StoreError }
  | { readonly at: "claimed"; readonly waitMs: number }
  | { readonly at: "gone" };
