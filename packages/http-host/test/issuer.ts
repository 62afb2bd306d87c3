import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type CryptoKey, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from "jose";
import { onTestFinished } from "vitest";

/** Somebody who makes tokens, and publishes the keys on this machine. */
export interface TestIssuer {
  readonly issuer: string;
  readonly jwksUrl: URL;
  /** How the next questions are answered; how often keys were asked for. */
  readonly mood: { now: "well" | "away" | "broken" | "silent"; asked: number };
  /** Signed with the newest key, for an hour from `nowSeconds`, with what is given over the usual. */
  token(claims?: JWTPayload, header?: { readonly kid?: string; readonly alg?: string }, key?: CryptoKey | Uint8Array): Promise<string>;
  /** From now on another key signs, and it alone is published. */
  rotate(): Promise<void>;
}

export const AUDIENCE = "bg-ingest";

export async function startIssuer(nowSeconds: number): Promise<TestIssuer> {
  const mood: TestIssuer["mood"] = { now: "well", asked: 0 };
  let generation = 0;
  let pair = await generateKeyPair("ES256", { extractable: true });
  const kid = () => `key-${generation}`;
  const server: Server = createServer(async (request, response) => {
    if (mood.now === "silent") return;
    if (mood.now === "away") {
      response.writeHead(500).end();
      return;
    }
    response.setHeader("content-type", "application/json");
    if (mood.now === "broken") response.end("{");
    else if (request.url === "/.well-known/openid-configuration") response.end(JSON.stringify({ issuer, jwks_uri: `${issuer}/keys` }));
    else {
      mood.asked++;
      response.end(JSON.stringify({ keys: [{ ...(await exportJWK(pair.publicKey)), kid: kid(), alg: "ES256", use: "sig" }] }));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    issuer,
    jwksUrl: new URL(`${issuer}/keys`),
    mood,
    token(claims = {}, header = {}, key = pair.privateKey) {
      const usual = { iss: issuer, aud: AUDIENCE, sub: "anna", scope: "read", iat: nowSeconds, exp: nowSeconds + 3_600 };
      return new SignJWT({ ...usual, ...claims }).setProtectedHeader({ alg: "ES256", kid: kid(), ...header }).sign(key);
    },
    async rotate() {
      generation++;
      pair = await generateKeyPair("ES256", { extractable: true });
    },
  };
}
