import { type Environment, providerSettings } from "@bg-ingest/core";
import { nearName } from "../settings/near-name.ts";
import type { Found } from "./import-provider.ts";
import type { ProviderProblem } from "./provider-roster.ts";

/** Names that two providers, or a provider and the host, would both read. */
export function sharedNames(found: readonly Found[], hostNames: readonly string[]): readonly ProviderProblem[] {
  const owners = new Map(hostNames.map((name) => [name, "the service itself"]));
  return found.flatMap((each) =>
    providerSettings(each.parsed).flatMap(({ name }) => {
      const owner = owners.get(name);
      owners.set(name, each.package);
      return owner === undefined
        ? []
        : [{ package: each.package, reason: `its setting ${name} is also read by ${owner}; one of them needs another name` }];
    }),
  );
}

export function duplicateNames(found: readonly Found[]): readonly ProviderProblem[] {
  const owners = new Map<string, string>();
  return found.flatMap(({ package: own, parsed: { name } }) => {
    const owner = owners.get(name);
    owners.set(name, own);
    return owner === undefined ? [] : [{ package: own, reason: `its name "${name}" is taken by ${owner}; load only one of them` }];
  });
}

/** Set, called almost like a setting of this provider, and read by nobody. */
export function misspeltNames({ package: own, parsed }: Found, environment: Environment): readonly ProviderProblem[] {
  const known = providerSettings(parsed).map(({ name }) => name);
  return Object.keys(environment).flatMap((name) => {
    const meant = nearName(name, known);
    return meant === undefined ? [] : [{ package: own, reason: `there is no setting ${name}; did you mean ${meant}?` }];
  });
}
