import { err, ok, type Result } from "neverthrow";
import { isLoopback } from "./loopback.ts";

/** Kept letter by letter: tokens have to name the very same. */
export function parseIssuer(text: string): Result<string, string> {
  return parsePlace(text, "https://login.example.org/").andThen((url) =>
    url.search === "" && url.hash === "" ? ok(text) : err(`"${text}" holds a ? or #, which no issuer has`),
  );
}

export function parseKeysUrl(text: string): Result<string, string> {
  return parsePlace(text, "https://login.example.org/keys").map(({ href }) => href);
}

/** Whoever can change what is read there can make tokens: only this machine is read without TLS. */
function parsePlace(text: string, example: string): Result<URL, string> {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !["http:", "https:"].includes(url.protocol)) return err(`"${text}" is not a URL such as ${example}`);
  if (url.username !== "" || url.password !== "") return err("the URL given holds a name or password; give it without");
  if (url.protocol === "http:" && !isLoopback(url.hostname.replace(/^\[(.*)\]$/, "$1")))
    return err(`"${text}" could be answered by anybody on the way; use https`);
  return ok(url);
}
