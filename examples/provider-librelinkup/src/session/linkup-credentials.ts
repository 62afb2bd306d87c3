import type { Credentials, ProviderError } from "@bg-ingest/core";
import { err, ok, type Result } from "neverthrow";
import { z } from "zod";
import { parseAddress } from "../api/addresses.ts";

/**
 * `baseUrl`: the region in which the account is, whatever the settings say by now. `email` and `password`: LibreLinkUp knows no other way to a
 * new session; the host seals them.
 */
const linkUpCredentials = z.object({
  baseUrl: z.string().refine((text) => parseAddress(text) === text),
  token: z.string().min(1),
  accountId: z.string().regex(/^[0-9a-f]{64}$/),
  patientId: z.string().min(1),
  email: z.string().min(1),
  password: z.string().min(1),
});

export type LinkUpCredentials = z.output<typeof linkUpCredentials>;

export function readCredentials(credentials: Credentials): Result<LinkUpCredentials, ProviderError> {
  const parsed = linkUpCredentials.safeParse(credentials.value);
  return parsed.success
    ? ok(parsed.data)
    : err({ kind: "reconnect", message: "The stored access to LibreLinkUp cannot be read. Connect again." });
}
