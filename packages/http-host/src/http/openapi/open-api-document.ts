import type { OpenAPIV3_1 } from "openapi-types";
import { z } from "zod";
import { PROBLEM_MEDIA_TYPE } from "../problem/problem-answer.ts";
import { PROBLEM_KINDS, type ProblemKind } from "../problem/problem-kinds.ts";
import type { DocumentedAnswer, RequestBody, Route } from "../routes/route.ts";
import { type PathParameterName, pathParameters } from "../schemas/path-parameters.ts";
import { problemDocument } from "../schemas/problem-document.ts";

type Document = OpenAPIV3_1.Document;
type Schema = OpenAPIV3_1.SchemaObject;
type ParameterSchema = NonNullable<OpenAPIV3_1.ParameterObject["schema"]>;
type Responses = Record<string, OpenAPIV3_1.ResponseObject>;

/** What any call can be answered with, whatever it asks for. */
const ANY_CALL: readonly ProblemKind[] = [
  "malformed_request",
  "invalid_query",
  "request_timeout",
  "host_refused",
  "headers_too_large",
  "internal",
  "overloaded",
  "shutting_down",
];

/** OpenAPI 3.1, from the schemas that check what comes in and say what goes out. Made once. */
export function openApiDocument(routes: readonly Route[], version: string): Document {
  const paths: Record<string, OpenAPIV3_1.PathItemObject> = {};
  for (const route of routes) paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operationOf(route) };
  return {
    openapi: "3.1.0",
    info: {
      title: "BG Ingest",
      version,
      summary: "Glucose readings out of sensor clouds, made dependable.",
      description: "No basis for treatment decisions. Unknown query parameters are refused; every error is a problem document (RFC 9457).",
      license: { name: "MIT", identifier: "MIT" },
    },
    paths,
  };
}

function operationOf(route: Route): OpenAPIV3_1.OperationObject {
  return {
    summary: route.summary,
    ...(route.description === undefined ? {} : { description: route.description }),
    parameters: [...pathParametersOf(route.path), ...queryParametersOf(route.query)],
    ...(route.body === null ? {} : { requestBody: requestBodyOf(route.body) }),
    responses: { ...answersOf(route.answers), ...problemsOf([...ANY_CALL, ...route.problems], route.isPage === true) },
  };
}

function pathParametersOf(path: string): readonly OpenAPIV3_1.ParameterObject[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) =>
    parameterOf(name as string, "path", schemaOf(pathParameters[name as PathParameterName], "input"), true),
  );
}

function queryParametersOf(query: z.ZodObject): readonly OpenAPIV3_1.ParameterObject[] {
  const { properties = {}, required = [] } = schemaOf(query, "input");
  return Object.entries(properties).map(([name, schema]) => parameterOf(name, "query", schema as Schema, required.includes(name)));
}

function parameterOf(
  name: string,
  place: "path" | "query",
  { description, ...schema }: Schema,
  required: boolean,
): OpenAPIV3_1.ParameterObject {
  return { name, in: place, required, ...(description === undefined ? {} : { description }), schema: schema as ParameterSchema };
}

function requestBodyOf(body: RequestBody): OpenAPIV3_1.RequestBodyObject {
  const content = body.kind === "json" ? { "application/json": { schema: schemaOf(body.schema, "input") } } : { "*/*": {} };
  return { description: body.description, required: body.kind === "raw" || body.isOptional !== true, content };
}

function answersOf(answers: readonly DocumentedAnswer[]): Responses {
  return Object.fromEntries(
    answers.map(({ status, description, content, headers = {} }) => [
      String(status),
      {
        description,
        headers: Object.fromEntries(
          Object.entries(headers).map(([name, text]) => [name, { description: text, schema: { type: "string" } }]),
        ),
        content: Object.fromEntries(Object.entries(content).map(([type, schema]) => [type, { schema: schemaOf(schema, "output") }])),
      },
    ]),
  );
}

function problemsOf(kinds: readonly ProblemKind[], isPage: boolean): Responses {
  const byStatus = Map.groupBy(new Set(kinds), (kind) => PROBLEM_KINDS[kind].status);
  return Object.fromEntries([...byStatus].map(([status, ofStatus]) => [String(status), problemsOfStatus(status, ofStatus, isPage)]));
}

function problemsOfStatus(status: number, kinds: readonly ProblemKind[], isPage: boolean): OpenAPIV3_1.ResponseObject {
  const schema = problemDocument(status, kinds as [ProblemKind, ...ProblemKind[]]);
  return {
    description: kinds.map((kind) => `\`${kind}\`: ${PROBLEM_KINDS[kind].title}`).join("; "),
    content: {
      [PROBLEM_MEDIA_TYPE]: { schema: schemaOf(schema, "output") },
      ...(isPage ? { "text/html": { schema: { type: "string" } } } : {}),
    },
  };
}

function schemaOf(schema: z.ZodType, io: "input" | "output"): Schema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, target: "draft-2020-12" });
  return rest as Schema;
}
