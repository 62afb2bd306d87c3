import { err, ok, type Result } from "neverthrow";
import type { ProviderError, WebhookCapability, WebhookContent, WebhookRefused } from "../../ports/cgm-provider.ts";
import type { Instant } from "../../reading/instant.ts";
import type { Shown } from "./truth.ts";
import { toPage } from "./world-pages.ts";

interface WorldBody {
  readonly account: string;
  /** Absent: there is something new, poll now. */
  readonly shown?: readonly Shown[];
}

/** What the vendor sends; `shown` absent says no more than that there is something new. */
export function worldBody(account: string, shown?: readonly Shown[]): Uint8Array {
  const body: WorldBody = shown === undefined ? { account } : { account, shown };
  return new TextEncoder().encode(JSON.stringify(body));
}

export function worldSignature(secret: string, id: string, signedAt: Instant): Readonly<Record<string, string>> {
  return { "world-id": id, "world-time": String(signedAt), "world-signature": `${secret}/${id}/${signedAt}` };
}

export const worldWebhook: WebhookCapability = {
  verify: async ({ headers }, secret) => {
    const { "world-id": id, "world-time": time, "world-signature": signature } = headers;
    if (id === undefined || time === undefined || signature === undefined) return err(refused("signature_missing"));
    const signedAt = Number(time) as Instant;
    if (signature !== worldSignature(secret, id, signedAt)["world-signature"]) return err(refused("signature_wrong"));
    return ok({ kind: "delivery", id, signedAt });
  },
  read(body): Result<WebhookContent, ProviderError> {
    const { account, shown } = JSON.parse(new TextDecoder().decode(body)) as WorldBody;
    return ok(shown === undefined ? { kind: "changed" } : { kind: "readings", page: toPage(account, shown, true) });
  },
};

function refused(reason: WebhookRefused["reason"]): WebhookRefused {
  return { kind: "refused", reason, message: "The delivery is not signed as it should be." };
}
