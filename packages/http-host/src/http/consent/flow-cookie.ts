import { createHash } from "node:crypto";
import { parseUserId, type UserId } from "@bg-ingest/core";

/** What the browser keeps between the beginning and the end of connecting by consent; nobody else has it. */
export interface FlowCookie {
  /** 32 random bytes in base64url. */
  readonly browserSecret: string;
  /** Whose page to lead back to. */
  readonly userId: UserId;
}

const PATH = "/api/oauth";
const NAME_PREFIX = "bg_oauth_";
const MAX_AGE_SECONDS = 600;

/** A cookie for each flow, so that two tabs do not take each other's; its name tells nothing of the state. */
export function flowCookieHeader(state: string, { browserSecret, userId }: FlowCookie, isSecure: boolean): string {
  return cookieHeader(nameOf(state), `${browserSecret}.${encodeURIComponent(userId)}`, MAX_AGE_SECONDS, isSecure);
}

/** Has the browser forget it. */
export function endedFlowCookieHeader(state: string, isSecure: boolean): string {
  return cookieHeader(nameOf(state), "", 0, isSecure);
}

/** Has the browser forget what it could finish, and keep for as long whom it connected: the same address may be opened once more. */
export function connectedFlowCookieHeader(state: string, userId: UserId, isSecure: boolean): string {
  return cookieHeader(nameOf(state), `${CONNECTED}.${encodeURIComponent(userId)}`, MAX_AGE_SECONDS, isSecure);
}

/** `null` if the browser has none, or one that this service did not make. */
export function flowCookieIn(header: string | undefined, state: string): FlowCookie | null {
  const [, browserSecret, user] = /^([\w-]{43})\.(.+)$/.exec(valueIn(header, state)) ?? [];
  const userId = userIn(user);
  return browserSecret === undefined || userId === null ? null : { browserSecret, userId };
}

/** Whom this browser has connected with this very state; `null` if nobody. */
export function connectedFlowIn(header: string | undefined, state: string): UserId | null {
  const value = valueIn(header, state);
  return value.startsWith(`${CONNECTED}.`) ? userIn(value.slice(CONNECTED.length + 1)) : null;
}

/** Too short to be taken for a secret. */
const CONNECTED = "connected";

function valueIn(header: string | undefined, state: string): string {
  const start = `${nameOf(state)}=`;
  const found = (header ?? "")
    .split(";")
    .map((part) => part.trim())
    .find((part) => part.startsWith(start));
  return found?.slice(start.length) ?? "";
}

function userIn(text: string | undefined): UserId | null {
  if (text === undefined || !/^[\w.~%!'()*-]{1,400}$/.test(text)) return null;
  return parseUserId(decoded(text)).unwrapOr(null);
}

/** Lax: the vendor's page leads back here, and a strict cookie would not come along. */
function cookieHeader(name: string, value: string, maxAgeSeconds: number, isSecure: boolean): string {
  const attributes = [`Path=${PATH}`, `Max-Age=${maxAgeSeconds}`, "HttpOnly", "SameSite=Lax", ...(isSecure ? ["Secure"] : [])];
  return [`${name}=${value}`, ...attributes].join("; ");
}

function nameOf(state: string): string {
  return NAME_PREFIX + createHash("sha256").update(state).digest("hex").slice(0, 16);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}
