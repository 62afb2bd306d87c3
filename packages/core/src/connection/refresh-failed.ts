import type { ProviderError } from "../ports/cgm-provider.ts";
import type { StoreError } from "../ports/store-error.ts";
import type { VaultError } from "../ports/vault.ts";

/**
 * `isInferred`: the provider did not say that the grant is dead, it only refused for a day; what is left of the old access may still work. `vault`: nothing that the provider has refused, for the key that sealed the secrets may come back, and the grant lives. `claimed`: somebody
 * else is renewing the same credentials, or the provider allows no call for a while; `goesOnInMs`: the other one seems to be dead, and in so long
 * at the latest it is taken over, `null` where nothing of the kind is known. `gone`: the source is not connected any more.
 */
export type RefreshFailed =
  | { readonly at: "provider"; readonly error: ProviderError; readonly isInferred?: true }
  | { readonly at: "vault"; readonly error: VaultError }
  | { readonly at: "store"; readonly error: StoreError }
  | { readonly at: "claimed"; readonly waitMs: number; readonly goesOnInMs: number | null }
  | { readonly at: "gone" };
