import type { ConnectionOverview, Instant, LoadedProvider } from "@bg-ingest/core";
import { err, ok } from "neverthrow";
import { z } from "zod";
import type { Deadlines } from "../deadlines.ts";
import type { HttpDeps } from "../http-deps.ts";
import { connectPage } from "../pages/connect-page.ts";
import type { ShownProvider } from "../pages/shown-provider.ts";
import { mapAskedError } from "../problem/map-asked-error.ts";
import { NO_PARAMETERS, readNoParameters } from "../schemas/read-query.ts";
import { askedOfUser } from "./asked.ts";
import { connectionBody } from "./connection-body.ts";
import type { Route } from "./route.ts";

type PageDeps = Pick<HttpDeps, "connections" | "providers" | "notConfigured" | "failed" | "clock">;

export function connectPageRoute(deps: PageDeps, deadlines: Deadlines): Route {
  const { connections, notConfigured, failed, clock } = deps;
  return {
    method: "GET",
    path: "/connect/{userId}",
    access: "caller_or_page",
    summary: "A page to connect a person, and to see how it goes",
    query: NO_PARAMETERS,
    body: null,
    isPage: true,
    answers: [{ status: 200, description: "The page.", content: { "text/html": z.string() } }],
    problems: ["invalid_path", "scope_missing", "another_person", "store_away"],
    async answer(request, caller) {
      const asked = askedOfUser(request, readNoParameters);
      if (asked.isErr()) return err(asked.error);
      const { userId } = asked.value;
      const nowMs = clock.nowMs();
      const found = await connections.overview(userId, Math.floor(nowMs / 1000) as Instant, deadlines.callBy(caller));
      if (found.isErr()) return err(mapAskedError(found.error));
      return ok(connectPage({ userId, nowMs, providers: shown(deps, found.value), notConfigured, failed }));
    },
  };
}

/** Every provider that is here, and those that are connected and no longer here. */
function shown({ providers, connections }: PageDeps, overviews: readonly ConnectionOverview[]): readonly ShownProvider[] {
  const connectionTo = (name: string, loaded: LoadedProvider | undefined) => {
    const overview = overviews.find(({ record }) => record.provider === name);
    return overview === undefined ? null : connectionBody(overview, loaded, connections.nextAttemptAt(overview.record));
  };
  const here = [...providers.values()].map((loaded) => ({
    name: loaded.name,
    displayName: loaded.displayName,
    hasConsent: loaded.provider.oauth !== undefined,
    loginFields: loaded.provider.login?.fields ?? null,
    connection: connectionTo(loaded.name, loaded),
  }));
  const gone = overviews
    .filter(({ record }) => !providers.has(record.provider))
    .map(({ record: { provider } }) => ({
      name: provider,
      displayName: provider,
      hasConsent: false,
      loginFields: null,
      connection: connectionTo(provider, undefined),
    }));
  return [...here, ...gone];
}
