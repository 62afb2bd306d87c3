import type { z } from "zod";
import { type Answer, jsonAnswer, type SimulatorRequest } from "../answer.ts";
import { isFaultName } from "../faults/fault.ts";
import { ADMIN_ROUTES, type AdminRoute } from "./admin-routes.ts";
import type { AdminTarget } from "./admin-target.ts";

const ROOT = "/admin/";

/** Answers what lies under `/admin/`, else `null`. No fault strikes here. */
export function createAdminHandler(target: AdminTarget): (request: SimulatorRequest) => Answer | null {
  return (request) => (request.url.pathname.startsWith(ROOT) ? answerAdmin(request, target) : null);
}

function answerAdmin(request: SimulatorRequest, target: AdminTarget): Answer {
  // Only pages send an Origin, and no page has any business here.
  if (request.method !== "GET" && request.headers["origin"] !== undefined) return refused(403, "A page of a browser changes nothing here.");
  const segments = request.url.pathname.slice(ROOT.length).split("/").map(decoded);
  const isMeant = ({ method, path }: AdminRoute) => method === request.method && matches(path.split("/"), segments);
  const route = ADMIN_ROUTES.find(isMeant);
  if (route === undefined)
    return refused(404, `There are ${ADMIN_ROUTES.map(({ method, path }) => `${method} ${ROOT}${path}`).join(", ")}.`);
  const given = givenBy(request);
  if (given === undefined) return refused(400, "The body must be a JSON object.");
  const segment = segments[1] ?? "";
  return (
    whyUnknown(route, segment, given, target) ??
    route.answer(target, segment, given).match(
      (body) => jsonAnswer(200, body),
      (error) => refused(400, explained(error)),
    )
  );
}

/** Whatever the path, the query or the body names must be there. */
function whyUnknown({ path }: AdminRoute, segment: string, given: object, { users }: AdminTarget): Answer | null {
  if (path.includes(":fault") && !isFaultName(segment)) return refused(404, `There is no fault "${segment}".`);
  const named = path.includes(":user") ? segment : "user" in given ? given.user : undefined;
  if (typeof named !== "string") return null;
  const user = users.find(({ name }) => name === named);
  if (user === undefined) return refused(404, `There is no user "${named}".`);
  const isUpload = path.endsWith("/upload");
  return isUpload && user.displayDevice !== "receiver" ? refused(409, `"${named}" has no receiver: their phone uploads by itself.`) : null;
}

/** `undefined`: a body that is no JSON object. */
function givenBy({ method, url, body }: SimulatorRequest): object | undefined {
  if (method === "GET" || method === "DELETE") return Object.fromEntries(url.searchParams);
  if (body === "") return {};
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === "object" && parsed !== null ? parsed : undefined;
  } catch {
    return undefined;
  }
}

function matches(pattern: readonly string[], segments: readonly string[]): boolean {
  return pattern.length === segments.length && pattern.every((part, index) => part.startsWith(":") || part === segments[index]);
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

function explained({ issues }: z.ZodError): string {
  return issues.map(({ path, message }) => (path.length === 0 ? message : `${path.join(".")}: ${message}`)).join("; ");
}

function refused(status: number, message: string): Answer {
  return jsonAnswer(status, { error: message });
}
