import { TRUSTED } from "@bg-ingest/core";
import type { FastifyInstance, FastifyRequest, HTTPMethods } from "fastify";
import { acceptedOf } from "../negotiation/accept.ts";
import { problemPage } from "../pages/problem-html.ts";
import { PROBLEM_MEDIA_TYPE, problemAnswer } from "../problem/problem-answer.ts";
import { send, sendProblem } from "../send.ts";
import type { Route } from "./route.ts";

export interface BodyLimits {
  readonly jsonBytes: number;
  readonly rawBytes: number;
}

export function registerRoutes(app: FastifyInstance, routes: readonly Route[], limits: BodyLimits): void {
  for (const route of routes.filter(({ body }) => body?.kind !== "raw")) register(app, route, limits.jsonBytes);
  // fastify waits for what is registered before it serves anything
  void app.register((scope, _options, done) => {
    takeAnyBody(scope);
    for (const route of routes.filter(({ body }) => body?.kind === "raw")) register(scope, route, limits.rawBytes);
    done();
  });
  refuseOtherMethods(app, routes);
}

function register(scope: FastifyInstance, route: Route, bodyLimit: number): void {
  scope.route({
    method: route.method,
    url: patternOf(route),
    bodyLimit,
    handler: async (request, reply) =>
      send(reply, await route.answer(request, TRUSTED), isForBrowser(route, request) ? problemPage : problemAnswer),
  });
}

function isForBrowser({ isPage }: Route, { headers }: FastifyRequest): boolean {
  return isPage === true && acceptedOf(headers.accept, [PROBLEM_MEDIA_TYPE, "text/html"]) === "text/html";
}

/** A signature is over the bytes as they came, whatever their Content-Type says, or tries to say. */
function takeAnyBody(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser("application/octet-stream", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
  scope.addHook("onRequest", (request, _reply, done) => {
    request.headers = { "content-type": "application/octet-stream" };
    done();
  });
}

function refuseOtherMethods(app: FastifyInstance, routes: readonly Route[]): void {
  for (const [url, ofPath] of Map.groupBy(routes, patternOf)) {
    const allowed = ofPath.flatMap(({ method }): HTTPMethods[] => (method === "GET" ? ["GET", "HEAD"] : [method]));
    app.route({
      method: (app.supportedMethods as HTTPMethods[]).filter((method) => !allowed.includes(method)),
      url,
      onRequest: ({ method }, reply) => {
        const allow = allowed.join(", ");
        sendProblem(reply, {
          kind: "method_not_allowed",
          detail: `This path takes ${allow} and not ${method}. Nothing was done.`,
          headers: { allow },
        });
      },
      handler: (_request, reply) => reply,
    });
  }
}

/** `/api/bg/{userId}` as fastify writes it. */
function patternOf({ path }: Route): string {
  return path.replace(/\{(\w+)\}/g, ":$1");
}
