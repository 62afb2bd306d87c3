import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import type { LightMyRequestResponse } from "fastify";

/** Throws if an answer is not as the OpenAPI document says. */
export type DocumentCheck = (method: string, path: string, answer: LightMyRequestResponse) => void;

interface Operation {
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, { readonly schema: object }>> }>>;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

/** Answers to calls that the document does not hold at all are not looked at. */
export function createDocumentCheck(document: Document): DocumentCheck {
  const ajv = new Ajv2020({ strict: true, strictTypes: false, allErrors: true });
  addFormats.default(ajv);
  const compiled = new Map<object, ValidateFunction>();
  const validatorOf = (schema: object): ValidateFunction => {
    const known = compiled.get(schema) ?? ajv.compile(schema);
    compiled.set(schema, known);
    return known;
  };
  const paths = Object.entries(document.paths).map(([template, operations]) => ({ pattern: patternOf(template), operations }));

  return (method, url, answer) => {
    const path = url.split("?", 1)[0] as string;
    const found = paths.find(({ pattern }) => pattern.test(path));
    const operation = found?.operations[method === "HEAD" ? "get" : method.toLowerCase()];
    if (operation === undefined) return;
    const where = `${method} ${path} → ${answer.statusCode}`;
    const response = operation.responses[String(answer.statusCode)];
    if (response === undefined) throw new Error(`${where}: the document does not have this status.`);
    if (method === "HEAD" || answer.body === "") return;
    const mediaType = String(answer.headers["content-type"]).split(";", 1)[0] as string;
    const media = response.content?.[mediaType];
    if (media === undefined) throw new Error(`${where}: the document does not have ${mediaType}.`);
    const validate = validatorOf(media.schema);
    if (!validate(mediaType.endsWith("json") && mediaType !== "application/x-ndjson" ? answer.json() : answer.body)) {
      throw new Error(`${where}: ${ajv.errorsText(validate.errors)}\n${answer.body}`);
    }
  };
}

function patternOf(template: string): RegExp {
  return new RegExp(`^${template.replaceAll(".", "\\.").replace(/\{\w+\}/g, "[^/]+")}$`);
}
