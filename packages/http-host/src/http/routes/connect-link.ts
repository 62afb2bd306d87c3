import { formatInstant, type Instant } from "@bg-ingest/core";
import { err, ok } from "neverthrow";
import { z } from "zod";
import { jsonAnswer } from "../answer.ts";
import { pageCookieHeader } from "../consent/page-cookie.ts";
import type { HttpDeps } from "../http-deps.ts";
import { PRIVATE_HEADERS } from "../pages/page.ts";
import { mapAskedError } from "../problem/map-asked-error.ts";
import { NO_PARAMETERS, queryReader, readNoParameters } from "../schemas/read-query.ts";
import { askedOfUser } from "./asked.ts";
import { connectPagePath } from "./connect-page-path.ts";
import { publicBase } from "./public-base.ts";
import type { Route } from "./route.ts";

type LinkDeps = Pick<HttpDeps, "access" | "options">;

const link = z.strictObject({
  url: z.string().meta({ description: "For the person's browser. Whoever has it has the page." }),
  expires_at: z.iso.datetime().meta({ description: "It has to be opened by then; the page stays open for an hour." }),
});

export function connectLinkRoute({ access, options }: LinkDeps): Route {
  return {
    method: "POST",
    path: "/api/connect-links/{userId}",
    access: "caller",
    summary: "Make a link to a person's connections",
    description:
      "For an application whose people connect themselves: give the link to the person at once. It opens that person's page, and nothing else, in any browser for ten minutes.",
    query: NO_PARAMETERS,
    body: null,
    answers: [{ status: 201, description: "The link.", content: { "application/json": link } }],
    problems: ["invalid_path", "scope_missing", "another_person", "cross_origin_refused"],
    answer(request, caller) {
      const asked = askedOfUser(request, readNoParameters);
      if (asked.isErr()) return err(asked.error);
      const { userId } = asked.value;
      const pass = access.passes.forLink(caller, userId);
      if (pass.isErr()) return err(mapAskedError(pass.error));
      const url = `${publicBase(request, options.publicUrl)}${connectPagePath(userId)}/open?pass=${pass.value.text}`;
      const expiresAt = Math.floor(pass.value.expiresAtMs / 1000) as Instant;
      return ok(jsonAnswer({ url, expires_at: formatInstant(expiresAt) } satisfies z.input<typeof link>, 201));
    },
  };
}

const openParameters = z.strictObject({
  pass: z.string({ error: "It should be the pass of the link." }).meta({ description: "Of the link." }),
});
const readPass = queryReader(openParameters);

/** The pass leaves the address at once: it stays in no history and is told to nobody. */
export function openLinkRoute({ access, options }: LinkDeps): Route {
  return {
    method: "GET",
    path: "/connect/{userId}/open",
    access: "own_proof",
    summary: "Open a link to a person's connections",
    query: openParameters,
    body: null,
    isPage: true,
    answers: [
      {
        status: 303,
        description: "To the page.",
        content: {},
        headers: { location: "`/connect/{userId}`", "Set-Cookie": "Shows that the browser opened the link in time." },
      },
    ],
    problems: ["invalid_path", "link_expired", "store_away"],
    async answer(request) {
      const asked = askedOfUser(request, readPass);
      if (asked.isErr()) return err(asked.error);
      const { userId, query } = asked.value;
      const pass = access.passes.forBrowser(query.pass, userId);
      if (pass === null) return err({ kind: "link_expired", headers: PRIVATE_HEADERS });
      const held = await access.holdsKey(pass.keyId);
      if (held.isErr()) return err({ ...held.error, headers: { ...held.error.headers, ...PRIVATE_HEADERS } });
      const isSecure = publicBase(request, options.publicUrl).startsWith("https:");
      const headers = { ...PRIVATE_HEADERS, location: connectPagePath(userId), "set-cookie": pageCookieHeader(pass, userId, isSecure) };
      return ok({ status: 303, headers, body: null });
    },
  };
}
