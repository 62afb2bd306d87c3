import swagger from "@fastify/swagger";
import swaggerUi from "@fastify/swagger-ui";
import type { FastifyInstance } from "fastify";
import { ok } from "neverthrow";
import type { OpenAPIV3, OpenAPIV3_1 } from "openapi-types";
import { z } from "zod";
import { INERT_HEADERS, jsonAnswer } from "../answer.ts";
import type { Route } from "../routes/route.ts";
import { NO_PARAMETERS, readNoParameters } from "../schemas/read-query.ts";

/** The page takes scripts, styles and data from this service and from nowhere else; it styles itself as it runs. */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

export function openApiRoute(document: () => OpenAPIV3_1.Document): Route {
  return {
    method: "GET",
    path: "/openapi.json",
    access: "anybody",
    summary: "This document",
    query: NO_PARAMETERS,
    body: null,
    answers: [{ status: 200, description: "OpenAPI 3.1.", content: { "application/json": z.looseObject({ openapi: z.string() }) } }],
    problems: [],
    answer: ({ query }) => readNoParameters(query).andThen(() => ok(jsonAnswer(document()))),
  };
}

/** A page to read the document and to try the calls, at /docs. It works without a network. */
export function registerDocs(app: FastifyInstance, document: OpenAPIV3_1.Document): void {
  // fastify waits for what is registered before it serves anything
  void app.register((scope, _options, done) => {
    scope.addHook("onSend", (_request, reply, _payload, next) => {
      reply.headers({ ...INERT_HEADERS, "cache-control": "no-cache", "content-security-policy": PAGE_POLICY });
      next();
    });
    scope.get("/", (_request, reply) => reply.redirect("/connect", 302));
    // The plugin's types stop at OpenAPI 3.0; all it does with a finished document is to serve it.
    const served = document as unknown as OpenAPIV3.Document;
    void scope.register(swagger, { mode: "static", specification: { document: served } });
    void scope.register(swaggerUi, { routePrefix: "/docs", theme: { title: "BG Ingest API" }, uiConfig: { tryItOutEnabled: true } });
    done();
  });
}
