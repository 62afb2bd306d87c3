import type { Credentials, ProviderError } from "@bg-ingest/core";
import { err, ok, type Result } from "neverthrow";
import { z } from "zod";

/** The three kinds of access there are among vendors. */
const mockCredentials = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("oauth"), accessToken: z.string(), refreshToken: z.string() }),
  z.object({ kind: z.literal("session"), sessionToken: z.string(), renewalKey: z.string() }),
  z.object({ kind: z.literal("key"), accessKey: z.string() }),
]);

export type MockCredentials = z.output<typeof mockCredentials>;

export function readCredentials(credentials: Credentials): Result<MockCredentials, ProviderError> {
  const parsed = mockCredentials.safeParse(credentials.value);
  return parsed.success
    ? ok(parsed.data)
    : err({ kind: "reconnect", message: "The stored access to the mock vendor cannot be read. Connect again." });
}

/** What a request for data bears. */
export function bearerOf(credentials: Credentials): Result<string, ProviderError> {
  return readCredentials(credentials).map(tokenOf);
}

function tokenOf(credentials: MockCredentials): string {
  switch (credentials.kind) {
    case "oauth":
      return credentials.accessToken;
    case "session":
      return credentials.sessionToken;
    case "key":
      return credentials.accessKey;
  }
}
