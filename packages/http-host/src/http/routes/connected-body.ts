import type { Connected, LoadedProvider } from "@bg-ingest/core";
import type { z } from "zod";
import { webhookUrl } from "../../connections/webhook-url.ts";
import type { connected } from "../schemas/connection.ts";

export function connectedBody({ record, webhookSecret }: Connected, { provider }: LoadedProvider, base: string): z.input<typeof connected> {
  return {
    provider: record.provider,
    source: record.sourceId,
    webhook: provider.webhook === undefined ? null : { url: webhookUrl(base, record).href, secret: webhookSecret },
  };
}
