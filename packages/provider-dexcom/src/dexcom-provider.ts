import { defineProvider } from "@bg-ingest/core";
import { ok } from "neverthrow";
import { createDexcomClient } from "./api/dexcom-client.ts";
import { parseApiAddress } from "./api/regions.ts";
import { configSchema } from "./config-schema.ts";
import { readCredentials } from "./oauth/dexcom-credentials.ts";
import { createOAuth } from "./oauth/oauth.ts";
import { createBackfill, createPoll } from "./readings/readings.ts";
import { TRAITS, traitsOf } from "./traits.ts";
import { createWebhook } from "./webhook/webhook.ts";

/** Dexcom's API, version 3. */
export const provider = defineProvider({
  apiVersion: 1,
  name: "dexcom",
  displayName: "Dexcom",
  configSchema,
  capabilities: ["oauth", "poll", "backfill", "webhook"],
  traits: TRAITS,
  traitsFor: ({ apiBaseUrl }) => traitsOf(apiBaseUrl.region),
  // Each connection keeps the address that it was made with, and so the region.
  traitsForConnection: (credentials) =>
    readCredentials(credentials).match(
      ({ baseUrl }) => traitsOf(parseApiAddress(baseUrl)?.region ?? null),
      () => TRAITS,
    ),
  create: (config, { fetch, clock, logger }) => {
    const { baseUrl, region } = config.apiBaseUrl;
    const who = region === "sandbox" ? ", where people are invented" : "";
    logger.info({}, `New connections are made with ${baseUrl}${who}.`);
    const client = createDexcomClient(fetch, clock);
    return ok({
      oauth: createOAuth(config, { fetch, clock, client }),
      poll: createPoll(client),
      backfill: createBackfill(client, clock),
      webhook: createWebhook(clock),
    });
  },
});
