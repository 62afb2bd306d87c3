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
const noCredentials: StoreError = {
  kind: "retry",
  message:
    "The service has no credentials for DynamoDB, or whoever gives them out does not answer: nothing was kept. Give the process a role, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; DynamoDB Local takes any.",
  retryAfterMs: CLOSED_RETRY_MS,
};
const notTrusted: StoreError = {
  kind: "retry",
  message:
    "The certificate shown for DynamoDB is not one to trust: nothing was kept. Look at DYNAMODB_ENDPOINT, this machine's clock and any proxy; name a proxy's own authority in NODE_EXTRA_CA_CERTS.",
  retryAfterMs: CLOSED_RETRY_MS,
};
const wrongClock: StoreError = {
  kind: "retry",
  message: "This machine's clock and that of AWS are too far apart: nothing was kept. Set the clock, best by a time server.",
  retryAfterMs: CLOSED_RETRY_MS,
};
const wrong: StoreError = {
  kind: "stop",
  message: "DynamoDB does not take this call, or what is stored is wrong: repeating it cannot help.",
};

/**
 * By the name of the exception, of DynamoDB and of what gives out credentials (STS, an identity provider), which has other names for the
 * same; https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html and
 * https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html
 */
const byName: Readonly<Record<string, StoreError>> = {
  AbortError: cancelled,
  ProvisionedThroughputExceededException: busy,
  RequestLimitExceeded: busy,
  SlowDown: busy,
  Throttling: busy,
  ThrottlingException: busy,
  TooManyRequestsException: busy,
  LimitExceededException: busy,
  ReplicatedWriteConflictException: contended,
  TransactionCanceledException: contended,
  TransactionConflictException: contended,
  TransactionInProgressException: contended,
  ResourceNotFoundException: noTable,
  ResourceInUseException: away,
  AccessDenied: notAllowed,
  AccessDeniedException: notAllowed,
  CredentialsProviderError: noCredentials,
  ExpiredToken: notAllowed,
  ExpiredTokenException: notAllowed,
  IDPRejectedClaim: notAllowed,
  IncompleteSignatureException: notAllowed,
  InvalidClientTokenId: notAllowed,
  InvalidIdentityToken: notAllowed,
  InvalidSignatureException: notAllowed,
  MissingAuthenticationTokenException: notAllowed,
  TokenProviderError: notAllowed,
  TokenRefreshRequired: notAllowed,
  UnrecognizedClientException: notAllowed,
  RequestExpired: wrongClock,
  RequestTimeTooSkewed: wrongClock,
  ItemCollectionSizeLimitExceededException: wrong,
  SerializationException: wrong,
  ValidationException: wrong,
};

/**
 * The one place where what the SDK throws becomes the caller's next move. No message carries a value, and no cause an item. What is not known
 * to be wrong for ever may pass: a delivery that met it waits and is not given up.
 */
export function mapDynamoDbError(thrown: unknown): StoreError {
  const traces = tracesOf(thrown);
  return { ...(isBug(thrown, traces) || isWrongTransaction(thrown) ? wrong : moveFor(traces)), cause: traces };
}

function moveFor({ name, code, status }: Traces): StoreError {
  const known = byName[name];
  if (known !== undefined) return known;
  if (CERTIFICATE_CODE.test(code)) return notTrusted;
  if (status === 401 || status === 403) return notAllowed;
  return status === 429 ? busy : away;
}

/** As Node and OpenSSL name what is wrong with a certificate, https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const CERTIFICATE_CODE = /^(CERT_\w+|CRL_\w+|ERR_TLS_CERT_\w+|UNABLE_TO_\w+|\w*SELF_SIGNED_CERT\w*|HOSTNAME_MISMATCH|INVALID_CA)$/;

/** Ours, or of what was handed to the SDK. Node's own come from a connection or from settings as well, and bear a code. */
function isBug(thrown: unknown, { name, code }: Traces): boolean {
  if (!(thrown instanceof Error)) return true;
  return (
    (name === "TypeError" || name === "RangeError") && (code === "" || code === "ERR_OUT_OF_RANGE" || code.startsWith("ERR_INVALID_ARG"))
  );
}

/** A transaction is cancelled for what will pass, and for what will not. */
function isWrongTransaction(thrown: unknown): boolean {
  const { CancellationReasons = [] } = Object(thrown) as { readonly CancellationReasons?: readonly CancellationReason[] };
  return CancellationReasons.some(({ Code }) => Code === "ValidationError" || Code === "ItemCollectionSizeLimitExceeded");
}

interface Traces {
  readonly name: string;
  /** As Node names what befalls a connection, `""` where it says nothing. */
  readonly code: string;
  /** 0 where no HTTP answer came. */
  readonly status: number;
}

/** An SDK error bears the request's answer, items included: only what says nothing of anybody is taken from it. */
function tracesOf(thrown: unknown): Traces {
  const { name, code, $metadata } = Object(thrown) as { name?: unknown; code?: unknown; $metadata?: { httpStatusCode?: unknown } };
  const status = $metadata?.httpStatusCode;
  return {
    name: typeof name === "string" ? name : typeof thrown,
    code: typeof code === "string" ? code : "",
    status: typeof status === "number" ? status : 0,
  };
}
