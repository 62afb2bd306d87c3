import type { Credentials, ProviderError } from "@bg-ingest/core";
import { err, ok, type Result } from "neverthrow";
import { z } from "zod";
import { parseApiAddress } from "../api/regions.ts";

/** `baseUrl`: where the grant was given. It is good nowhere else, whatever the settings say by now. */
const dexcomCredentials = z.object({
  baseUrl: z.string().refine((text) => parseApiAddress(text)?.baseUrl === text),
  accessToken: z.string().min(1),
  refreshToken: z.string().min(1),
});

export type DexcomCredentials = z.output<typeof dexcomCredentials>;

export function readCredentials(credentials: Credentials): Result<DexcomCredentials, ProviderError> {
  const parsed = dexcomCredentials.safeParse(credentials.value);
  return parsed.success
    ? ok(parsed.data)
    : err({ kind: "reconnect", message: "The stored access to Dexcom cannot be read. Connect again." });
}
