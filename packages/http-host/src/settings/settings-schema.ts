import type { Result } from "neverthrow";
import { z } from "zod";
import { parseVaultKeys } from "../vault/parse-vault-keys.ts";
import { isAddressOrNetwork } from "./address-or-network.ts";
import { parseBrokerUrl, parseDynamoDbEndpoint, parseNamespace, parseRegion, parseTableName } from "./engine-places.ts";
import { parseIssuer, parseKeysUrl } from "./issuer.ts";
import { parseMetricsToken } from "./metrics-token.ts";
import { parsePublicUrl } from "./public-url.ts";
import {
  anyText,
  listOf,
  oneOf,
  onOff,
  optionalOneOf,
  optionalText,
  optionalWholeNumber,
  parsedBy,
  wholeNumber,
} from "./setting-fields.ts";

const APP_ENVIRONMENTS = ["development", "staging", "production"] as const;
const HOST = /^[A-Za-z0-9]([A-Za-z0-9.:_-]*[A-Za-z0-9])?$/;
const PACKAGE_NAME = /^(@[a-z0-9-~][a-z0-9-._~]*\/)?[a-z0-9-~][a-z0-9-._~]*$/;
const A_PACKAGE =
  "the name of a package: names such as @acme/bg-ingest-provider stand here, with commas between them; what lies in a folder is installed first, by npm install ./folder";
const DAY_SECONDS = 86_400;

/**
 * All settings of the host itself, under the camelCase of their names: `PORT` is `port`. They are given as text; what is not set takes
 * its default. Providers have settings of their own, in their own schemas.
 */
export const settingsSchema = z.object({
  appEnv: oneOf(APP_ENVIRONMENTS, "development", {
    description:
      "What the service runs for. `staging` and `production` guess nothing: they say all that is missing, and ask everybody who calls.",
  }),
  host: anyText("127.0.0.1", {
    description:
      "The address it listens on. On any but this machine's own (`127.0.0.0/8`, `::1`, `localhost`) callers are asked who they are, in development too.",
  }),
  port: wholeNumber(0, 65_535, 5001, {
    description:
      "The port it listens on; `0` takes any free one and prints which. Without `PUBLIC_URL` nobody can connect by consent in a browser then: a vendor has to know beforehand where to send people back.",
  }),
  publicUrl: parsedBy(parsePublicUrl, {
    description:
      "How others reach the service, such as `https://bg.example.org`, where a proxy stands before it: it answers to that host as well, gives out URLs with it, and vendors that can be asked to call are asked to call there. Callers are asked who they are then, in development too.",
    preset: "as it listens; outside development it must be set, and be `https`",
  }),
  dataDir: anyText("./data", {
    description:
      "The folder that holds what is stored on this machine: the SQLite file, the key that was made, the queue of deliveries. One service per folder.",
  }),
  store: optionalOneOf(["sqlite", "dynamodb"], {
    description: "Where readings are kept: `sqlite`, one file under `DATA_DIR`, or `dynamodb`, a table that replicas share.",
    preset: "`dynamodb` where `DYNAMODB_TABLE` or `DYNAMODB_ENDPOINT` is set, else `sqlite`",
  }),
  dynamodbTable: parsedBy(parseTableName, {
    description:
      "The table that holds everything, with `STORE=dynamodb`. Development makes it where there is none; elsewhere it has to be there.",
    preset: "`bg-ingest` in development; elsewhere it must be set",
  }),
  dynamodbEndpoint: parsedBy(parseDynamoDbEndpoint, {
    description:
      "Where DynamoDB is asked, with `STORE=dynamodb`. For AWS itself from development: `https://dynamodb.eu-central-1.amazonaws.com`, with its region.",
    preset: "`http://localhost:8000` in development; elsewhere AWS, in `AWS_REGION`",
  }),
  awsRegion: parsedBy(parseRegion, {
    description: "The region of the table, with `STORE=dynamodb`.",
    preset: "`us-east-1` in development; elsewhere it must be set",
  }),
  awsAccessKeyId: optionalText({
    description:
      "Who asks DynamoDB, for want of a role. It goes with `AWS_SECRET_ACCESS_KEY`. An endpoint in development that is not `https` takes anybody.",
    preset: "as the AWS SDK finds it: environment, profile, role",
  }),
  awsSecretAccessKey: optionalText({ description: "The secret of `AWS_ACCESS_KEY_ID`.", secret: true, preset: "the same" }),
  awsSessionToken: optionalText({
    description: "What a temporary `AWS_ACCESS_KEY_ID` needs beside its secret.",
    secret: true,
    preset: "the same",
  }),
  secretName: optionalText({
    description:
      "A secret of AWS Secrets Manager that is read at the start: one JSON object of settings, which stand over the environment and `.env`. It is read with `AWS_REGION` and the credentials above.",
    preset: "not set",
  }),
  awsEndpointUrlSecretsManager: parsedBy(parseDynamoDbEndpoint, {
    description: "Where Secrets Manager is asked, with `SECRET_NAME`.",
    preset: "AWS, in `AWS_REGION`",
  }),
  bus: optionalOneOf(["memory", "rabbitmq"], {
    description: "Who hears of new readings: `memory`, listeners inside this process, or `rabbitmq`, whoever listens at a broker.",
    preset: "`rabbitmq` where `RABBITMQ_URL` is set, else `memory`",
  }),
  rabbitmqUrl: parsedBy(parseBrokerUrl, {
    description: "The broker, with `BUS=rabbitmq`: `amqp://user:password@host:5672/virtual-host`, or `amqps://` for TLS.",
    secret: true,
    preset: "`amqp://guest:guest@localhost:5672` in development; elsewhere it must be set",
  }),
  rabbitmqNamespace: parsedBy(parseNamespace, {
    description:
      "What all names at the broker begin with, with `BUS=rabbitmq`: two services on one virtual host need two. The same for all replicas, and never changed while a delivery waits.",
    preset: "`bg`",
  }),
  plaintextHosts: listOf(HOST, "a host, as it stands in the address, without a port", {
    description:
      "Hosts between commas, as they stand in `RABBITMQ_URL`, `DYNAMODB_ENDPOINT` or `AWS_ENDPOINT_URL_SECRETS_MANAGER`, to which `staging` and `production` may speak without TLS: for a private network of which every machine is trusted with people's readings.",
    preset: "none but this machine",
  }),
  heartbeatSeconds: wholeNumber(1, 60, 5, {
    description:
      "How often a replica says that it is there, with `STORE=dynamodb`. One that is dead is replaced within three times as long. The same for all of them.",
  }),
  providers: listOf(PACKAGE_NAME, A_PACKAGE, {
    description: "Provider packages to load, between commas. Each one named here must be configured.",
    preset: "the built-in ones, outside development without the simulated sensor; those not configured are shown as such",
  }),
  allowFailing: listOf(PACKAGE_NAME, A_PACKAGE, {
    description:
      "Those of the provider packages without which the service may start, between commas: one that cannot be loaded is told in the log, and its connections say that they are stopped. Any other refuses the start.",
    preset: "none",
  }),
  vaultKey: parsedBy((text) => vaultKeyTexts(text), {
    description:
      "The key that seals stored credentials: the base64 of 32 bytes. Several with commas between: the first seals, all of them open.",
    secret: true,
    preset: "in development made on first start and kept under `DATA_DIR`, readable by you alone; elsewhere it must be set",
  }),
  authIssuer: parsedBy(parseIssuer, {
    description:
      "Who makes the tokens (JWT) that callers show, as it stands in their `iss`, such as `https://login.example.org/`. Without it keys of the service alone are taken.",
    preset: "not set",
  }),
  authAudience: optionalText({
    description: "For whom those tokens have to be made, as it stands in their `aud`. It goes with `AUTH_ISSUER`.",
    preset: "not set",
  }),
  authJwksUrl: parsedBy(parseKeysUrl, {
    description: "Where the keys are by which those tokens are signed (JWKS).",
    preset: "where `/.well-known/openid-configuration` of `AUTH_ISSUER` says",
  }),
  authAlgorithms: listOf(/^((RS|PS)(256|384|512)|ES(256|384|512)|EdDSA|Ed25519)$/, "an algorithm of public keys such as RS256", {
    description: "By which algorithms those tokens may be signed, between commas: of `RS…`, `PS…`, `ES…`, `EdDSA`, `Ed25519`.",
    preset: "`RS256,PS256,ES256,EdDSA,Ed25519`",
  }),
  authClockToleranceSeconds: wholeNumber(0, 300, 30, {
    description: "How far the clock of the issuer may be off, in seconds.",
  }),
  authSubjectClaim: anyText("sub", {
    description: "The claim of those tokens that names the person. It must be one that people cannot choose for themselves.",
  }),
  logLevel: oneOf(["debug", "info", "warn", "error", "silent"], "info", {
    description: "The least important lines that are logged: `debug`, `info`, `warn`, `error`, or `silent` for none.",
  }),
  demo: onOff({
    description: "Connects the person `demo` to the simulated sensor, with two weeks of history, on the first start.",
    preset: "`on` in development, else `off`",
  }),
  pollIntervalSeconds: wholeNumber(10, DAY_SECONDS, 900, {
    description: "Between two polls of a source, in seconds. A provider whose sensor measures less often is asked less often.",
  }),
  backoffFirstSeconds: wholeNumber(1, DAY_SECONDS, 15, {
    description: "After a failed attempt the next one comes within so many seconds; each further failure doubles them.",
  }),
  backoffLongestSeconds: wholeNumber(1, DAY_SECONDS, 900, { description: "The doubling ends here, in seconds." }),
  providerDeadlineSeconds: wholeNumber(1, 300, 30, {
    description: "A provider that has not answered after so many seconds is given up on, and asked again later.",
  }),
  backfillDays: optionalWholeNumber(1, 36_600, {
    description: "How much history is read when somebody connects, in days. What is stored already stays.",
    preset: "all that the provider has",
  }),
  rangeLimitDays: wholeNumber(1, 36_600, 366, {
    description: "The widest span of one range query, in days; a wider one is refused, never cut.",
  }),
  webhookBodyLimitBytes: wholeNumber(1_024, 64 * 1024 * 1024, 1024 * 1024, {
    description:
      "The largest webhook delivery that is taken, in bytes. 64 MiB of bodies are in hand at once, 16 MiB of one caller, or 8 and 2 of the largest where that is more; beyond it 503 or 429 is answered. With RabbitMQ at most `16777216`, and no more than its `max_message_size`.",
  }),
  callerRequestsPerSecond: optionalWholeNumber(1, 1_000_000, {
    description:
      "How often one caller, told by address, may ask in a second, on average; five seconds' worth may come at once, more is answered with 429.",
    preset: "as often as they like in development, else `50`",
  }),
  callerConnections: wholeNumber(1, 1_000_000, 256, {
    description: "How many connections one caller, told by address, may have open; more are closed at once.",
  }),
  requestsInFlight: wholeNumber(4, 1_000_000, 1_000, {
    description:
      "How many requests are answered at once. Beyond that callers who have many of them are turned away with 503; one caller has a quarter at most.",
  }),
  requestTimeoutSeconds: wholeNumber(1, 3_600, 15, {
    description: "A request whose headers and body have not arrived after so many seconds is answered with 408 and its connection closed.",
  }),
  answerTimeoutSeconds: wholeNumber(1, 3_600, 60, {
    description:
      "A client that in so many seconds takes nothing more of a large answer is hung up on; it has to take 2 MB at most. Answers that nobody reads use up memory.",
  }),
  trustedProxies: listOf(isAddressOrNetwork, "an address, or a network such as 10.0.0.0/8", {
    description:
      "Addresses or networks of the proxies before the service, between commas: their `X-Forwarded-For` tells from whom a request comes. Without it everybody behind a proxy is one caller.",
    preset: "none",
  }),
  metricsToken: parsedBy(parseMetricsToken, {
    description:
      "What a scraper sends as a bearer token to read `/metrics`; it opens nothing else. Letters, digits and `- . _ ~ + / =`, 16 or more.",
    secret: true,
    preset: "none: `/metrics` answers only while nobody but this machine can reach the service",
  }),
  shutdownGraceSeconds: wholeNumber(1, 600, 10, {
    description:
      "When told to stop, the service lets go of whatever is still being worked on after so many seconds. Nothing accepted is lost.",
  }),
});

/** As they are given: `Settings` are text and numbers, and whoever opens the vault parses them. */
function vaultKeyTexts(text: string): Result<readonly string[], string> {
  const texts = Object.freeze(text.split(",").map((word) => word.trim()));
  return parseVaultKeys(texts).map(() => texts);
}

type Parsed = z.output<typeof settingsSchema>;

/** What depends on others where it is not set. */
type Derived = "demo" | "store" | "bus";

/** Frozen; `undefined` stands where something is not set and has no default. */
export type Settings = Readonly<Omit<Parsed, Derived>> & { readonly [K in Derived]: Exclude<Parsed[K], undefined> };

export type SettingKey = keyof typeof settingsSchema.shape;

export const SETTING_KEYS = Object.keys(settingsSchema.shape) as readonly SettingKey[];
