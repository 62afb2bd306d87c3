import { err, ok, type Result } from "neverthrow";
import { isLoopback } from "./loopback.ts";

/** The origin of the service as others reach it, such as `https://bg.example.org`. */
export function parsePublicUrl(text: string): Result<string, string> {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !["http:", "https:"].includes(url.protocol)) return err(`"${text}" is not a URL such as https://bg.example.org`);
  if (url.username !== "" || url.password !== "") return err("the URL given holds a name or password; give it without");
  if (url.href !== `${url.origin}/`)
    return err(`"${text}" goes on after the host; the service has to be at the root of its host: ${url.origin}`);
  if (url.protocol === "http:" && !isLoopback(url.hostname.replace(/^\[(.*)\]$/, "$1")))
    return err(`"${text}" would carry readings over the network for anybody to read; use https`);
  return ok(url.origin);
}
