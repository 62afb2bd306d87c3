import { addSeconds, type Instant } from "../reading/instant.ts";
import type { SourceSecrets } from "./secrets.ts";

/** Of credentials of which nobody noted when they began: a quarter of the two hours that are usual. */
const LEFT_WHERE_LIFE_IS_UNKNOWN_SECONDS = 1_800;

/** From when on a quarter of their life or less is left; `null`: they do not run out. */
export function renewalAt({ credentials: { expiresAt }, obtainedAt }: SourceSecrets): Instant | null {
  if (expiresAt === null) return null;
  const left = obtainedAt === null ? LEFT_WHERE_LIFE_IS_UNKNOWN_SECONDS : Math.max(0, Math.ceil((expiresAt - obtainedAt) / 4));
  return addSeconds(expiresAt, -left);
}

export function isRenewalDue(secrets: SourceSecrets, now: Instant): boolean {
  const at = renewalAt(secrets);
  return at !== null && now >= at;
}

export function isExpired({ credentials: { expiresAt } }: SourceSecrets, now: Instant): boolean {
  return expiresAt !== null && now >= expiresAt;
}
