import { randomBytes } from "node:crypto";
import { parseEnv } from "node:util";

type Settings = Readonly<Record<string, string>> & { readonly DYNAMODB_TABLE: string };

/** Those that the page shows for production, with what each service has to make for itself in the place of `…`. */
export function settingsOfProduction(page: string): Settings {
  const [, block = ""] = /^### Settings for production\n\n```sh\n([\s\S]*?)^```$/m.exec(page) ?? [];
  const shown = parseEnv(block) as Readonly<Record<string, string>>;
  const made = Object.entries(shown).map(
    ([name, value]) => [name, value.includes("…") ? randomBytes(32).toString("base64") : value] as const,
  );
  // The page says to give the process a role, which takes AWS. The table of the development's settings stands beside it here.
  const here = { AWS_ACCESS_KEY_ID: "local", AWS_SECRET_ACCESS_KEY: "local", DYNAMODB_TABLE: "bg-ingest-production" };
  return { ...Object.fromEntries(made), ...here };
}

/** Makes the table as the template says it. DynamoDB Local looks at no signature. */
export async function makeTable(endpoint: string, template: string, name: string): Promise<void> {
  const { Resources } = JSON.parse(template) as {
    readonly Resources: { readonly Table: { readonly Properties: Readonly<Record<string, unknown>> } };
  };
  const { AttributeDefinitions, KeySchema, BillingMode } = Resources.Table.Properties;
  const answer = await fetch(endpoint, {
    method: "POST",
    headers: {
      "content-type": "application/x-amz-json-1.0",
      "x-amz-target": "DynamoDB_20120810.CreateTable",
      authorization: "AWS4-HMAC-SHA256 Credential=local/20260101/eu-central-1/dynamodb/aws4_request, SignedHeaders=host, Signature=none",
    },
    body: JSON.stringify({ TableName: name, AttributeDefinitions, KeySchema, BillingMode }),
  });
  if (!answer.ok) throw new Error(`The table could not be made: ${await answer.text()}`);
}
