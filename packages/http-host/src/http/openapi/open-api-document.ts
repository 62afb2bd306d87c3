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
  "too_many_requests",
  "overloaded",
  "shutting_down",
];

/** In the order in which the page shows them. */
const GROUPS: readonly { readonly name: string; readonly description: string; readonly paths: RegExp }[] = [
  { name: "Deliveries", description: "Readings that somebody sends.", paths: /\/webhook/ },
  { name: "Readings", description: "What is stored of a person.", paths: /^\/api\/bg\// },
  { name: "Connections", description: "Whose readings come from where, and how it goes.", paths: /^\/api\// },
  { name: "Pages", description: "For people, in a browser.", paths: /^\/(connect|problems)/ },
  { name: "Service", description: "Whether it runs, and what it can do.", paths: /^/ },
];

/**
 * OpenAPI 3.1, from the schemas that check what comes in and say what goes out. Made once. `exampleFrom`: a time to try spans with, recent
 * enough to have readings. `isAsked`: callers have to say who they are.
 */
export function openApiDocument(routes: readonly Route[], version: string, exampleFrom: string, isAsked: boolean): Document {
  const paths: Record<string, OpenAPIV3_1.PathItemObject> = {};
  for (const route of routes.filter(({ isInternal }) => isInternal !== true))
    paths[route.path] = {
      ...paths[route.path],
      [route.method.toLowerCase()]: operationOf(route, { from: exampleFrom, userId: "demo" }, isAsked),
    };
  return {
    openapi: "3.1.0",
    info: {
      title: "BG Ingest",
      version,
      summary: "Glucose readings out of sensor clouds, made dependable.",
      description: "No basis for treatment decisions. Unknown query parameters are refused; every error is a problem document (RFC 9457).",
      license: { name: "MIT", identifier: "MIT" },
    },
    tags: GROUPS.map(({ name, description }) => ({ name, description })),
    paths,
    components: { securitySchemes: { bearer: BEARER } },
  };
}

const BEARER: OpenAPIV3_1.SecuritySchemeObject = {
  type: "http",
  scheme: "bearer",
  description:
    "A key of this service, or a token (JWT) of its issuer, where the service asks who calls. Their scopes: `read` for readings and how connections are, `write` for connections, `admin` for both of everybody and to erase. docs/access.md has the whole.",
};

/** What a call can be answered with that says who calls. */
const GUARDED_CALL: readonly ProblemKind[] = ["credentials_missing", "credentials_invalid", "identity_away", "store_away"];

function isGuarded({ access }: Route): boolean {
  return access === "caller" || access === "caller_or_page";
}

function kindsOf(route: Route): readonly ProblemKind[] {
  const ofPage: readonly ProblemKind[] = route.access === "caller_or_page" ? ["link_expired"] : [];
  return [...ANY_CALL, ...(isGuarded(route) ? [...GUARDED_CALL, ...ofPage] : []), ...route.problems];
}

/** By the names of parameters. */
type Examples = Readonly<Record<string, string>>;

function operationOf(route: Route, examples: Examples, isAsked: boolean): OpenAPIV3_1.OperationObject {
  const parameters = [
    ...pathParametersOf(route.path),
    ...parametersOf(route.query, "query"),
    ...(route.headers === undefined ? [] : parametersOf(route.headers, "header")),
  ];
  return {
    tags: GROUPS.filter(({ paths }) => paths.test(route.path))
      .slice(0, 1)
      .map(({ name }) => name),
    summary: route.summary,
    ...(route.description === undefined ? {} : { description: route.description }),
    parameters: parameters.map((each) => (examples[each.name] === undefined ? each : { ...each, example: examples[each.name] })),
    ...(route.body === null ? {} : { requestBody: requestBodyOf(route.body) }),
    ...(isGuarded(route) ? { security: isAsked ? [{ bearer: [] }] : [{}, { bearer: [] }] } : {}),
    responses: { ...answersOf(route.answers), ...problemsOf(kindsOf(route), route.isPage === true) },
  };
}

function pathParametersOf(path: string): readonly OpenAPIV3_1.ParameterObject[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) =>
    parameterOf(name as string, "path", schemaOf(pathParameters[name as PathParameterName], "input"), true),
  );
}

function parametersOf(asked: z.ZodObject, place: "query" | "header"): readonly OpenAPIV3_1.ParameterObject[] {
  const { properties = {}, required = [] } = schemaOf(asked, "input");
  return Object.entries(properties).map(([name, schema]) => parameterOf(name, place, schema as Schema, required.includes(name)));
}

function parameterOf(
  name: string,
  place: "path" | "query" | "header",
  { description, ...schema }: Schema,
  required: boolean,
): OpenAPIV3_1.ParameterObject {
  return { name, in: place, required, ...(description === undefined ? {} : { description }), schema: schema as ParameterSchema };
}

function requestBodyOf(body: RequestBody): OpenAPIV3_1.RequestBodyObject {
  const content =
    body.kind === "json" ? { "application/json": { schema: schemaOf(body.schema, "input") } } : { "*/*": { example: body.example } };
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
