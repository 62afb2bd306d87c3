import { ConditionalCheckFailedException, ProvisionedThroughputExceededException } from "@aws-sdk/client-dynamodb";
import { describe, expect, it } from "vitest";
import { mapDynamoDbError } from "./map-dynamodb-error.ts";

const $metadata = {};
const named = (name: string, more: object = {}) => Object.assign(new Error("what the service says"), { name, ...more });

const thrown: readonly [what: string, kind: "retry" | "stop", thrown: unknown][] = [
  ["the table's limit is reached", "retry", new ProvisionedThroughputExceededException({ message: "", $metadata })],
  ["the account's limit is reached", "retry", named("RequestLimitExceeded")],
  ["requests are throttled", "retry", named("ThrottlingException")],
  ["somebody is in the midst of a transaction", "retry", named("TransactionConflictException")],
  [
    "a transaction met another one",
    "retry",
    named("TransactionCanceledException", { CancellationReasons: [{ Code: "TransactionConflict" }] }),
  ],
  ["a transaction is wrong", "stop", named("TransactionCanceledException", { CancellationReasons: [{}, { Code: "ValidationError" }] })],
  ["DynamoDB fails", "retry", named("InternalServerError", { $metadata: { httpStatusCode: 500 } })],
  ["something between fails", "retry", named("UnknownError", { $metadata: { httpStatusCode: 502 } })],
  ["the answer takes too long", "retry", named("TimeoutError")],
  ["the line is cut", "retry", named("Error", { code: "ECONNRESET" })],
  ["nobody listens", "retry", named("Error", { code: "ECONNREFUSED" })],
  ["the name is not found", "retry", named("Error", { code: "EAI_AGAIN" })],
  ["the call is cancelled", "retry", new DOMException("", "AbortError")],
  // What a person mends elsewhere: until then deliveries wait, and none is given up.
  ["the table does not exist", "retry", named("ResourceNotFoundException")],
  ["the credentials have expired", "retry", named("ExpiredTokenException")],
  ["there are no credentials", "retry", named("CredentialsProviderError")],
  ["the role lacks a right", "retry", named("AccessDeniedException")],
  ["the request is not understood", "stop", named("ValidationException", { $metadata: { httpStatusCode: 400 } })],
  ["the item is too large", "stop", named("ItemCollectionSizeLimitExceededException")],
  ["there is a bug", "stop", new TypeError("x is not a function")],
  ["something was thrown that is no error", "stop", "text"],
  ["nothing was thrown", "stop", undefined],
];

describe("what the SDK throws becomes the caller's next move", () => {
  it.each(thrown)("%s: %s", (_, kind, what) => {
    const error = mapDynamoDbError(what);
    expect(error.kind).toBe(kind);
    expect(error.message).toMatch(/^[A-Z].+: .+\.$/);
  });

  it("and carries nothing of what is stored", () => {
    const Item = { b: { S: "canary-of-a-reading" } };
    const error = mapDynamoDbError(new ConditionalCheckFailedException({ message: "canary-of-a-reading", $metadata, Item }));
    expect(JSON.stringify(error)).not.toContain("canary");
    expect(error.cause).not.toBeInstanceOf(Error);
  });
});
