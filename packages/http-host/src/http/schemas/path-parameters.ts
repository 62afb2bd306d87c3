import { type IdentifierRefused, type ProviderName, parseProviderName, parseUserId, type UserId } from "@bg-ingest/core";
import type { Result } from "neverthrow";
import { z } from "zod";
import type { Problem } from "../problem/problem.ts";

/** What stands in a path, as the documentation tells it. What is let through, the core's parsers decide; a test holds the two together. */
export const pathParameters = {
  userId: z
    .string()
    .meta({ description: "The person, as your application names them.", pattern: "^(?!\\.{1,2}$)[A-Za-z0-9._~:@-]{1,128}$" }),
  provider: z.string().meta({ description: "A provider's name, as `GET /api/providers` lists it.", pattern: "^[a-z][a-z0-9-]{1,31}$" }),
  kind: z.string().meta({ description: "The last part of a problem's `type`." }),
};

export type PathParameterName = keyof typeof pathParameters;

export function userIdIn(parameters: unknown): Result<UserId, Problem> {
  return parseUserId((parameters as { userId: string }).userId).mapErr(invalid);
}

export function providerIn(parameters: unknown): Result<ProviderName, Problem> {
  return parseProviderName((parameters as { provider: string }).provider).mapErr(invalid);
}

function invalid({ message }: IdentifierRefused): Problem {
  return { kind: "invalid_path", detail: `${message}.` };
}
