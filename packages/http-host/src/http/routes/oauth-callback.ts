import type { Connected, FinishOAuthError, LoadedProvider, ProviderName, UserId } from "@bg-ingest/core";
import type { FastifyRequest } from "fastify";
import { err, ok, type Result } from "neverthrow";
import { z } from "zod";
import { type Answer, jsonAnswer } from "../answer.ts";
import { connectedFlowCookieHeader, connectedFlowIn, endedFlowCookieHeader, flowCookieIn } from "../consent/flow-cookie.ts";
import type { Deadlines } from "../deadlines.ts";
import type { HttpDeps } from "../http-deps.ts";
import { acceptedOf } from "../negotiation/accept.ts";
import { connectedPage } from "../pages/connected-page.ts";
import { PRIVATE_HEADERS } from "../pages/page.ts";
import { mapConsentError } from "../problem/map-connect-error.ts";
import type { Problem } from "../problem/problem.ts";
import { connected } from "../schemas/connection.ts";
import { providerIn } from "../schemas/path-parameters.ts";
import { loadedOf } from "./connect.ts";
import { connectPagePath } from "./connect-page-path.ts";
import { connectedBody } from "./connected-body.ts";
import { publicBase } from "./public-base.ts";
import type { Route } from "./route.ts";

type CallbackDeps = Pick<HttpDeps, "connections" | "providers" | "notConfigured" | "failed" | "options">;

/** What vendors send along. Others of theirs are let through: they belong to the vendor and not to us. */
const parameters = z.looseObject({
  state: z.string().optional().meta({ description: "What this service sent the browser to the vendor with." }),
  code: z.string().optional().meta({ description: "What the vendor exchanges for access." }),
  error: z.string().optional().meta({ description: "Why there is no code." }),
});

/** Where the vendor's page sends the browser back to. */
export function oauthCallbackRoute(deps: CallbackDeps, deadlines: Deadlines): Route {
  const { publicUrl } = deps.options;

  async function finish(request: FastifyRequest, loaded: LoadedProvider): Promise<Result<Answer, Problem>> {
    const base = publicBase(request, publicUrl);
    const callbackUrl = new URL(pathOf(request), base);
    const state = callbackUrl.searchParams.get("state") ?? "";
    const cookie = flowCookieIn(request.headers.cookie, state);
    const callback = { callbackUrl, browserSecret: cookie?.browserSecret ?? "" };
    const finished = await deps.connections.finishConsent(loaded, callback, deadlines.call());
    const isSecure = base.startsWith("https:");
    if (finished.isOk()) {
      const headers = { "set-cookie": connectedFlowCookieHeader(state, finished.value.record.userId, isSecure) };
      return ok(finishedAnswer(request, finished.value, loaded, base, headers));
    }
    const { error } = finished;
    const connectedBefore = connectedFlowIn(request.headers.cookie, state);
    if (error.kind === "not_begun_here" && connectedBefore !== null) return err(finishedBefore(connectedBefore));
    const headers = mayComeAgain(error) ? {} : { "set-cookie": endedFlowCookieHeader(state, isSecure) };
    const problem = mapConsentError(error, [callbackUrl.searchParams.get("code") ?? "", state]);
    const back = cookie === null ? whereToAsk(problem) : { back: connectPagePath(cookie.userId) };
    return err({ ...problem, ...back, headers: { ...problem.headers, ...headers } });
  }

  return {
    method: "GET",
    path: "/api/oauth/{provider}/callback",
    access: "own_proof",
    summary: "Finish connecting by consent",
    description:
      "The vendor's page sends the browser here. Good once, within ten minutes, and in the browser that began; where it answers `short_of_calls`, `what_to_do` says whether it is good still.",
    query: parameters,
    body: null,
    isPage: true,
    answers: [
      {
        status: 200,
        description: "Connected; the history is being read.",
        content: { "text/html": z.string(), "application/json": connected },
      },
    ],
    problems: [
      "invalid_path",
      "authorization_unknown",
      "another_browser",
      "consent_denied",
      "consent_refused",
      "unknown_provider",
      "method_not_allowed",
      "another_account",
      "connection_busy",
      "source_replaced",
      "no_consent_page",
      "provider_not_configured",
      "provider_not_loaded",
      "provider_failed",
      "store_away",
      "provider_away",
      "short_of_calls",
    ],
    async answer(request) {
      // It would use up what was begun, and nobody would see what came of it.
      if (request.method === "HEAD") return err({ kind: "method_not_allowed", headers: { allow: "GET" } });
      const loaded = providerIn(request.params).andThen((name: ProviderName) => loadedOf(deps, name));
      const answer = loaded.isErr() ? err(loaded.error) : await finish(request, loaded.value);
      return answer.mapErr((problem) => ({ ...problem, headers: { ...PRIVATE_HEADERS, ...problem.headers } }));
    },
  };
}

/** The same address may be good still, in this browser. Of what is not known here, another call of it may be at work. */
function mayComeAgain({ kind }: FinishOAuthError): boolean {
  return kind === "come_again" || kind === "store" || kind === "not_begun_here";
}

/** The page "Connected" was loaded again, or gone back to: this browser's own cookie says whom it connected. */
function finishedBefore(userId: UserId): Problem {
  return {
    kind: "authorization_unknown",
    detail: "With this address you have been connected already. It is good once, so nothing was changed now.",
    whatToDo: "Look at your connections: nothing is left to be done here.",
    back: connectPagePath(userId),
  };
}

/** Whoever has just connected, and whose browser does not say so, is asked who they are. */
function whereToAsk({ kind }: Problem): Pick<Problem, "back"> {
  return kind === "authorization_unknown" ? { back: "/connect" } : {};
}

/** Of a request line that names a host too, what follows the host. */
function pathOf({ url }: FastifyRequest): string {
  return url.replace(/^https?:\/\/[^/?#]*/i, "");
}

function finishedAnswer(
  { headers: asked }: FastifyRequest,
  done: Connected,
  loaded: LoadedProvider,
  base: string,
  headers: Readonly<Record<string, string>>,
): Answer {
  const body = connectedBody(done, loaded, base);
  if (acceptedOf(asked.accept, ["application/json", "text/html"]) === "text/html") {
    return connectedPage({ displayName: loaded.displayName, back: connectPagePath(done.record.userId), webhook: body.webhook }, headers);
  }
  const answer = jsonAnswer(body);
  return { ...answer, headers: { ...answer.headers, ...PRIVATE_HEADERS, ...headers } };
}
