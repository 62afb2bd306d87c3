import type { LoadedProvider, ProviderTraits } from "@bg-ingest/core";
import { ok } from "neverthrow";
import type { z } from "zod";
import { jsonAnswer } from "../answer.ts";
import type { HttpDeps } from "../http-deps.ts";
import { providers } from "../schemas/provider.ts";
import { NO_PARAMETERS, readNoParameters } from "../schemas/read-query.ts";
import type { Route } from "./route.ts";

type ProvidersBody = z.input<typeof providers>;

export function providersRoute(deps: Pick<HttpDeps, "providers" | "notConfigured" | "failed">): Route {
  const body: ProvidersBody = {
    providers: [...deps.providers.values()].map(providerBody),
    not_configured: deps.notConfigured.map(({ name, displayName, missing }) => ({
      name,
      display_name: displayName,
      missing_settings: [...missing],
    })),
    not_loaded: deps.failed.map(({ package: own, name, displayName }) => ({ package: own, name, display_name: displayName })),
  };
  const answer = jsonAnswer(body);
  return {
    method: "GET",
    path: "/api/providers",
    access: "caller",
    summary: "The providers that are here, and what connecting needs",
    query: NO_PARAMETERS,
    body: null,
    answers: [{ status: 200, description: "Every provider.", content: { "application/json": providers } }],
    problems: [],
    answer: ({ query }) => readNoParameters(query).andThen(() => ok(answer)),
  };
}

function providerBody({ name, displayName, capabilities, traits, provider }: LoadedProvider): ProvidersBody["providers"][number] {
  return {
    name,
    display_name: displayName,
    capabilities: [...capabilities],
    traits: traitsBody(traits),
    connect: {
      oauth: provider.oauth !== undefined,
      login_fields: provider.login?.fields.map((field) => ({ name: field.name, label: field.label, secret: field.secret })) ?? null,
    },
  };
}

function traitsBody(traits: ProviderTraits): ProvidersBody["providers"][number]["traits"] {
  const { rateLimit } = traits;
  return {
    cadence_seconds: traits.cadenceSeconds,
    publication_delay_seconds: traits.publicationDelaySeconds,
    max_window_seconds: traits.maxWindowSeconds,
    history_seconds: traits.historySeconds,
    re_pull: traits.rePull.map(({ everySeconds, lookBackSeconds }) => ({
      every_seconds: everySeconds,
      look_back_seconds: lookBackSeconds,
    })),
    rate_limit: rateLimit && { calls: rateLimit.calls, per_seconds: rateLimit.perSeconds, scope: rateLimit.scope },
  };
}
