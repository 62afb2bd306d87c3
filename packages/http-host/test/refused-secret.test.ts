import type { RequestListener } from "node:http";
import { describe, expect, it } from "vitest";
import { startApplication } from "./application.ts";
import { answering, holding, refusing, standIn } from "./secrets-manager.ts";

const NAME = "bg/production";

const environmentAt = (endpoint: string) => ({
  APP_ENV: "production",
  SECRET_NAME: NAME,
  AWS_REGION: "eu-central-1",
  AWS_ACCESS_KEY_ID: "id",
  AWS_SECRET_ACCESS_KEY: "secret",
  AWS_ENDPOINT_URL_SECRETS_MANAGER: endpoint,
});

/** Two more faults, each of which is one whatever the secret says. */
const WRONG = { PORT: "many", DYNAMODB_TABEL: "bg" };

const CASES: readonly (readonly [string, RequestListener, RegExp])[] = [
  ["missing", refusing("ResourceNotFoundException"), /there is no secret "bg\/production" at http:\S+\. Check the name/],
  ["denied", refusing("AccessDeniedException"), /reading the secret .* is denied .* needs secretsmanager:GetSecretValue on it/],
  ["not JSON", holding("VAULT_KEY=canary"), /the secret "bg\/production" is not JSON/],
  ["bytes", answering(200, { Name: NAME, SecretBinary: "Y2FuYXJ5" }), /the secret "bg\/production" holds bytes and no text/],
  ["not answered for", () => undefined, /did not answer within 15 s\. Check the network/],
];

describe("a secret keeps the service from starting, in its own words, beside all else that is wrong, if it is", () => {
  it.each(CASES)(
    "%s",
    async (_, answer, words) => {
      const { ended, said, complaints } = await startApplication({ ...environmentAt(await standIn(answer)), ...WRONG });
      expect(await ended, complaints()).toBe("1");
      const lines = complaints().trim().split("\n");
      expect(lines[0]).toBe("3 settings are not as they should be, so BG Ingest does not start:");
      expect(lines[1]).toMatch(/^ {2}SECRET_NAME: /);
      expect(lines[1]).toMatch(words);
      expect(lines[2]).toContain('PORT: "many" is not a whole number');
      expect(lines[3]).toContain("DYNAMODB_TABEL: there is no such setting. Did you mean DYNAMODB_TABLE?");
      expect(`${said()}${complaints()}`).not.toContain("canary");
    },
    120_000,
  );
});

it("what is missing is not told while the secret cannot be read, for it may stand there, and all of it once it can", async () => {
  const unread = await startApplication(environmentAt(await standIn(refusing("AccessDeniedException"))));
  await unread.ended;
  expect(unread.complaints()).not.toContain("VAULT_KEY");
  const read = await startApplication(environmentAt(await standIn(holding('{"STORE":"dynamodb"}'))));
  expect(await read.ended).toBe("1");
  for (const name of ["VAULT_KEY", "PUBLIC_URL", "DYNAMODB_TABLE", "BUS", "AUTH_ISSUER"])
    expect(read.complaints()).toContain(`  ${name}: `);
}, 120_000);
