import { defineProvider } from "@bg-ingest/core";
import { ok } from "neverthrow";
import { createLinkUpClient } from "./api/linkup-client.ts";
import { configSchema } from "./config-schema.ts";
import { createBackfill, createPoll } from "./readings/readings.ts";
import { createLogin } from "./session/login.ts";
import { TRAITS, traitsOf } from "./traits.ts";

/** LibreLinkUp, the app with which somebody follows a wearer of a FreeStyle Libre sensor. Its API is not documented. */
export const provider = defineProvider({
  apiVersion: 1,
  name: "librelinkup",
  displayName: "LibreLinkUp",
  configSchema,
  capabilities: ["login", "poll", "backfill"],
  traits: TRAITS,
  traitsFor: ({ callsPerHour }) => traitsOf(callsPerHour),
  create: (config, { fetch, clock }) => {
    const client = createLinkUpClient(config, fetch, clock);
    return ok({ login: createLogin(config, client, clock), poll: createPoll(client), backfill: createBackfill(client) });
  },
});
