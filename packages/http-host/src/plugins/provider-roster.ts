import type { CapabilityName, LoadedProviders, ProviderName, ProviderTraits } from "@bg-ingest/core";

/** A built-in provider that cannot run yet. */
export interface NotConfiguredProvider {
  readonly name: ProviderName;
  readonly displayName: string;
  readonly capabilities: readonly CapabilityName[];
  readonly traits: ProviderTraits;
  /** The settings that it cannot do without. */
  readonly missing: readonly string[];
}

/** Every provider that the application offers. */
export interface ProviderRoster {
  readonly loaded: LoadedProviders;
  readonly notConfigured: readonly NotConfiguredProvider[];
}

/** Keeps the service from starting; `message` names every package and what would be accepted. */
export interface ProvidersRefused {
  readonly kind: "providers_refused";
  readonly message: string;
  readonly problems: readonly ProviderProblem[];
}

export interface ProviderProblem {
  readonly package: string;
  readonly reason: string;
  /** Whether a setting has to be changed. */
  readonly isOfSetting?: boolean;
}
