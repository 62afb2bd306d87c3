import { Result } from "neverthrow";
import type { Credentials } from "../ports/cgm-provider.ts";
import type { ProviderTraits } from "../ports/provider-traits.ts";
import type { ParsedProvider } from "./parse-provider.ts";
import { parseTraits } from "./parse-traits.ts";
import type { ProviderRefused } from "./provider-refused.ts";

/** How a provider behaves with this configuration. */
export function traitsWith(parsed: ParsedProvider, config: unknown): Result<ProviderTraits, ProviderRefused> {
  return Result.fromThrowable(
    () => parsed.traitsFor(config),
    (): ProviderRefused => ({ kind: "traits_invalid", message: "its traitsFor throws; it must answer with traits" }),
  )().andThen(parseTraits);
}

/** How a provider behaves towards the connection with these credentials; `null` where all are alike. */
export function connectionTraitsWith(
  { traitsForConnection }: ParsedProvider,
  config: unknown,
): ((credentials: Credentials) => Result<ProviderTraits, ProviderRefused>) | null {
  if (traitsForConnection === null) return null;
  return (credentials) =>
    Result.fromThrowable(
      () => traitsForConnection(credentials, config),
      (): ProviderRefused => ({ kind: "traits_invalid", message: "its traitsForConnection throws; it must answer with traits" }),
    )().andThen(parseTraits);
}
