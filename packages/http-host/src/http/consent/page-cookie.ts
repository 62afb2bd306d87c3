import { createHash } from "node:crypto";
import type { UserId } from "@bg-ingest/core";
import type { Pass } from "../../access/page-passes.ts";

const NAME_PREFIX = "bg_page_";

/** A cookie for each person, so that pages of several can be open in one browser. Its name tells nothing of the person. */
export function pageCookieHeader(pass: Pass, userId: UserId, isSecure: boolean): string {
  // Lax: the vendor's page leads back here, and so does the application's; what changes anything is not taken from another origin anyway.
  const attributes = ["Path=/", `Max-Age=${pass.lastsSeconds}`, "HttpOnly", "SameSite=Lax", ...(isSecure ? ["Secure"] : [])];
  return [`${nameOf(userId)}=${pass.text}`, ...attributes].join("; ");
}

/** `null` if the browser has none. */
export function pagePassIn(header: string | undefined, userId: UserId): string | null {
  const start = `${nameOf(userId)}=`;
  const found = (header ?? "")
    .split(";")
    .map((part) => part.trim())
    .find((part) => part.startsWith(start));
  return found === undefined ? null : found.slice(start.length);
}

function nameOf(userId: UserId): string {
  return NAME_PREFIX + createHash("sha256").update(userId).digest("hex").slice(0, 16);
}
