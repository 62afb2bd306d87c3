import { inject, it, onTestFinished } from "vitest";
import { startDatedProxy } from "../../../../packages/http-host/test/engines/dated-proxy.ts";
import { agreesWithService } from "../support/agrees-with-service.ts";
import { STARTED_AT_MS, startService } from "../support/running-service.ts";

/** DynamoDB Local takes any. */
const KEYS = { AWS_ACCESS_KEY_ID: "local", AWS_SECRET_ACCESS_KEY: "local" };

it.skipIf(inject("dynamoDbEndpoint") === null)("beside a service that runs on DynamoDB it says what the service says", async () => {
  const endpoint = inject("dynamoDbEndpoint") ?? "";
  const realStartMs = Date.now();
  // A service works for nobody while its clock is another than that of DynamoDB.
  const dated = await startDatedProxy(endpoint, () => STARTED_AT_MS + Date.now() - realStartMs);
  onTestFinished(() => dated.close());
  const table = `embedded-${crypto.randomUUID()}`;
  const service = await startService({
    STORE: "dynamodb",
    DYNAMODB_TABLE: table,
    DYNAMODB_ENDPOINT: dated.endpoint,
    AWS_REGION: "us-east-1",
  });
  onTestFinished(() => service.stop());
  await agreesWithService(service, ["--store", "dynamodb", "--table", table, "--region", "us-east-1", "--endpoint", endpoint], KEYS);
});
