import type { Logger, WhyNotLoaded } from "@bg-ingest/core";
import { asSentence } from "../settings/as-sentence.ts";
import type { Found } from "./import-provider.ts";
import type { FailedProvider, ProviderProblem } from "./provider-roster.ts";
import type { KnownPackage } from "./why-not-imported.ts";

/** What has a problem and may fail, each package once. */
export function failedProviders(
  problems: readonly ProviderProblem[],
  found: readonly Found[],
  known: readonly KnownPackage[],
): readonly FailedProvider[] {
  const packages = [...new Set(problems.map((each) => each.package))];
  return packages.map((own) => {
    const parsed = found.find((each) => each.package === own)?.parsed;
    const name = parsed?.name ?? known.find((each) => each.package === own)?.name ?? null;
    return { package: own, name: name as FailedProvider["name"], displayName: parsed?.displayName ?? null };
  });
}

/** One line each, with everything that is wrong with it. */
export function announceFailed(logger: Logger, { package: own, name }: FailedProvider, problems: readonly ProviderProblem[]): void {
  const reasons = problems.filter((each) => each.package === own).map(({ reason }) => asSentence(reason));
  const provider = name === null ? {} : { provider: name };
  logger.error({ ...provider, package: own, reason: reasons.join(" ") }, GOES_ON_WITHOUT);
}

const GOES_ON_WITHOUT =
  "A provider cannot be loaded. ALLOW_FAILING names it, so the service starts without it: its connections say that they are stopped, and nobody connects by it. What they lack is fetched once it can be loaded. Mend the reason and start again.";

/** What a person is told whose provider is not here: of one that is known by name that it is so, of others that it may be. */
export function whyNotLoaded(failed: readonly FailedProvider[]): WhyNotLoaded {
  return (provider) => {
    const own = failed.find(({ name }) => name === provider);
    if (own !== undefined) return `The provider of this connection could not be loaded when the service started. ${MEANS}`;
    const nameless = failed.filter(({ name }) => name === null).map((each) => each.package);
    if (nameless.length === 0) return null;
    return `The provider of this connection is not loaded. It may be one that could not be loaded when the service started (${nameless.join(", ")}). ${MEANS}`;
  };
}

const MEANS =
  "No new readings come; those that are stored are kept. Whoever runs the service finds the reason in what it logged at its start, mends it and starts it again; what was missed is fetched then, as far as the provider still has it.";
