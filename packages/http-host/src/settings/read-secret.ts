import type { GetSecretValueCommandOutput } from "@aws-sdk/client-secrets-manager";
import type { Environment } from "@bg-ingest/core";
import { err, ok, Result, ResultAsync } from "neverthrow";

/** A secret of AWS Secrets Manager, and who asks for it. */
export interface SecretPlace {
  readonly name: string;
  readonly region: string;
  /** `undefined`: where AWS is. */
  readonly endpoint: string | undefined;
  /** `undefined`: as the AWS SDK finds them. */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken?: string } | undefined;
}

const WITHIN_MS = 15_000;

/** Settings that a secret holds, as one JSON object of names and values. What keeps it from being read is told without any of it. */
export async function readSecret(place: SecretPlace, withinMs = WITHIN_MS): Promise<Result<Environment, string>> {
  const { GetSecretValueCommand, SecretsManagerClient } = await import("@aws-sdk/client-secrets-manager");
  const { name, region, endpoint, credentials } = place;
  const client = new SecretsManagerClient({
    region,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
    maxAttempts: 3,
    retryMode: "standard",
  });
  const signal = AbortSignal.timeout(withinMs);
  const asking = client.send(new GetSecretValueCommand({ SecretId: name }), { abortSignal: signal });
  const asked = await ResultAsync.fromPromise(asking, (cause) => reasonOf(cause, place, signal.aborted ? withinMs : null));
  client.destroy();
  return asked.andThen((answer) => settingsIn(answer, name));
}

const parseJson = Result.fromThrowable(
  (text: string): unknown => JSON.parse(text),
  () => undefined,
);

function settingsIn({ SecretString }: GetSecretValueCommandOutput, name: string): Result<Environment, string> {
  const notSettings = (what: string) => err(`the secret "${name}" ${what}. It has to be one JSON object such as {"VAULT_KEY":"…"}`);
  if (SecretString === undefined) return notSettings("holds bytes and no text");
  const parsed = parseJson(SecretString);
  if (parsed.isErr()) return notSettings("is not JSON");
  const { value } = parsed;
  if (typeof value !== "object" || value === null || Array.isArray(value)) return notSettings("is JSON, but no object");
  const entries = Object.entries(value);
  const wrong = entries.find(([, each]) => !["string", "number", "boolean"].includes(typeof each));
  if (wrong !== undefined) return notSettings(`holds something else than a text, a number, true or false as ${JSON.stringify(wrong[0])}`);
  return ok(Object.fromEntries(entries.map(([key, each]) => [key, String(each)])));
}

const DENIED = new Set(["AccessDeniedException", "UnrecognizedClientException", "InvalidSignatureException", "ExpiredTokenException"]);

/** Of what the SDK throws the name alone is told. `lateAfterMs`: it was given up on. */
function reasonOf(cause: unknown, { name, region, endpoint }: SecretPlace, lateAfterMs: number | null): string {
  const where = endpoint ?? `AWS Secrets Manager in ${region}`;
  if (lateAfterMs !== null)
    return `${where} did not answer within ${lateAfterMs / 1000} s. Check the network, AWS_REGION and AWS_ENDPOINT_URL_SECRETS_MANAGER`;
  const thrown = cause instanceof Error ? cause.name : "";
  if (thrown === "ResourceNotFoundException") return `there is no secret "${name}" at ${where}. Check the name, the region and the account`;
  if (DENIED.has(thrown))
    return `reading the secret "${name}" at ${where} is denied (${thrown}). The service's role needs secretsmanager:GetSecretValue on it, and kms:Decrypt where it has a key of its own`;
  if (thrown === "CredentialsProviderError")
    return "there are no credentials to ask AWS with. Give the service a role, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY";
  if (thrown === "InvalidRequestException")
    return `the secret "${name}" cannot be read as it is: it may be about to be deleted. Look at it at ${where}`;
  return `the secret "${name}" cannot be read at ${where} (${thrown === "" ? "unknown reason" : thrown}). Check the network, AWS_REGION and AWS_ENDPOINT_URL_SECRETS_MANAGER`;
}
