import type { Result } from "neverthrow";
import type { z } from "zod";
import type { CapabilityName, CgmProvider, Credentials } from "../ports/cgm-provider.ts";
import type { Clock } from "../ports/clock.ts";
import type { Logger } from "../ports/logger.ts";
import type { ProviderTraits } from "../ports/provider-traits.ts";

/** The versions of this interface that the host serves. */
export const SERVED_API_VERSIONS = [1] as const;

/** All that a provider gets from its host: no container, store, environment or timer. */
export interface ProviderDeps {
  readonly fetch: typeof fetch;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The configuration is complete in itself but cannot work. */
export interface ProviderConfigRefused {
  readonly kind: "config_refused";
  readonly message: string;
}

/** Declared capabilities are there, others are not: either mistake does not compile. */
export type ProviderWith<C extends CapabilityName> = { readonly [K in C]-?: NonNullable<CgmProvider[K]> } & {
  readonly [K in Exclude<CapabilityName, C>]?: never;
};

export interface ProviderDefinition<C extends CapabilityName = CapabilityName, Config extends z.ZodType = z.ZodType> {
  /** Written by hand: what this code was written against. */
  readonly apiVersion: 1;
  readonly name: string;
  readonly displayName: string;
  /**
   * A `z.strictObject`; secrets are marked `.meta({ secret: true })`, and a setting that holds one anywhere is secret as a whole. What is harmless while somebody tries things out, and a mistake anywhere
   * else, is marked `.meta({ developmentDefault: "…" })` and has no default of its own: outside development it must be set.
   * The address to which a consent comes back is marked `.meta({ hostDefault: "oauth_callback" })`: where it is not set the host gives its own.
   */
  readonly configSchema: Config;
  readonly capabilities: readonly C[];
  readonly traits: ProviderTraits;
  /** Where traits depend on the configuration: those that hold with this one. `traits` are then what is shown before there is one. */
  readonly traitsFor?: (config: z.output<Config>) => ProviderTraits;
  /**
   * Where traits depend on where a connection was made, and its credentials know that: those of the connection with these credentials,
   * whatever the settings say by now. Asked whenever somebody connects and when an owner first opens the credentials; the answer is kept with
   * the connection. Credentials that cannot be read are answered with the traits that promise least.
   */
  readonly traitsForConnection?: (credentials: Credentials, config: z.output<Config>) => ProviderTraits;
  readonly create: (config: z.output<Config>, deps: ProviderDeps) => Result<ProviderWith<C>, ProviderConfigRefused>;
}

/** Types a provider; does nothing. A package exports the value by the name `provider`. */
export function defineProvider<const C extends CapabilityName, Config extends z.ZodType>(
  definition: ProviderDefinition<C, Config>,
): ProviderDefinition<C, Config> {
  return definition;
}
