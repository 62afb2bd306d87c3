/** Why a value that was offered as a provider is none that this host can run. Whoever starts the application has to act. */
export type ProviderRefused =
  | { readonly kind: "not_an_object"; readonly message: string }
  | { readonly kind: "api_version_not_served"; readonly message: string }
  | { readonly kind: "name_invalid"; readonly message: string }
  | { readonly kind: "capabilities_unknown"; readonly message: string }
  | { readonly kind: "traits_invalid"; readonly message: string }
  | { readonly kind: "config_schema_missing"; readonly message: string }
  | { readonly kind: "create_missing"; readonly message: string }
  /** The settings given are not what its schema accepts. */
  | { readonly kind: "config_invalid"; readonly message: string }
  /** The provider itself says that it cannot work with them. */
  | { readonly kind: "config_refused"; readonly message: string }
  | { readonly kind: "create_failed"; readonly message: string; readonly cause?: unknown }
  | { readonly kind: "capability_mismatch"; readonly message: string };
