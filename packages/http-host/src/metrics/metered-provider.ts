import type { CgmProvider, ProviderName } from "@bg-ingest/core";
import type { Instruments } from "./instruments.ts";
import { metered } from "./metered.ts";

/** A provider whose calls are timed, as `oauth.refresh` and the like. */
export function meteredProvider(name: ProviderName, provider: CgmProvider, { providerCalls }: Instruments): CgmProvider {
  const capabilities = Object.entries(provider).map(([capability, members]) => [
    capability,
    metered(members as object, "item", (call, outcome, seconds) =>
      providerCalls.observe({ provider: name, call: `${capability}.${call}`, outcome }, seconds),
    ),
  ]);
  return Object.fromEntries(capabilities) as CgmProvider;
}

/** A `fetch` whose answers are counted by their status. */
export function meteredFetch(name: ProviderName, send: typeof fetch, { providerAnswers }: Instruments): typeof fetch {
  return async (input, init) => {
    let status = "none";
    try {
      const response = await send(input, init);
      status = String(response.status);
      return response;
    } finally {
      providerAnswers.inc({ provider: name, status });
    }
  };
}
