import type { ProviderName } from "../reading/identifiers.ts";
import type { CapabilityName, CgmProvider, Credentials } from "./cgm-provider.ts";
import type { ProviderTraits } from "./provider-traits.ts";

/** A provider that was parsed, configured and put under guard: its calls never throw and never hang. */
export interface LoadedProvider {
  readonly name: ProviderName;
  readonly displayName: string;
  readonly capabilities: readonly CapabilityName[];
  /** With the settings as they are. */
  readonly traits: ProviderTraits;
  /** Those that hold for a connection with these credentials, where they may differ from those of the settings. Never throws. */
  readonly traitsOf?: (credentials: Credentials) => ProviderTraits;
  readonly provider: CgmProvider;
}

export type LoadedProviders = ReadonlyMap<ProviderName, LoadedProvider>;

/** For a person: why a provider that is not loaded but was meant to be, or may have been, is not; `null` where nobody meant it to be. */
export type WhyNotLoaded = (provider: ProviderName) => string | null;
