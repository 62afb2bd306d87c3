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
  const segment = segments[1] ?? "";
  const isKnown = segments[0] === "users" ? target.users.some(({ name }) => name === segment) : isFaultName(segment);
  if (segments.length > 1 && !isKnown) return refused(404, `There is no "${segment}" among the ${segments[0]}.`);
  const given = givenBy(request);
  if (given === undefined) return refused(400, "The body must be a JSON object.");
  if (route.path.endsWith("/upload") && !hasReceiver(target, segment)) {
    return refused(409, `"${segment}" has no receiver: their phone uploads by itself.`);
  }
  return route.answer(target, segment, given).match(
    (body) => jsonAnswer(200, body),
    (error) => refused(400, explained(error)),
  );
}

/** `undefined`: a body that is no JSON object. */
function givenBy({ method, url, body }: SimulatorRequest): unknown {
  if (method === "GET" || method === "DELETE") return Object.fromEntries(url.searchParams);
  if (body === "") return {};
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === "object" && parsed !== null ? parsed : undefined;
  } catch {
    return undefined;
  }
}

function hasReceiver({ users }: AdminTarget, name: string): boolean {
  return users.some((user) => user.name === name && user.displayDevice === "receiver");
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
