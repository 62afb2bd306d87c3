import type { TestProject } from "vitest/node";
import { startDynamoDbLocal } from "./dynamodb-local.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** Where DynamoDB is to be had in this run; `null`: nowhere. */
    readonly dynamoDbEndpoint: string | null;
  }
}

/**
 * Before the first test that needs DynamoDB: the one that `DYNAMODB_ENDPOINT` names, else one of our own. Where neither is to be had, its tests
 * are left out, which is said aloud, and is a failure with `BG_INGEST_REQUIRE_SERVICES=1`.
 */
export async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const { DYNAMODB_ENDPOINT, BG_INGEST_REQUIRE_SERVICES } = process.env;
  if (DYNAMODB_ENDPOINT !== undefined) {
    project.provide("dynamoDbEndpoint", DYNAMODB_ENDPOINT);
    return undefined;
  }
  const started = await startDynamoDbLocal().catch((cause: unknown) => (cause instanceof Error ? cause : new Error(String(cause))));
  if (started instanceof Error) {
    if (BG_INGEST_REQUIRE_SERVICES === "1") throw started;
    console.warn(`\n*** LEFT OUT: all tests on DynamoDB. ${started.message} Set DYNAMODB_ENDPOINT, or mend that. ***\n`);
    project.provide("dynamoDbEndpoint", null);
    return undefined;
  }
  project.provide("dynamoDbEndpoint", started.endpoint);
  return started.stop;
}
