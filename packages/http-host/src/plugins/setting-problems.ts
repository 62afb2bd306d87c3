import { type Environment, providerSettings } from "@bg-ingest/core";
import { nearName, sameFirstWord, shortenedName } from "../settings/near-name.ts";
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

/**
 * Set, called almost like a setting of a provider, and read by nobody. What stands in `.env` was written for us, so there it is enough
 * that it begins with the name of a provider.
 */
export function misspeltNames(
  found: readonly Found[],
  hostNames: readonly string[],
  environment: Environment,
  namesInFile: readonly string[],
): readonly ProviderProblem[] {
  const namesOf = ({ parsed }: Found) => providerSettings(parsed).map(({ name }) => name);
  const read = new Set([...hostNames, ...found.flatMap(namesOf)]);
  const unread = Object.keys(environment).filter((name) => !read.has(name));
  return found.flatMap((each) =>
    unread.flatMap((name) => {
      const own = namesOf(each);
      const meant = nearName(name, own) ?? shortenedName(name, own);
      const akin = namesInFile.includes(name) ? sameFirstWord(name, own) : undefined;
      if (meant === undefined && akin === undefined) return [];
      return [
        { package: each.package, reason: `there is no setting ${name}; ${whatThereIs(name, own, meant ?? akin)}`, isOfSetting: true },
      ];
    }),
  );
}

/** A wrong guess is worse than none: where nothing but the provider's name is shared, its settings are listed. */
function whatThereIs(name: string, own: readonly string[], guess: string | undefined): string {
  const [, ...words] = name.split("_");
  const isLike = (candidate: string) => {
    const [, ...others] = candidate.split("_");
    return words.some((word) => others.some((other) => word.slice(0, ALIKE_LETTERS) === other.slice(0, ALIKE_LETTERS)));
  };
  if (guess !== undefined && (isLike(guess) || nearName(name, [guess]) !== undefined)) return `did you mean ${guess}?`;
  return `there are ${own.join(", ")}`;
}

const ALIKE_LETTERS = 4;
