import type { ProviderName } from "../reading/identifiers.ts";
import type { CapabilityName, CgmProvider } from "./cgm-provider.ts";
import type { ProviderTraits } from "./provider-traits.ts";

/** A provider that was parsed, configured and put under guard: its calls never throw and never hang. */
export interface LoadedProvider {
  readonly name: ProviderName;
  readonly displayName: string;
  readonly capabilities: readonly CapabilityName[];
  readonly traits: ProviderTraits;
  readonly provider: CgmProvider;
}

export type LoadedProviders = ReadonlyMap<ProviderName, LoadedProvider>;
