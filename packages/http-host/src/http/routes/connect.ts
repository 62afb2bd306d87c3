import { randomBytes } from "node:crypto";
import { type Caller, formatInstant, type LoadedProvider, type LoginFields, type ProviderName, type UserId } from "@bg-ingest/core";
import type { FastifyRequest } from "fastify";
import { err, ok, type Result } from "neverthrow";
import type { z } from "zod";
import { type Answer, jsonAnswer } from "../answer.ts";
import { flowCookieHeader } from "../consent/flow-cookie.ts";
import type { Deadlines } from "../deadlines.ts";
import type { HttpDeps } from "../http-deps.ts";
import { mapConnectError, mapConsentError, type TypedForm } from "../problem/map-connect-error.ts";
import type { Problem } from "../problem/problem.ts";
import { connected, consentStarted } from "../schemas/connection.ts";
import { loginFields, readLoginFields } from "../schemas/login-fields.ts";
import { NO_PARAMETERS, readNoParameters } from "../schemas/read-query.ts";
import { askedOfConnection } from "./asked.ts";
import { connectedBody } from "./connected-body.ts";
import { publicBase } from "./public-base.ts";
import type { Route } from "./route.ts";

type ConnectDeps = Pick<HttpDeps, "connections" | "providers" | "notConfigured" | "failed" | "options">;

export function connectRoute(deps: ConnectDeps, deadlines: Deadlines): Route {
  async function startConsent(
    request: FastifyRequest,
    userId: UserId,
    loaded: LoadedProvider,
    caller: Caller,
  ): Promise<Result<Answer, Problem>> {
    if (!isEmpty(request.body)) return err(noFields(loaded));
    const browserSecret = randomBytes(32).toString("base64url");
    const started = await deps.connections.startConsent(userId, loaded, browserSecret, deadlines.callBy(caller));
    if (started.isErr()) return err(mapConsentError(started.error, []));
    const { authorizationUrl, state, expiresAt } = started.value;
    const body = { authorization_url: authorizationUrl.href, expires_at: formatInstant(expiresAt) } satisfies z.input<
      typeof consentStarted
    >;
    const isSecure = publicBase(request, deps.options.publicUrl).startsWith("https:");
    const answer = jsonAnswer(body);
    return ok({ ...answer, headers: { ...answer.headers, "set-cookie": flowCookieHeader(state, { browserSecret, userId }, isSecure) } });
  }

  return {
    method: "POST",
    path: "/api/connections/{userId}/{provider}",
    access: "caller_or_page",
    summary: "Connect a person",
    description:
      "With the fields of the provider's login form: connects. Without a body, where the provider asks for consent: answers where to send the browser, which holds the cookie of this answer and has to be the one that comes back. Connecting again gives the same source new credentials; its readings stay.",
    query: NO_PARAMETERS,
    body: {
      kind: "json",
      schema: loginFields,
      description: "The fields of the provider's login form; none to connect by consent.",
      isOptional: true,
    },
    answers: [
      { status: 201, description: "Connected; the history is being read.", content: { "application/json": connected } },
      {
        status: 200,
        description: "Send the browser there.",
        content: { "application/json": consentStarted },
        headers: { "Set-Cookie": "Shows, when the browser comes back, that it is the one that began." },
      },
    ],
    problems: [
      "invalid_path",
      "scope_missing",
      "another_person",
      "invalid_body",
      "unknown_provider",
      "another_account",
      "connection_busy",
      "source_replaced",
      "no_login_form",
      "provider_not_configured",
      "provider_not_loaded",
      "body_too_large",
      "unsupported_media_type",
      "login_refused",
      "provider_failed",
      "store_away",
      "provider_away",
      "short_of_calls",
      "cross_origin_refused",
    ],
    async answer(request, caller) {
      const asked = askedOfConnection(request, readNoParameters);
      if (asked.isErr()) return err(asked.error);
      const loaded = loadedOf(deps, asked.value.provider);
      if (loaded.isErr()) return err(loaded.error);
      const { oauth, login } = loaded.value.provider;
      if (oauth !== undefined && (login === undefined || request.body === undefined)) {
        return startConsent(request, asked.value.userId, loaded.value, caller);
      }
      const fields = readLoginFields(request.body);
      if (fields.isErr()) return err(fields.error);
      const done = await deps.connections.connect(asked.value.userId, loaded.value, fields.value, deadlines.callBy(caller));
      if (done.isErr()) return err(mapConnectError(done.error, typedForm(fields.value, loaded.value)));
      return ok(jsonAnswer(connectedBody(done.value, loaded.value, publicBase(request, deps.options.publicUrl)), 201));
    },
  };
}

function isEmpty(body: unknown): boolean {
  return body === undefined || (typeof body === "object" && body !== null && Object.keys(body).length === 0);
}

function noFields({ displayName }: LoadedProvider): Problem {
  const detail = `${displayName} is connected by consent and takes no fields.`;
  return {
    kind: "invalid_body",
    detail,
    whatToDo: "Send the request without a body, and the browser to the `authorization_url` of the answer.",
  };
}

export function loadedOf(
  { providers, notConfigured, failed }: Pick<HttpDeps, "providers" | "notConfigured" | "failed">,
  name: ProviderName,
): Result<LoadedProvider, Problem> {
  const loaded = providers.get(name);
  if (loaded !== undefined) return ok(loaded);
  if (failed.some((each) => each.name === name)) return err({ kind: "provider_not_loaded" });
  const waiting = notConfigured.find((each) => each.name === name);
  return err(
    waiting === undefined ? { kind: "unknown_provider" } : { kind: "provider_not_configured", more: { missing_settings: waiting.missing } },
  );
}

function typedForm(typed: LoginFields, { provider }: LoadedProvider): TypedForm {
  const wanted = provider.login?.fields ?? [];
  const missing = wanted.filter(({ name, isOptional }) => !typed[name] && isOptional !== true).map(({ name }) => name);
  const unknown = Object.keys(typed).filter((name) => !wanted.some((field) => field.name === name));
  const secrets = wanted.filter(({ secret }) => secret).flatMap(({ name }) => typed[name] ?? []);
  return { secrets, wrongFields: [...missing, ...unknown] };
}
