import { ok } from "neverthrow";
import type { Grant } from "../../src/ports/cgm-provider.ts";
import type { LoadedProvider } from "../../src/ports/loaded-provider.ts";
import type { Instant } from "../../src/reading/instant.ts";
import type { Through } from "../../src/testing/model/through.ts";
import { createProviderWorld, type ProviderWorld } from "../../src/testing/world/provider-world.ts";
import { ACCOUNTS } from "./race-people.ts";
import type { RaceTime } from "./race-time.ts";

/** What the vendor's credentials tell: whose account they are for, and which wish they were granted to. */
export interface RaceCredentials {
  readonly account: string;
  readonly wish: number;
}

export function createRaceWorld(time: RaceTime): ProviderWorld {
  const world = createProviderWorld({
    clock: time,
    capabilities: ["login", "oauth", "poll", "webhook"],
    traits: { cadenceSeconds: 1_800 },
  });
  const at = (time.nowMs() / 1000 - 600) as Instant;
  for (const account of ACCOUNTS) world.account(account).measure({ at, mgdl: 100 });
  return world;
}

/** What is typed in at a login, or comes back from a consent, so that the credentials tell which wish they were granted to. */
export function grantName({ account, wish }: RaceCredentials): string {
  return `${account}/${wish}`;
}

function grantOf(world: ProviderWorld, name: string): Grant {
  const [account = "", wish = ""] = name.split("/");
  const { credentials, ...grant } = world.grantOf(account);
  return { ...grant, credentials: { ...credentials, value: { ...(credentials.value as object), wish: Number(wish) } } };
}

export function vendorThrough(through: Through, world: ProviderWorld): LoadedProvider {
  const { login, oauth, ...others } = world.loaded.provider;
  if (login === undefined || oauth === undefined) throw new Error("no way to connect");
  const granted = (name: string) => through.call(async () => ok(grantOf(world, name)));
  return {
    ...world.loaded,
    provider: {
      ...others,
      login: { ...login, login: (fields) => granted(fields["account"] ?? "") },
      oauth: { ...oauth, exchangeCode: ({ callbackUrl }) => granted(callbackUrl.searchParams.get("code") ?? "") },
    },
  };
}
