import type { DynamoDbStore, DynamoDbStoreConfig } from "@bg-ingest/store-dynamodb";
import { err, ok, type Result } from "neverthrow";
import { asSentence } from "../settings/as-sentence.ts";
import type { Settings } from "../settings/settings-schema.ts";
import type { EngineDeps, EnginesRefused } from "./engines.ts";

/** Where there is no network in between, it answers at once; a table takes a while to be made. */
const ANSWER_WITHIN_MS = 30_000;

/** Looks at the table; in development, makes it where there is none. */
export async function openDynamoDb({ settings, time }: EngineDeps): Promise<Result<DynamoDbStore, EnginesRefused>> {
  const { checkTable, createDynamoDbStore, ensureTable } = await import("@bg-ingest/store-dynamodb");
  const config = configOf(settings);
  const store = createDynamoDbStore({ ...config, clock: time });
  const call = { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) };
  const looked = await (settings.appEnv === "development" ? ensureTable : checkTable)(store.table, call);
  if (looked.isOk()) return ok(store);
  await store.close();
  return err({ message: `STORE=dynamodb: ${asSentence(looked.error.message)} It was asked for ${placeOf(config)}.` });
}

function placeOf({ endpoint, region }: DynamoDbStoreConfig): string {
  return endpoint === undefined ? `in ${region}` : `at ${endpoint}`;
}

/** What development does without being told. */
const LOCAL = { table: "bg-ingest", endpoint: "http://localhost:8000", region: "us-east-1" };

function configOf(settings: Settings): DynamoDbStoreConfig {
  const local = settings.appEnv === "development" ? LOCAL : undefined;
  const endpoint = settings.dynamodbEndpoint ?? local?.endpoint;
  const credentials = credentialsOf(settings, endpoint);
  return {
    // Outside development the settings are refused without them.
    table: settings.dynamodbTable ?? LOCAL.table,
    region: settings.awsRegion ?? LOCAL.region,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
  };
}

/** What stands in for AWS on a machine of one's own takes anybody, and the SDK sends nothing without credentials. */
const ANYBODY = { accessKeyId: "local", secretAccessKey: "local" };

function credentialsOf(
  { appEnv, awsAccessKeyId: accessKeyId, awsSecretAccessKey: secretAccessKey, awsSessionToken: sessionToken }: Settings,
  endpoint: string | undefined,
): DynamoDbStoreConfig["credentials"] {
  if (accessKeyId !== undefined && secretAccessKey !== undefined)
    return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
  return appEnv === "development" && endpoint?.startsWith("http:") ? ANYBODY : undefined;
}
