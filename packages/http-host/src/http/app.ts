import type { Server } from "node:http";
import { formatInstant, type Instant, SECONDS_PER_DAY } from "@bg-ingest/core";
import { type FastifyHttpOptions, type FastifyInstance, fastify } from "fastify";
import { createDeadlines } from "./deadlines.ts";
import { addGate } from "./guard/gate.ts";
import { createUntakenAnswers, type UntakenAnswers } from "./guard/untaken-answers.ts";
import type { HttpDeps, HttpLimits } from "./http-deps.ts";
import type { HttpMeter } from "./http-meter.ts";
import { takeJsonBodies } from "./json-body.ts";
import { openApiRoute, registerDocs } from "./openapi/docs.ts";
import { openApiDocument } from "./openapi/open-api-document.ts";
import { packageVersion } from "./openapi/package-version.ts";
import { createClientErrorAnswer } from "./problem/client-error.ts";
import { mapFrameworkError } from "./problem/map-framework-error.ts";
import { addRequestLog } from "./request-log.ts";
import { assetRoutes } from "./routes/assets.ts";
import { connectRoute } from "./routes/connect.ts";
import { connectLinkRoute, openLinkRoute } from "./routes/connect-link.ts";
import { connectPageRoute } from "./routes/connect-page.ts";
import { disconnectRoute, eraseRoute, pollRoute } from "./routes/connection-actions.ts";
import { healthRoute, readinessRoute } from "./routes/health.ts";
import { latestRoute } from "./routes/latest.ts";
import { metricsRoute } from "./routes/metrics.ts";
import { oauthCallbackRoute } from "./routes/oauth-callback.ts";
import { overviewRoute } from "./routes/overview.ts";
import { problemPageRoute } from "./routes/problem-page.ts";
import { providersRoute } from "./routes/providers.ts";
import { rangeRoute } from "./routes/range.ts";
import { registerRoutes } from "./routes/register-routes.ts";
import type { Route } from "./routes/route.ts";
import { setAsideRoute } from "./routes/set-aside.ts";
import { webhookRoutes } from "./routes/webhook.ts";
import { whomRoute } from "./routes/whom.ts";
import { sendProblem } from "./send.ts";

/** A login form is small. */
const JSON_BODY_LIMIT_BYTES = 16_384;
/** Longer than any user id, percent-encoded throughout, so that what is too long is told so by the route. */
const MAX_PARAM_LENGTH = 1_024;

/** The whole HTTP side, ready to listen or to be asked with `inject`. */
export function createHttpApp(deps: HttpDeps): FastifyInstance {
  const { options, metrics } = deps;
  const app = fastify({
    ...serverOptions(options.limits, metrics.meter),
    // fastify runs no hooks for a path that it cannot read: it is let in, answered and told here as any other.
    frameworkErrors: (error, request, reply) => {
      reply.raw.once("finish", () => tellAnswer(request, reply));
      sendProblem(reply, gate.enter(request, reply) ?? mapFrameworkError(error));
    },
  });
  app.decorateRequest("problem", null);
  app.decorateRequest("caller", null);
  app.decorateRequest("use", null);
  app.removeContentTypeParser("text/plain");
  takeJsonBodies(app);
  app.setErrorHandler((error: Error, _request, reply) => sendProblem(reply, mapFrameworkError(error)));
  app.setNotFoundHandler((_request, reply) => sendProblem(reply, { kind: "not_found" }));
  const gate = addGate(app, deps);
  const tellAnswer = addRequestLog(app, deps.logger, metrics.meter);
  const { routes, document } = describedRoutes(deps);
  const untaken = watchUntaken(app, deps);
  registerRoutes(app, routes, { jsonBytes: JSON_BODY_LIMIT_BYTES, rawBytes: options.webhookBodyLimitBytes }, deps.access, untaken);
  registerDocs(app, document);
  return app;
}

function watchUntaken(app: FastifyInstance, { options: { limits }, metrics: { meter } }: HttpDeps): UntakenAnswers {
  const untaken = createUntakenAnswers(app.server, limits, meter);
  app.addHook("onClose", (_app, done) => {
    untaken.stop();
    done();
  });
  return untaken;
}

function describedRoutes(deps: HttpDeps) {
  const routes = [...routesOf(deps), openApiRoute(() => document)];
  const exampleFrom = formatInstant((Math.floor(deps.clock.nowMs() / 1000) - SECONDS_PER_DAY) as Instant);
  const document = openApiDocument(routes, packageVersion(), exampleFrom, deps.access.authenticate !== null);
  return { routes, document };
}

function routesOf(deps: HttpDeps): readonly Route[] {
  const { answerSeconds, connectSeconds } = deps.options.limits;
  const deadlines = createDeadlines(answerSeconds, deps.clock);
  const connecting = createDeadlines(connectSeconds, deps.clock);
  return [
    latestRoute(deps, deadlines),
    rangeRoute(deps, deadlines),
    ...webhookRoutes(deps, deadlines),
    eraseRoute(deps, deadlines),
    overviewRoute(deps, deadlines),
    connectRoute(deps, connecting),
    oauthCallbackRoute(deps, connecting),
    setAsideRoute(deps, deadlines),
    pollRoute(deps, deadlines),
    disconnectRoute(deps, deadlines),
    providersRoute(deps),
    healthRoute,
    readinessRoute(deps),
    metricsRoute(deps, deadlines),
    whomRoute,
    connectPageRoute(deps, deadlines),
    connectLinkRoute(deps),
    openLinkRoute(deps),
    ...assetRoutes(),
    problemPageRoute,
  ];
}

function serverOptions({ requestSeconds, idleSeconds, keepAliveSeconds }: HttpLimits, meter: HttpMeter): FastifyHttpOptions<Server> {
  return {
    logger: false,
    requestTimeout: requestSeconds * 1000,
    connectionTimeout: idleSeconds * 1000,
    keepAliveTimeout: keepAliveSeconds * 1000,
    bodyLimit: JSON_BODY_LIMIT_BYTES,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    return503OnClosing: false,
    clientErrorHandler: createClientErrorAnswer(meter),
    http: {
      // The gate answers a request without Host, as it answers one with a strange one.
      requireHostHeader: false,
      headersTimeout: requestSeconds * 1000,
      connectionsCheckingInterval: Math.min(1_000, requestSeconds * 1000),
    },
  };
}
