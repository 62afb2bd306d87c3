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

/** One that could not be loaded and may fail, so that the service runs without it. Why stands in the log alone: it may quote what is secret. */
export interface FailedProvider {
  readonly package: string;
  /** What its provider calls itself, as far as it came to say so. */
  readonly name: ProviderName | null;
  readonly displayName: string | null;
}

/** Every provider that the application offers. */
export interface ProviderRoster {
  readonly loaded: LoadedProviders;
  readonly notConfigured: readonly NotConfiguredProvider[];
  readonly failed: readonly FailedProvider[];
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
