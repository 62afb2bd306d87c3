import { createHmac, hkdfSync, timingSafeEqual } from "node:crypto";
import { type AccessRefused, type ApiKeyId, type Caller, type Clock, parseUserId, permit, type UserId } from "@bg-ingest/core";
import { err, ok, type Result } from "neverthrow";
import type { VaultKeys } from "../vault/vault.ts";
import type { HttpCaller } from "./http-caller.ts";

/** What lets a person into the page of their own connections, and nowhere else. Nothing is kept of it: it is signed, and says what it is good for. */
export interface PagePasses {
  /** For a link that an application gives a person. Whoever may connect that person may give it. */
  forLink(caller: HttpCaller, userId: UserId): Result<Pass, AccessRefused>;
  /** For the browser that opened a link in time; `null` if it is none, is for somebody else or came too late. */
  forBrowser(link: string, userId: UserId): Pass | null;
  /** Whose calls those of a browser are that has such a pass; `null` if it has none that holds. */
  callerWith(pass: string, userId: UserId): HttpCaller | null;
}

export interface Pass {
  readonly text: string;
  readonly expiresAtMs: number;
  readonly lastsSeconds: number;
  /** By which it was given out: it is good no longer than that key. */
  readonly keyId?: ApiKeyId;
}

/** Long enough to reach a person who is there: who has the link has the page. */
const LINK_SECONDS = 600;
/** Long enough to find the password of a vendor. */
const BROWSER_SECONDS = 3_600;
const MAC_BYTES = 32;

type Use = "link" | "browser";
type ByKey = Pick<Pass, "keyId">;

/** Signed with a key that follows from the vault's: all replicas have it, and it is no other's. The first signs, all of them are taken. */
export function createPagePasses(vaultKeys: VaultKeys, clock: Pick<Clock, "nowMs">): PagePasses {
  const keys = vaultKeys.map((key) => Buffer.from(hkdfSync("sha256", key, "", "bg-ingest page passes", MAC_BYTES)));
  const macOf = (key: Buffer, use: Use, userId: UserId, expires: string, keyId: string): Buffer =>
    createHmac("sha256", key).update(`${use}\n${userId}\n${expires}\n${keyId}`).digest();

  function newPass(use: Use, userId: UserId, lastsSeconds: number, by: ByKey): Pass {
    const expires = Math.floor(clock.nowMs() / 1000) + lastsSeconds;
    // bug if there is no key: a vault has one at least
    const mac = macOf(keys[0] as Buffer, use, userId, String(expires), by.keyId ?? "");
    return { text: `${expires}.${by.keyId ?? ""}.${mac.toString("base64url")}`, expiresAtMs: expires * 1000, lastsSeconds, ...by };
  }

  /** `null` if it does not hold. */
  function heldBy(text: string, use: Use, userId: UserId): ByKey | null {
    const [, expires = "", keyId = "", signature = ""] = /^(\d{1,12})\.([0-9a-f]{0,64})\.([\w-]{43})$/.exec(text) ?? [];
    if (expires === "" || Number(expires) * 1000 <= clock.nowMs()) return null;
    const given = Buffer.from(signature, "base64url");
    const isSigned = given.length === MAC_BYTES && keys.some((key) => timingSafeEqual(macOf(key, use, userId, expires, keyId), given));
    if (!isSigned) return null;
    return keyId === "" ? {} : { keyId: keyId as ApiKeyId };
  }

  return {
    forLink(caller, userId) {
      for (const scope of ["read", "write"] as const) {
        const permitted = permit(caller, scope, userId);
        if (permitted.isErr()) return err(permitted.error);
      }
      return ok(newPass("link", userId, LINK_SECONDS, caller.keyId === undefined ? {} : { keyId: caller.keyId }));
    },
    forBrowser(link, userId) {
      const by = heldBy(link, "link", userId);
      return by === null ? null : newPass("browser", userId, BROWSER_SECONDS, by);
    },
    callerWith(pass, userId) {
      const by = heldBy(pass, "browser", userId);
      return by === null ? null : { subject: userId, scopes: PAGE_SCOPES, isPage: true, ...by };
    },
  };
}

const PAGE_SCOPES: Caller["scopes"] = new Set(["read", "write"]);

/** The person in a path, where it names one. */
export function userIdInPath(parameters: unknown): UserId | null {
  const { userId } = parameters as { readonly userId?: unknown };
  const parsed = parseUserId(typeof userId === "string" ? userId : "");
  return parsed.isOk() ? parsed.value : null;
}
