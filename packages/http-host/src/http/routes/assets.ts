import { readFileSync } from "node:fs";
import { ok } from "neverthrow";
import { z } from "zod";
import { DATA_HEADERS } from "../answer.ts";
import { entityTagOf } from "../negotiation/entity-tag.ts";
import { unchangedAnswer } from "../negotiation/tagged-answer.ts";
import { NO_PARAMETERS, readNoParameters } from "../schemas/read-query.ts";
import type { Route } from "./route.ts";

const FOLDER = new URL("../../../assets/", import.meta.url);

/** The script and the style of the pages. Each is read once. */
export function assetRoutes(): readonly Route[] {
  return [
    assetRoute("connect.js", "text/javascript", "The script of the pages"),
    assetRoute("pages.css", "text/css", "The style of the pages"),
  ];
}

function assetRoute(name: string, mediaType: string, summary: string): Route {
  const content = readFileSync(new URL(name, FOLDER));
  const tag = entityTagOf(content);
  const headers = { ...DATA_HEADERS, "cache-control": "no-cache", "content-type": `${mediaType}; charset=utf-8`, etag: tag };
  return {
    method: "GET",
    path: `/assets/${name}`,
    access: "anybody",
    summary,
    isInternal: true,
    query: NO_PARAMETERS,
    body: null,
    answers: [
      { status: 200, description: "As it is.", content: { [mediaType]: z.string() } },
      { status: 304, description: "What the browser holds is what would be sent.", content: {} },
    ],
    problems: [],
    answer: (request) =>
      readNoParameters(request.query).andThen(() => ok(unchangedAnswer(request, tag) ?? { status: 200, headers, body: content })),
  };
}
