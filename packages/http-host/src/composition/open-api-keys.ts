import type { ApiKeyStore } from "@bg-ingest/core";
import { err, ok, type Result } from "neverthrow";
import { prepareDataDir } from "../data-dir/prepare-data-dir.ts";
import type { EngineDeps, EnginesRefused } from "./engines.ts";
import { openDynamoDb } from "./open-dynamodb.ts";

export interface OpenedApiKeys {
  readonly apiKeys: ApiKeyStore;
  close(): Promise<void>;
}

/** The keys alone, beside a service that runs or without one. */
export async function openApiKeys(deps: EngineDeps): Promise<Result<OpenedApiKeys, EnginesRefused>> {
  switch (deps.settings.store) {
    case "sqlite": {
      const folder = prepareDataDir(deps.settings.dataDir);
      return folder.isErr() ? err(folder.error) : openKeysInFolder(deps.settings.dataDir);
    }
    case "dynamodb":
      return (await openDynamoDb(deps)).andThen(({ apiKeys, close }) => ok({ apiKeys, close }));
  }
}

export async function openKeysInFolder(dataDir: string): Promise<Result<OpenedApiKeys, EnginesRefused>> {
  const { openSqliteApiKeys } = await import("@bg-ingest/store-sqlite");
  return openSqliteApiKeys({ dataDir });
}
