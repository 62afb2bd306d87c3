import type { Connected, LoadedProvider, LoginFields, ProviderName } from "@bg-ingest/core";
import type { FastifyRequest } from "fastify";
import { err, ok, type Result } from "neverthrow";
import type { z } from "zod";
import { jsonAnswer } from "../answer.ts";
import type { Deadlines } from "../deadlines.ts";
import type { HttpDeps } from "../http-deps.ts";
import { mapConnectError, type TypedForm } from "../problem/map-connect-error.ts";
import type { Problem } from "../problem/problem.ts";
import { connected } from "../schemas/connection.ts";
import { loginFields, readLoginFields } from "../schemas/login-fields.ts";
import { NO_PARAMETERS, readNoParameters } from "../schemas/read-query.ts";
import { askedOfConnection } from "./asked.ts";
import type { Route } from "./route.ts";

type ConnectDeps = Pick<HttpDeps, "connections" | "providers" | "notConfigured" | "options">;

export function connectRoute(deps: ConnectDeps, deadlines: Deadlines): Route {
  return {
    method: "POST",
    path: "/api/connections/{userId}/{provider}",
    summary: "Connect a person",
    description: "Makes the person known. Connecting again gives the same source new credentials; its readings stay.",
    query: NO_PARAMETERS,
    body: { kind: "json", schema: loginFields, description: "The fields of the provider's login form." },
    answers: [{ status: 201, description: "Connected; the history is being read.", content: { "application/json": connected } }],
    problems: [
      "invalid_path",
      "invalid_body",
      "unknown_provider",
      "another_account",
      "connection_busy",
      "no_login_form",
      "provider_not_configured",
      "body_too_large",
      "unsupported_media_type",
      "login_refused",
      "provider_failed",
      "store_away",
      "provider_away",
      "cross_origin_refused",
    ],
    async answer(request) {
      const asked = askedOfConnection(request, readNoParameters);
      if (asked.isErr()) return err(asked.error);
      const loaded = loadedOf(deps, asked.value.provider);
      if (loaded.isErr()) return err(loaded.error);
      const fields = readLoginFields(request.body);
      if (fields.isErr()) return err(fields.error);
      const done = await deps.connections.connect(asked.value.userId, loaded.value, fields.value, deadlines.call());
      if (done.isErr()) return err(mapConnectError(done.error, typedForm(fields.value, loaded.value)));
      const url = webhookUrl(request, deps.options.publicUrl, done.value);
      return ok(jsonAnswer(connectedBody(done.value, loaded.value, url), 201));
    },
  };
}

function loadedOf({ providers, notConfigured }: ConnectDeps, name: ProviderName): Result<LoadedProvider, Problem> {
  const loaded = providers.get(name);
  if (loaded !== undefined) return ok(loaded);
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

function connectedBody(done: Connected, loaded: LoadedProvider, url: string): z.input<typeof connected> {
  const { record, webhookSecret } = done;
  return {
    provider: record.provider,
    source: record.sourceId,
    webhook: loaded.provider.webhook === undefined ? null : { url, secret: webhookSecret },
  };
}

/** As the caller reached the service, unless a setting says how others do; the gate has looked at the host. */
function webhookUrl({ headers, protocol }: FastifyRequest, publicUrl: string | null, { record }: Connected): string {
  const base = publicUrl ?? `${protocol}://${headers.host}`;
  return `${base}/api/bg/${encodeURIComponent(record.userId)}/webhook/${record.provider}`;
}
