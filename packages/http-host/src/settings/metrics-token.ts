import { err, ok, type Result } from "neverthrow";

/** What a bearer token may hold (RFC 6750, 2.1), and long enough not to be guessed. */
export function parseMetricsToken(text: string): Result<string, string> {
  return /^[A-Za-z0-9\-._~+/]{16,}=*$/.test(text) ? ok(text) : err("it is not 16 or more of letters, digits and - . _ ~ + / =");
}
