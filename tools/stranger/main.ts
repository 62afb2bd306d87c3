// A stranger's day: a provider that knows only what is published is installed from packed files in a folder of its own, tested, built and packed, and
// then loaded by a service that was installed from packed files as well. Nothing here finds this workspace.
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { printedBy, strangersEnvironment } from "./create-stranger.ts";
import { packPackages } from "./pack-packages.ts";
import { started } from "./started.ts";

const PROVIDER = "@acme/bg-ingest-provider-librelinkup";
const WITHIN_MS = 120_000;

const repository = join(import.meta.dirname, "../..");
const folder = realpathSync(mkdtempSync(join(tmpdir(), "bg-ingest-stranger-")));
process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
const environment = strangersEnvironment();

const packed = step("our packages are packed", () => packPackages(repository, makeFolder("packed")));
const core = packed.find((path) => basename(path).startsWith("bg-ingest-core-")) ?? "";

const provider = join(folder, "provider");
cpSync(join(repository, "examples/provider-librelinkup"), provider, {
  recursive: true,
  filter: (path) => !["node_modules", "dist"].includes(basename(path)),
});
step("the provider installs what it needs", () => npm(provider, "install", "--save-dev", core));
ok(realpathSync(join(provider, "node_modules/@bg-ingest/core")).startsWith(provider));
ok(!existsSync(join(provider, "node_modules/@bg-ingest/core/src/index.test.ts")));
step("its types hold", () => npm(provider, "run", "typecheck"));
const tests = step("its tests pass", () => npm(provider, "test"));
const passed = Number(/^\S pass (\d+)$/m.exec(tests)?.[1] ?? 0);
ok(passed > 200, tests);
console.log(`  ${passed} tests, the contract suite among them`);
step("it is built and packed", () => npm(provider, "pack", "--pack-destination", makeFolder("published")));
const [published = ""] = readdirSync(join(folder, "published"));

const service = makeFolder("service");
writeFileSync(join(service, "package.json"), JSON.stringify({ name: "our-service", private: true }));
step("a service is installed, and the provider beside it", () => npm(service, "install", ...packed, join(folder, "published", published)));

const stub = await started("node", ["stub/main.ts"], { cwd: provider, env: environment }, (said) => said.includes("Log in as"));
const [, apiUrl = "", regionUrl = ""] = /LIBRELINKUP_API_URL=(\S+) LIBRELINKUP_REGION_URL=(\S+)/.exec(stub.said()) ?? [];
const [, email, password] = /Log in as (\S+) with the password (\S+)/.exec(stub.said()) ?? [];
const settings = { PORT: "0", PROVIDERS: PROVIDER, LIBRELINKUP_API_URL: apiUrl, LIBRELINKUP_REGION_URL: regionUrl };

await refusesAnotherVersion();

const bin = join(service, "node_modules/.bin/bg-ingest");
const startedAtMs = Date.now();
const running = await started(bin, [], { cwd: service, env: { ...environment, ...settings } }, (said) => /ready at http\S+\./.test(said));
const url = /ready at (http\S+)\./.exec(running.said())?.[1] ?? "";
ok(running.said().includes('"provider":"librelinkup"'), running.said());

const { status: wrong } = await post("anna", { email, password: `${password}x` });
strictEqual(wrong, 422, "a wrong password is refused");
const connected = await post("anna", { email, password });
strictEqual(connected.status, 201, `the person is connected: ${await connected.text()}`);
const readings = await until("readings arrive", async () => {
  const from = new Date(Date.now() - 13 * 3_600_000).toISOString();
  const answer = (await (await fetch(`${url}/api/bg/anna?from=${from}&detail=full`)).json()) as readonly Readonly<
    Record<string, unknown>
  >[];
  return answer.length > 100 ? answer : null;
});
const latest = readings.at(-1);
ok(Date.now() - Date.parse(String(latest?.["timestamp"])) < 10 * 60_000, "the current reading is there, which the graph does not have");
ok(latest?.["trend"] !== "unknown", "and its arrow");
ok(
  readings.every((reading) => reading["utc_offset_minutes"] === 345),
  "and the wearer's clock",
);
ok(!running.said().includes(String(password)) && !running.said().includes("stub."), "no password and no token is in the log");
strictEqual(await running.stop(), 0, running.said());
strictEqual(await stub.stop(), 0, stub.said());
console.log(`${readings.length} readings came through a login, over the API: ${Date.now() - startedAtMs} ms`);

/** A provider of a later interface is refused by name, and the service says what it serves. */
async function refusesAnotherVersion(): Promise<void> {
  const later = join(service, "node_modules/@acme/later");
  mkdirSync(later);
  writeFileSync(
    join(later, "package.json"),
    JSON.stringify({ name: "@acme/later", version: "1.0.0", type: "module", exports: "./index.js" }),
  );
  writeFileSync(
    join(later, "index.js"),
    `import { provider as other } from "${PROVIDER}";\nexport const provider = { ...other, name: "later", apiVersion: 2 };\n`,
  );
  const refusing = { ...environment, ...settings, PROVIDERS: "@acme/later", DATA_DIR: join(folder, "refused") };
  const said = await started(join(service, "node_modules/.bin/bg-ingest"), [], { cwd: service, env: refusing }, () => false).then(
    () => "",
    (refused: unknown) => String(refused),
  );
  deepStrictEqual([/@acme\/later/.test(said), /\b2\b/.test(said), /\b1\b/.test(said)], [true, true, true], said);
}

function post(user: string, fields: unknown): Promise<Response> {
  return fetch(`${url}/api/connections/${user}/librelinkup`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(fields),
  });
}

async function until<T>(what: string, look: () => Promise<T | null>): Promise<T> {
  for (const untilMs = Date.now() + WITHIN_MS; Date.now() < untilMs; await sleep(200)) {
    const found = await look();
    if (found !== null) return found;
  }
  throw new Error(`Not within ${WITHIN_MS / 1_000} s: ${what}. The service said:\n${running.said()}`);
}

function npm(cwd: string, ...words: readonly string[]): string {
  const quiet = ["--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"];
  const done = spawnSync("npm", [...words, ...quiet], { cwd, env: environment, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 });
  if (done.status === 0) return done.stdout;
  throw new Error(`npm ${words.join(" ")} failed in ${cwd}:\n${printedBy(done)}`, { cause: done.error });
}

function makeFolder(name: string): string {
  const path = join(folder, name);
  mkdirSync(path);
  return path;
}

function step<T>(name: string, work: () => T): T {
  const begunAtMs = Date.now();
  const done = work();
  console.log(`${name}: ${Date.now() - begunAtMs} ms`);
  return done;
}
