import { TRUSTED } from "@bg-ingest/core";
import type { FastifyInstance, FastifyRequest, HTTPMethods, onRequestAsyncHookHandler } from "fastify";
import { err } from "neverthrow";
import type { Access } from "../../access/access.ts";
import type { HttpCaller } from "../../access/http-caller.ts";
import { type AskCaller, createAskCaller } from "../guard/ask-caller.ts";
import type { UntakenAnswers } from "../guard/untaken-answers.ts";
import { acceptedOf } from "../negotiation/accept.ts";
import { problemPage } from "../pages/problem-html.ts";
import type { Problem } from "../problem/problem.ts";
import { PROBLEM_MEDIA_TYPE, problemAnswer } from "../problem/problem-answer.ts";
import { send, sendProblem } from "../send.ts";
import type { Route } from "./route.ts";

export interface BodyLimits {
  readonly jsonBytes: number;
  readonly rawBytes: number;
}

export function registerRoutes(
  app: FastifyInstance,
  routes: readonly Route[],
  limits: BodyLimits,
  access: Access,
  untaken: UntakenAnswers,
): void {
  const register = createRegister(createAskCaller(access), untaken);
  for (const route of routes.filter(({ body }) => body?.kind !== "raw")) register(app, route, limits.jsonBytes);
  // fastify waits for what is registered before it serves anything
  void app.register((scope, _options, done) => {
    takeAnyBody(scope);
    for (const route of routes.filter(({ body }) => body?.kind === "raw")) register(scope, route, limits.rawBytes);
    done();
  });
  refuseOtherMethods(app, routes);
}

/** Whoever may not call is turned away before the body is read. Where nobody is asked, nothing is done for it. */
function createRegister(askCaller: AskCaller | null, untaken: UntakenAnswers) {
  return (scope: FastifyInstance, route: Route, bodyLimit: number): void => {
    const isAsked = askCaller !== null && (route.access === "caller" || route.access === "caller_or_page");
    scope.route({
      method: route.method,
      url: patternOf(route),
      bodyLimit,
      ...(isAsked ? { onRequest: asking(askCaller, route) } : {}),
      handler: async (request, reply) => {
        const outcome = await route.answer(request, isAsked ? callerOf(request) : TRUSTED);
        const refusal = outcome.isOk() ? untaken.refusalOf(outcome.value.body, request, reply.raw) : null;
        return send(reply, refusal === null ? outcome : err(refusal), showFor(route, request));
      },
    });
  };
}

function asking(askCaller: AskCaller, route: Route): onRequestAsyncHookHandler {
  return async (request, reply) => {
    const caller = await askCaller(request, route.access === "caller_or_page");
    if (caller.isOk()) request.caller = caller.value;
    else return sendProblem(reply, route.isPage === true ? forAPerson(caller.error) : caller.error, showFor(route, request));
    return undefined;
  };
}

/** A person in a browser has no header to send. */
function forAPerson(problem: Problem): Problem {
  return problem.kind === "credentials_missing" ? { ...problem, whatToDo: OPEN_A_LINK } : problem;
}

const OPEN_A_LINK =
  "Open this page by the link that your application gives you. Whoever runs this service makes one with `POST /api/connect-links/{userId}`; docs/access.md says how.";

function callerOf({ caller }: FastifyRequest): HttpCaller {
  // bug: a call came to a route past its guard; nothing must be answered then
  if (caller === null) throw new Error("nobody was asked who calls");
  return caller;
}

function showFor(route: Route, request: FastifyRequest) {
  return isForBrowser(route, request) ? problemPage : problemAnswer;
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

declare module "fastify" {
  interface FastifyRequest {
    /** Who calls; `null` where nobody was asked. */
    caller: HttpCaller | null;
  }
}
