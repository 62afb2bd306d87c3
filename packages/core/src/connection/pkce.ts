import type { Digest } from "../ports/digest.ts";

/**
 * RFC 7636: 64 characters that only whoever knows the browser's secret can tell. They follow from what the browser brings along, so that
 * nothing secret is kept between start and finish.
 */
export function codeVerifierOf(browserSecret: string, state: string, digest: Digest): string {
  return digest(`pkce ${browserSecret} ${state}`);
}

/** S256: the digest of the verifier in base64url. */
export function codeChallengeOf(codeVerifier: string, digest: Digest): string {
  const bytes = digest(codeVerifier).match(/../g) ?? [];
  const base64 = btoa(String.fromCharCode(...bytes.map((byte) => Number.parseInt(byte, 16))));
  return base64.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}
