import { placesOf } from "@bg-ingest/core";
import type { FastifyError } from "fastify";
import type { BodyRefused } from "../guard/weigh-body.ts";
import type { JsonRefused } from "../json-body.ts";
import type { Problem } from "./problem.ts";

/** What fastify refuses by itself. Anything else that was thrown is a bug; its message may hold data and is not logged. */
export function mapFrameworkError(error: FastifyError | Error): Problem {
  switch ("code" in error ? error.code : undefined) {
    case "FST_ERR_BAD_URL":
      return { kind: "invalid_path", detail: "The percent-encoding of the path is broken." };
    case "FST_ERR_MAX_PARAM_LENGTH":
      return { kind: "invalid_path", detail: "A part of the path is too long." };
    case "FST_ERR_NOT_FOUND":
      return { kind: "not_found" };
    case "FST_ERR_CTP_BODY_TOO_LARGE":
      return { kind: "body_too_large" };
    case "FST_ERR_CTP_INVALID_MEDIA_TYPE":
      return { kind: "unsupported_media_type" };
    case "FST_ERR_CTP_EMPTY_JSON_BODY":
      return { kind: "invalid_body", detail: "The body is empty, although Content-Type says that it is JSON." };
    case "body_refused":
      return (error as BodyRefused).problem;
    case "json_refused":
      return jsonRefused(error as JsonRefused);
    case "FST_ERR_CTP_INVALID_CONTENT_LENGTH":
      return { kind: "malformed_request", detail: "The body is not as long as Content-Length says." };
    default:
      return mapStatus(error);
  }
}

function jsonRefused({ message, fields }: JsonRefused): Problem {
  return { kind: "invalid_body", detail: message, ...(fields.length === 0 ? {} : { more: { fields } }) };
}

function mapStatus(error: Error): Problem {
  switch ("statusCode" in error ? error.statusCode : undefined) {
    case 400:
      return { kind: "malformed_request", detail: "The body broke off before its end." };
    // A file of the page that nobody may have is as good as not there.
    case 403:
    case 404:
      return { kind: "not_found" };
    default:
      return { kind: "internal", reason: whereOf(error) };
  }
}

function whereOf(error: Error): string {
  return [error.name, ...placesOf(error)].join("\n");
}
