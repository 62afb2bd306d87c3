import {
  type CgmProvider,
  type LoadedProvider,
  type ProviderError,
  type ProviderName,
  type ProviderPage,
  type RawReading,
  verifyStandardWebhook,
  type WebhookVerified,
} from "@bg-ingest/core";
import { err, errAsync, ok, okAsync } from "neverthrow";

export const DIARY = "diary" as ProviderName;

/** What the vendor answers to the next login; nothing: it is granted. */
export interface DiaryVendor {
  loginError: ProviderError | null;
}

/** A provider that tells what deliveries say, and nothing by itself. */
export function diaryProvider(nowMs: () => number, name = DIARY, vendor: DiaryVendor = { loginError: null }): LoadedProvider {
  return {
    name,
    displayName: "Diary",
    capabilities: ["login", "poll", "webhook"],
    traits: {
      cadenceSeconds: 300,
      publicationDelaySeconds: 0,
      maxWindowSeconds: 86_400,
      historySeconds: 86_400,
      rePull: [],
      rateLimit: null,
    },
    provider: members(nowMs, vendor),
  };
}

function members(nowMs: () => number, vendor: DiaryVendor): CgmProvider {
  const noPages = async function* () {};
  return {
    login: {
      fields: [
        { name: "name", label: "Name", secret: false },
        { name: "password", label: "Password", secret: true },
      ],
      login: (fields) =>
        vendor.loginError === null
          ? okAsync({ credentials: { value: "granted", expiresAt: null }, accountId: fields["name"] ?? null })
          : errAsync(vendor.loginError),
      renew: (credentials) => okAsync(credentials),
    },
    poll: { fetchPages: noPages },
    webhook: {
      verify: ({ headers, body }, secret) =>
        verifyStandardWebhook({ headers, body, secret, nowMs: nowMs(), toleranceSeconds: 300 }).andThen((verified) => {
          const text = Buffer.from(body).toString();
          if (text.startsWith("challenge ")) {
            return ok<WebhookVerified>({ kind: "challenge", contentType: "text/plain", reply: text.slice("challenge ".length) });
          }
          if (!text.startsWith("[")) return err({ kind: "refused", reason: "body_unreadable", message: "The body is no list" } as const);
          return ok<WebhookVerified>({ kind: "delivery", ...verified });
        }),
      read: (body) => ok({ kind: "readings", page: pageOf(JSON.parse(Buffer.from(body).toString()) as RawReading[]) }),
    },
  };
}

function pageOf(readings: readonly RawReading[]): ProviderPage {
  return { readings, rejected: [], accountId: null };
}
