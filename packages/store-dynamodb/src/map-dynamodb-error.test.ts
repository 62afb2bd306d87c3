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
  ["a credential was refused by whoever gives out roles", "retry", named("AccessDenied", { $metadata: { httpStatusCode: 403 } })],
  ["whoever gives out roles is asked too much", "retry", named("Throttling", { $metadata: { httpStatusCode: 400 } })],
  ["whoever gives out roles found the credential too old", "retry", named("ExpiredToken", { $metadata: { httpStatusCode: 400 } })],
  ["the identity provider is away", "retry", named("IDPCommunicationError", { $metadata: { httpStatusCode: 400 } })],
  ["the identity is not known", "retry", named("InvalidClientTokenId", { $metadata: { httpStatusCode: 403 } })],
  ["the sign-on has to be repeated", "retry", named("TokenProviderError")],
  ["the request came too late", "retry", named("RequestExpired", { $metadata: { httpStatusCode: 400 } })],
  ["the clock is wrong", "retry", named("RequestTimeTooSkewed", { $metadata: { httpStatusCode: 403 } })],
  ["the certificate has expired", "retry", named("Error", { code: "CERT_HAS_EXPIRED" })],
  ["the certificate is another server's", "retry", named("Error", { code: "ERR_TLS_CERT_ALTNAME_INVALID" })],
  ["nobody vouches for the certificate", "retry", named("Error", { code: "UNABLE_TO_VERIFY_LEAF_SIGNATURE" })],
  ["a proxy vouches for itself", "retry", named("Error", { code: "SELF_SIGNED_CERT_IN_CHAIN" })],
  ["what answers speaks no HTTP", "retry", named("Error", { code: "HPE_INVALID_CONSTANT" })],
  ["a proxy answers with a page", "retry", new SyntaxError("Unexpected token '<'")],
  ["a credential has a line break", "retry", Object.assign(new TypeError("header"), { code: "ERR_INVALID_CHAR" })],
  ["a refusal has a name that nobody knows", "retry", named("KMSAccessDeniedException", { $metadata: { httpStatusCode: 400 } })],
  ["the request is not understood", "stop", named("ValidationException", { $metadata: { httpStatusCode: 400 } })],
  ["the item is too large", "stop", named("ItemCollectionSizeLimitExceededException")],
  ["the request cannot be read", "stop", named("SerializationException", { $metadata: { httpStatusCode: 400 } })],
  ["there is a bug", "stop", new TypeError("x is not a function")],
  ["there is a bug with a number", "stop", new RangeError("no day of a reading")],
  ["the SDK was handed what it cannot send", "stop", Object.assign(new TypeError("argument"), { code: "ERR_INVALID_ARG_TYPE" })],
  ["something was thrown that is no error", "stop", "text"],
  ["nothing was thrown", "stop", undefined],
];

describe("what the SDK throws becomes the caller's next move", () => {
  it.each(thrown)("%s: %s", (_, kind, what) => {
    const error = mapDynamoDbError(what);
    expect(error.kind).toBe(kind);
    expect(error.message).toMatch(/^[A-Z].+: .+\.$/);
  });

  it.each([
    ["AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY", named("CredentialsProviderError")],
    ["role", named("InvalidClientTokenId")],
    ["role", named("KMSDisabled", { $metadata: { httpStatusCode: 403 } })],
    ["clock", named("RequestTimeTooSkewed")],
    ["NODE_EXTRA_CA_CERTS", named("Error", { code: "UNABLE_TO_GET_ISSUER_CERT_LOCALLY" })],
    ["limits", named("Throttling")],
    ["limits", named("UnknownError", { $metadata: { httpStatusCode: 429 } })],
    ["DYNAMODB_ENDPOINT", new SyntaxError("Unexpected token '<'")],
  ])("and says what to look at: %s", (where, what) => {
    expect(mapDynamoDbError(what).message).toContain(where);
  });

  it("and carries nothing of what is stored", () => {
    const Item = { b: { S: "canary-of-a-reading" } };
    const error = mapDynamoDbError(new ConditionalCheckFailedException({ message: "canary-of-a-reading", $metadata, Item }));
    expect(JSON.stringify(error)).not.toContain("canary");
    expect(error.cause).not.toBeInstanceOf(Error);
  });
});
