import type { LoadedProvider, LoadedProviders } from "../ports/loaded-provider.ts";
import type { SourceRecord } from "../ports/source-record.ts";

/** The provider of a source as it behaves towards this one connection; `undefined` where it is not loaded. */
export function providerOf(
  providers: LoadedProviders,
  { provider, traits }: Pick<SourceRecord, "provider" | "traits">,
): LoadedProvider | undefined {
  const loaded = providers.get(provider);
  // Where all connections are alike, what an earlier version of the provider said of one holds no longer.
  return loaded?.traitsOf === undefined || traits === undefined ? loaded : { ...loaded, traits };
}
