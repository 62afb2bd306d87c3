import { ok } from "neverthrow";
import { z } from "zod";
import type { BackfillCapability, LoginCapability, PollCapability } from "../ports/cgm-provider.ts";
import { defineProvider } from "./provider-definition.ts";

declare const login: LoginCapability;
declare const poll: PollCapability;
declare const backfill: BackfillCapability;

const rest = {
  apiVersion: 1,
  name: "acme",
  displayName: "Acme",
  configSchema: z.strictObject({ region: z.enum(["eu", "us"]) }),
  traits: { cadenceSeconds: 300, publicationDelaySeconds: 0, maxWindowSeconds: 300, historySeconds: 300, rePull: [], rateLimit: null },
} as const;

defineProvider({ ...rest, capabilities: ["login", "poll"], create: () => ok({ login, poll }) });

// @ts-expect-error declared and not returned
defineProvider({ ...rest, capabilities: ["login", "poll"], create: () => ok({ poll }) });

// @ts-expect-error returned and not declared
defineProvider({ ...rest, capabilities: ["poll"], create: () => ok({ login, poll }) });

// @ts-expect-error returned under another's name
defineProvider({ ...rest, capabilities: ["poll", "backfill"], create: () => ok({ poll, backfill: poll }) });

// @ts-expect-error no such capability
defineProvider({ ...rest, capabilities: ["fax"], create: () => ok({}) });

// @ts-expect-error written against a version that is not served
defineProvider({ ...rest, apiVersion: 2, capabilities: ["backfill"], create: () => ok({ backfill }) });

defineProvider({
  ...rest,
  capabilities: ["poll"],
  create: ({ region }) => {
    region satisfies "eu" | "us";
    return ok({ poll });
  },
});
