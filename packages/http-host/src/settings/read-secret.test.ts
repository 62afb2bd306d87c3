import type { RequestListener } from "node:http";
import { expect, it } from "vitest";
import { newDataDir } from "../../test/running-host.ts";
import { answering, holding, refusing, standIn } from "../../test/secrets-manager.ts";
import { createHost } from "../create-host.ts";
import { readSecret } from "./read-secret.ts";
import { getSettings, loadSettings } from "./settings.ts";

const environmentAt = (endpoint: string, more: Readonly<Record<string, string>> = {}) => ({
  SECRET_NAME: "bg/test",
  AWS_REGION: "eu-central-1",
  AWS_ACCESS_KEY_ID: "id",
  AWS_SECRET_ACCESS_KEY: "secret",
  AWS_ENDPOINT_URL_SECRETS_MANAGER: endpoint,
  ...more,
});

const refusalOf = async (answer: RequestListener) =>
  (await loadSettings(environmentAt(await standIn(answer)), "/dev/null"))._unsafeUnwrapErr().message;

it("what a secret says stands over the environment", async () => {
  let asked = "";
  const endpoint = await standIn((request, response) => {
    asked = `${request.headers["x-amz-target"]} ${request.headers["authorization"]}`;
    holding('{"PORT":7001,"LOG_LEVEL":"debug","DEMO":false}')(request, response);
  });
  const loaded = (await loadSettings(environmentAt(endpoint, { PORT: "6001", POLL_INTERVAL_SECONDS: "60" }), "/dev/null"))._unsafeUnwrap();
  expect(loaded.settings).toMatchObject({ port: 7001, logLevel: "debug", demo: false, pollIntervalSeconds: 60 });
  expect(getSettings()).toBe(loaded.settings);
  expect(loaded.environment["PORT"]).toBe("7001");
  expect(asked).toMatch(/^secretsmanager\.GetSecretValue AWS4-HMAC-SHA256 Credential=id\/\d+\/eu-central-1\//);
});

it.each([
  ["missing", refusing("ResourceNotFoundException"), 'there is no secret "bg/test"'],
  ["denied", refusing("AccessDeniedException"), "is denied"],
  ["about to be deleted", refusing("InvalidRequestException"), "about to be deleted"],
  ["not JSON", holding("canary"), "is not JSON"],
  ["no object", holding('["canary"]'), "is JSON, but no object"],
  ["of objects", holding('{"VAULT_KEY":{"canary":1}}'), 'as "VAULT_KEY"'],
  ["of bytes", answering(200, { Name: "bg", SecretBinary: "Y2FuYXJ5" }), "holds bytes and no text"],
] as const)("a secret that is %s keeps the service from starting, in its own words and without any of it", async (_, answer, words) => {
  const message = await refusalOf(answer);
  expect(message).toContain(`SECRET_NAME: `);
  expect(message).toContain(words);
  expect(message).not.toContain("canary");
});

it("a Secrets Manager that does not answer is given up on, and one that is not there is told", async () => {
  const place = { name: "bg", region: "eu-central-1", credentials: { accessKeyId: "id", secretAccessKey: "secret" } };
  const silent = await standIn(() => undefined);
  expect((await readSecret({ ...place, endpoint: silent }, 200))._unsafeUnwrapErr()).toContain("did not answer within 0.2 s");
  const gone = await readSecret({ ...place, endpoint: "http://127.0.0.1:1" });
  expect(gone._unsafeUnwrapErr()).toContain('the secret "bg" cannot be read at http://127.0.0.1:1');
});

it("outside development a secret is not asked for where anybody on the way could read it", async () => {
  const place = { APP_ENV: "production", AWS_ENDPOINT_URL_SECRETS_MANAGER: "http://secrets.invalid" };
  const { message } = (await loadSettings(environmentAt("", place), "/dev/null"))._unsafeUnwrapErr();
  expect(message).toContain("AWS_ENDPOINT_URL_SECRETS_MANAGER: without TLS it would carry the secrets of this service to secrets.invalid");
  expect(message).not.toContain("SECRET_NAME");
});

it("a wrong or misspelt setting in a secret is told as one anywhere else, a provider's too", async () => {
  const endpoint = await standIn(holding('{"PORT":"many","VAULT_KYE":"x"}'));
  const parts = { envFile: "/dev/null", importModule: (name: string) => import(name) };
  const created = await createHost({ ...parts, environment: environmentAt(endpoint, { DATA_DIR: newDataDir() }) });
  const { message } = created._unsafeUnwrapErr();
  expect(message).toContain('PORT: "many" is not a whole number');
  expect(message).toContain("Did you mean VAULT_KEY?");
});
