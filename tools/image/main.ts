// Carries out the Dockerfile without an engine and starts what comes out, as docs/operations.md says it: alone, with the settings and services of the
// compose file, and with a provider added. Linux alone: namespaces stand in for the engine.
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseEnv } from "node:util";
import { startDynamoDbLocal } from "../services/dynamodb-local.ts";
import { startPrivateRabbitMq } from "../services/rabbitmq.ts";
import { type Building, buildImage, type Image } from "./build-image.ts";
import { type Container, type ContainerSettings, runContainer, startContainer } from "./container.ts";
import { dockerfileIn } from "./dockerfile-in.ts";
import { usrLocal } from "./in-root.ts";
import { makeTable, settingsOfProduction } from "./production.ts";

/** Where it has been tried that it listens for others. */
const HERE = { HOST: "127.0.0.1" };

const repository = join(import.meta.dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "bg-ingest-image-"));
process.once("exit", () => rmSync(folder, { recursive: true, force: true }));

const store = execFileSync("npx", ["--yes", "pnpm@12", "store", "path"], { cwd: repository, encoding: "utf8" }).trim().split("\n").at(-1);
const shared = { folder, usrLocal: usrLocal(join(folder, "local")), cache: dirname(store ?? "") };

const image = step("the steps of the Dockerfile", () =>
  buildImage(textOf("Dockerfile"), { ...shared, context: repository, images: new Map() }),
);
console.log(`${execFileSync("du", ["-sm", join(image.root, "opt")], { encoding: "utf8" }).split("\t")[0]} MiB beside Node`);

await tried("with no setting at all", image, {}, async ({ url }, volume) => {
  strictEqual((await checksOf(url)).get("store"), true);
  // It listens for others, as an image must, and so asks everybody for the key that it made.
  const key = readFileSync(join(volume, "api.key"), "utf8").trim();
  const statusWith = async (headers: Readonly<Record<string, string>>) => (await fetch(`${url}/api/providers`, { headers })).status;
  deepStrictEqual([await statusWith({}), await statusWith({ authorization: `Bearer ${key}` })], [401, 200]);
  strictEqual(readdirSync(volume).includes("bg-ingest.sqlite"), true);
});

const rabbitMq = await startPrivateRabbitMq();
if (rabbitMq === null) throw new Error("There is no RabbitMQ here: apt-get install --no-install-recommends rabbitmq-server");
const dynamoDb = await startDynamoDbLocal();
await tried(
  "with the settings of the compose file",
  image,
  { ...settingsOfCompose(dynamoDb.endpoint, rabbitMq.url), ...HERE },
  async ({ url }) => {
    strictEqual((await checksOf(url)).get("bus"), true);
  },
);

const production = {
  ...settingsOfProduction(textOf("docs/operations.md")),
  DYNAMODB_ENDPOINT: dynamoDb.endpoint,
  RABBITMQ_URL: rabbitMq.url,
  ...HERE,
};
await refused("in production without anything that it needs", image, { APP_ENV: "production", STORE: "dynamodb" }, [
  "VAULT_KEY",
  "PUBLIC_URL",
  "DYNAMODB_TABLE",
  "AWS_REGION",
  "BUS",
  "AUTH_ISSUER",
]);
await refused("in production without a table", image, production, ["STORE=dynamodb"]);
await makeTable(dynamoDb.endpoint, textOf("packages/store-dynamodb/cloudformation.json"), production.DYNAMODB_TABLE);
await refused("in production where nobody could call", image, production, ["keys add"]);
const key = await keyMadeBy(image, production);
await tried("in production", image, production, async ({ url }, volume) => {
  const checks = await checksOf(url);
  deepStrictEqual([checks.get("store"), checks.get("cluster"), checks.get("bus")], [true, true, true]);
  const statusWith = async (headers: Readonly<Record<string, string>>) => (await fetch(`${url}/api/providers`, { headers })).status;
  deepStrictEqual([await statusWith({}), await statusWith({ authorization: `Bearer ${key}` })], [401, 200]);
  deepStrictEqual(readdirSync(volume), [], "Nothing is to be written in production.");
});
await Promise.all([dynamoDb.stop(), rabbitMq.end()]);

const derived = step("the steps of the image with a provider added", () => {
  const context = join(folder, "context");
  mkdirSync(context);
  writeFileSync(join(context, ".dockerignore"), "");
  execFileSync("npm", ["pack", "--silent", "--pack-destination", context], {
    cwd: join(repository, "tools/fixtures/acme-bg-ingest-provider"),
    stdio: ["ignore", "ignore", "inherit"],
  });
  const building: Building = { ...shared, context, images: new Map([["diabetesai/bg-ingest", image]]) };
  return buildImage(dockerfileIn(textOf("docs/operations.md")), building);
});
await tried("with a provider added", derived, { DEXCOM_CLIENT_ID: "id", DEXCOM_CLIENT_SECRET: "secret", ...HERE }, async (container) => {
  strictEqual(container.said().includes('"provider":"acme"'), true, container.said());
});

/** Starts it on an empty volume, looks, stops it, and looks whether it stopped well. */
async function tried(
  name: string,
  from: Image,
  environment: Readonly<Record<string, string>>,
  look: (container: Container, volume: string) => Promise<void>,
): Promise<void> {
  const startedAtMs = Date.now();
  const settings = onEmptyVolume(from, environment);
  const { volume } = settings;
  const container = await startContainer(from, settings);
  strictEqual(await container.checkHealth(), 0, "The health check says that it is not healthy.");
  await look(container, volume);
  strictEqual(await container.stop(), 0, container.said());
  strictEqual(container.said().includes("BG Ingest has stopped."), true, container.said());
  strictEqual(await container.checkHealth(), 1, "The health check says that what has stopped is healthy.");
  console.log(`${name}: ready, healthy and stopped in ${Date.now() - startedAtMs} ms`);
}

/** Starts what has to refuse, and looks whether it says everything that is wrong, at once, and ends. */
async function refused(name: string, from: Image, environment: Readonly<Record<string, string>>, told: readonly string[]): Promise<void> {
  const { code, said } = await runContainer(from, onEmptyVolume(from, environment));
  strictEqual(code, 1, said);
  deepStrictEqual(
    told.filter((each) => !said.includes(each)),
    [],
    said,
  );
  console.log(`${name}: refused, and all of it told`);
}

/** As docs/operations.md says it: with the same settings, before the first start. */
async function keyMadeBy(from: Image, environment: Readonly<Record<string, string>>): Promise<string> {
  const { code, said } = await runContainer(from, onEmptyVolume(from, environment), [
    "keys",
    "add",
    "--name",
    "dashboard",
    "--scopes",
    "read",
  ]);
  strictEqual(code, 0, said);
  return /bgk_[\w-]{43}/.exec(said)?.[0] ?? "";
}

/** As an engine fills a new volume: with what the image has there. */
function onEmptyVolume(from: Image, environment: Readonly<Record<string, string>>): ContainerSettings {
  const volume = join(mkdtempSync(join(folder, "volume-")), "data");
  execFileSync("cp", ["-a", join(from.root, from.volumes[0] ?? ""), volume]);
  return { environment, volume, usrLocal: shared.usrLocal };
}

function step<T>(name: string, work: () => T): T {
  const startedAtMs = Date.now();
  const done = work();
  console.log(`${name}: ${Date.now() - startedAtMs} ms`);
  return done;
}

/** Those of `.env.dev`, with the services where they are here. */
function settingsOfCompose(dynamoDbEndpoint: string, rabbitMqUrl: string): Readonly<Record<string, string>> {
  const text = textOf("infra/.env.dev");
  const settings = parseEnv(
    text.replace("http://dynamodb:8000", dynamoDbEndpoint).replace(/amqp:\/\/\S+@rabbitmq:5672/, rabbitMqUrl),
  ) as Readonly<Record<string, string>>;
  deepStrictEqual([settings["DYNAMODB_ENDPOINT"], settings["RABBITMQ_URL"]], [dynamoDbEndpoint, rabbitMqUrl]);
  return settings;
}

function textOf(path: string): string {
  return readFileSync(join(repository, path), "utf8");
}

async function checksOf(url: string): Promise<ReadonlyMap<string, boolean>> {
  const { checks } = (await (await fetch(`${url}/readyz`)).json()) as {
    readonly checks: readonly { readonly name: string; readonly ok: boolean }[];
  };
  return new Map(checks.map(({ name, ok }) => [name, ok]));
}
