import { describe, inject } from "vitest";

/** Left out, aloud, where there is no DynamoDB. */
export const onDynamoDb = describe.skipIf(inject("dynamoDbEndpoint") === null);
