import type { ProviderName, UserId } from "@bg-ingest/core";
import type { FastifyRequest } from "fastify";
import { err, ok, type Result } from "neverthrow";
import type { Problem } from "../problem/problem.ts";
import { providerIn, userIdIn } from "../schemas/path-parameters.ts";
import type { ReadQuery } from "../schemas/read-query.ts";

/** What path and query say, once neither holds anything that is wrong. */
export interface AskedOfUser<T> {
  readonly userId: UserId;
  readonly query: T;
}

export interface AskedOfConnection<T> extends AskedOfUser<T> {
  readonly provider: ProviderName;
}

export function askedOfUser<T>(request: FastifyRequest, readQuery: ReadQuery<T>): Result<AskedOfUser<T>, Problem> {
  const userId = userIdIn(request.params);
  if (userId.isErr()) return err(userId.error);
  const query = readQuery(request.query);
  return query.isErr() ? err(query.error) : ok({ userId: userId.value, query: query.value });
}

export function askedOfConnection<T>(request: FastifyRequest, readQuery: ReadQuery<T>): Result<AskedOfConnection<T>, Problem> {
  return askedOfUser(request, readQuery).andThen((asked) => providerIn(request.params).map((provider) => ({ ...asked, provider })));
}
