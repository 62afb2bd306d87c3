import type { ProviderError } from "@bg-ingest/core";
import { type AnswerHead, silenceOf, waitOf } from "../api/map-data-error.ts";
import { parseApiAddress } from "../api/regions.ts";

/** What a token was asked for: a new connection, or the renewal of one that was made at `baseUrl`. */
export type AskedFor = { readonly kind: "exchange" } | { readonly kind: "refresh"; readonly baseUrl: string };

/**
 * The token endpoint answered with no token. Only `invalid_grant` means that a grant is dead: a nightly hour of failures of this endpoint has
 * made others disconnect people whose grants lived. The words of a server that is in trouble are not believed. A dead grant is sometimes told in no
 * such word: then the host decides, after a day of hearing nothing else.
 */
export function mapTokenAnswer(head: AnswerHead, word: string | null, asked: AskedFor, settingsUrl: string, nowMs: number): ProviderError {
  const isBelieved = head.status >= 400 && head.status < 500 && head.status !== 429;
  if (isBelieved && word === "invalid_grant") return { kind: "reconnect", message: GRANT_IS_DEAD[asked.kind] };
  if (isBelieved && (word === "invalid_client" || word === "unauthorized_client")) {
    return { kind: "stop", message: `Dexcom does not know this application (${word}). ${whatToCheck(asked, settingsUrl)}` };
  }
  const said = word !== null && KNOWN_WORDS.has(word) ? `${head.status}, ${word}` : String(head.status);
  const isRefusal = asked.kind === "refresh" && isWordlessRefusal(head.status, word);
  const ifItStays = isBelieved && asked.kind === "refresh" ? " If it stays so for a day, connect again." : "";
  const message = `Dexcom gave no token (${said}). ${WHAT_NEXT[asked.kind]}${ifItStays}`;
  return { kind: "retry", message, ...waitOf(head.headers, nowMs), ...(isRefusal && { isRefusal: true }) };
}

/** By the statuses that RFC 6749 has for it. What a firewall says or an address where nothing is, and a word that means something else, say nothing of a grant. */
function isWordlessRefusal(status: number, word: string | null): boolean {
  return (status === 400 || status === 401) && (word === null || !KNOWN_WORDS.has(word));
}

/** No answer came, or none that can be read. Whether the token sent is spent is not known: it is for the caller to find out. */
export function mapTokenSilence(cause: unknown, asked: AskedFor): ProviderError {
  return { kind: "retry", message: `Dexcom's token endpoint ${silenceOf(cause)}. ${WHAT_NEXT[asked.kind]}`, cause };
}

/** `settingsUrl`: where the settings say that Dexcom is. An application is registered in each region by itself. */
function whatToCheck(asked: AskedFor, settingsUrl: string): string {
  if (asked.kind === "exchange" || asked.baseUrl === settingsUrl) {
    return "Check DEXCOM_CLIENT_ID, DEXCOM_CLIENT_SECRET, and the region in DEXCOM_API_BASE_URL.";
  }
  return `This connection was made at ${placeOf(asked.baseUrl)}, and the settings are for ${placeOf(settingsUrl)}: set region, id and secret back to those of then.`;
}

/** A region's name or a host: the whole address is part of the credentials, and hidden wherever those are. */
export function placeOf(baseUrl: string): string {
  return parseApiAddress(baseUrl)?.region ?? new URL(baseUrl).host;
}

const GRANT_IS_DEAD: Readonly<Record<AskedFor["kind"], string>> = {
  exchange: "Dexcom does not take this code: it was used already, or came too late. Begin connecting again.",
  refresh: "Dexcom no longer grants access: it was taken back, or has run out. Connect again.",
};

const WHAT_NEXT: Readonly<Record<AskedFor["kind"], string>> = {
  exchange: "Nothing was connected; begin connecting again in a while.",
  refresh: "We ask again later.",
};

const KNOWN_WORDS: ReadonlySet<string> = new Set([
  "invalid_client",
  "invalid_grant",
  "invalid_request",
  "invalid_scope",
  "server_error",
  "temporarily_unavailable",
  "unauthorized_client",
  "unsupported_grant_type",
]);
