import { Result } from "neverthrow";
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
