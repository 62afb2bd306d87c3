import type { CancellationReason } from "@aws-sdk/client-dynamodb";
import type { StoreError } from "@bg-ingest/core";

const BUSY_RETRY_MS = 1_000;
const CONTENDED_RETRY_MS = 100;
const AWAY_RETRY_MS = 5_000;
/** Until somebody has mended it. */
const CLOSED_RETRY_MS = 30_000;

/** Before it began or on its way. */
export const cancelled: StoreError = {
  kind: "retry",
  message: "The call was cancelled: it is unknown whether any of it was done. Call again.",
};
const busy: StoreError = {
  kind: "retry",
  message:
    "DynamoDB takes no more just now: it is unknown whether all of this was kept. It goes on by itself; if it lasts, raise the table's limits.",
  retryAfterMs: BUSY_RETRY_MS,
};
const contended: StoreError = {
  kind: "retry",
  message: "Others are writing the same at this moment: nothing of this was kept. It goes on by itself.",
  retryAfterMs: CONTENDED_RETRY_MS,
};
const away: StoreError = {
  kind: "retry",
  message:
    "DynamoDB cannot be reached or failed: it is unknown whether this was kept. If it goes on, look at the network and at DYNAMODB_ENDPOINT.",
  retryAfterMs: AWAY_RETRY_MS,
};
const noTable: StoreError = {
  kind: "retry",
  message: "The table does not exist: nothing was kept. Create it, or mend DYNAMODB_TABLE and AWS_REGION.",
  retryAfterMs: CLOSED_RETRY_MS,
};
const notAllowed: StoreError = {
  kind: "retry",
  message: "DynamoDB refuses the service's credentials: nothing was kept. Give its role the rights that the store needs.",
  retryAfterMs: CLOSED_RETRY_MS,
};
const wrong: StoreError = {
  kind: "stop",
  message: "DynamoDB does not take this call, or what is stored is wrong: repeating it cannot help.",
};

/** By the name of the exception, https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html */
const byName: Readonly<Record<string, StoreError>> = {
  AbortError: cancelled,
  ProvisionedThroughputExceededException: busy,
  RequestLimitExceeded: busy,
  ThrottlingException: busy,
  LimitExceededException: busy,
  ReplicatedWriteConflictException: contended,
  TransactionCanceledException: contended,
  TransactionConflictException: contended,
  TransactionInProgressException: contended,
  ResourceNotFoundException: noTable,
  ResourceInUseException: away,
  AccessDeniedException: notAllowed,
  CredentialsProviderError: notAllowed,
  ExpiredTokenException: notAllowed,
  IncompleteSignatureException: notAllowed,
  InvalidSignatureException: notAllowed,
  MissingAuthenticationTokenException: notAllowed,
  TokenRefreshRequired: notAllowed,
  UnrecognizedClientException: notAllowed,
  InternalServerError: away,
  RequestTimeout: away,
  ServiceUnavailable: away,
  TimeoutError: away,
};

/** The one place where what the SDK throws becomes the caller's next move. No message carries a value, and no cause an item. */
export function mapDynamoDbError(thrown: unknown): StoreError {
  const { name, code, status } = tracesOf(thrown);
  const known = byName[name] ?? (status >= 500 || NETWORK_CODE.test(code) ? away : wrong);
  return { ...(isWrongTransaction(thrown) ? wrong : known), cause: { name, code, status } };
}

/** A transaction is cancelled for what will pass, and for what will not. */
function isWrongTransaction(thrown: unknown): boolean {
  const { CancellationReasons = [] } = Object(thrown) as { readonly CancellationReasons?: readonly CancellationReason[] };
  return CancellationReasons.some(({ Code }) => Code === "ValidationError" || Code === "ItemCollectionSizeLimitExceeded");
}

/** As Node names what befalls a connection: `ECONNRESET`, `ENOTFOUND`, `EAI_AGAIN`, … */
const NETWORK_CODE = /^(E[A-Z]{3,}|EAI_[A-Z]+|ERR_SOCKET_\w+)$/;

/** An SDK error bears the request's answer, items included: only what says nothing of anybody is taken from it. */
function tracesOf(thrown: unknown) {
  const { name, code, $metadata } = Object(thrown) as { name?: unknown; code?: unknown; $metadata?: { httpStatusCode?: unknown } };
  const status = $metadata?.httpStatusCode;
  return {
    name: typeof name === "string" ? name : typeof thrown,
    code: typeof code === "string" ? code : "",
    status: typeof status === "number" ? status : 0,
  };
}
