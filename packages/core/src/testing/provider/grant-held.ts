import type { Credentials, Grant } from "../../ports/cgm-provider.ts";
import { keeps } from "../promise.ts";
import { fetchWindow } from "./fetched.ts";
import { fetchersOf } from "./questions.ts";
import type { Stage } from "./stage.ts";
import { bringsReadings } from "./truth-held.ts";

/** Longer than any credentials live: what is beyond is milliseconds, or a life in place of an instant. */
const LONGEST_LIFE_SECONDS = 50 * 366 * 86_400;

export function expiresAhead(stage: Stage, { expiresAt }: Credentials): void {
  if (expiresAt === null) return;
  const lifeSeconds = expiresAt - stage.now();
  const isAhead = Number.isSafeInteger(expiresAt) && lifeSeconds > 0 && lifeSeconds < LONGEST_LIFE_SECONDS;
  keeps("expiresAt is null, or whole seconds since 1970 that lie ahead", isAhead, `it is ${expiresAt}, ${lifeSeconds} s from now`);
}

/** Credentials that nobody can read with are none. A provider that only takes deliveries reads nothing with them. */
export async function opensReadings(stage: Stage, grant: Grant): Promise<void> {
  for (const fetcher of fetchersOf(stage)) {
    const fetched = await fetchWindow(stage, fetcher, { window: stage.world.window, credentials: grant.credentials });
    bringsReadings("what connecting gives opens the person's readings", fetched);
    const { accountIds } = fetched;
    const others = [...accountIds].filter((id) => grant.accountId !== null && id !== grant.accountId);
    keeps("pages bear the account that the grant bears", others.length === 0, "they bear another: the source would be taken for another's");
    keeps("the pages of a window bear one account", accountIds.size <= 1, `they bear ${accountIds.size}`);
  }
}
