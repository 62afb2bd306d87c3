import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Instant } from "@bg-ingest/core";
import { afterEach, expect, it } from "vitest";
import { newDataDir } from "../../test/running-host.ts";
import { createHost } from "../create-host.ts";
import { whatToOpen } from "../demo/what-to-open.ts";
import type { Host } from "../host.ts";
import { newVaultKey } from "../vault/vault.ts";
import { runKeys } from "./run-keys.ts";

let running: Host | null = null;

afterEach(async () => {
  await running?.stop();
  running = null;
});

const base = { PORT: "0", DEMO: "off", LOG_LEVEL: "silent" };

async function keys(environment: Readonly<Record<string, string>>, ...args: readonly string[]) {
  let text = "";
  const write = (part: string) => {
    text += part;
  };
  const code = await runKeys({
    args,
    environment: { ...base, ...environment },
    envFile: "/dev/null",
    write,
    now: () => 1_745_000_000 as Instant,
  });
  return { code, text };
}

async function hostOf(environment: Readonly<Record<string, string>>) {
  return createHost({ environment: { ...base, ...environment }, envFile: "/dev/null", importModule: (name) => import(name) });
}

async function start(environment: Readonly<Record<string, string>>) {
  await running?.stop();
  running = (await hostOf(environment))._unsafeUnwrap();
  return (await running.start())._unsafeUnwrap();
}

const statusOf = async (url: string, key?: string) =>
  (await fetch(`${url}/api/providers`, { headers: key === undefined ? {} : { authorization: `Bearer ${key}` } })).status;

const keyIn = (text: string) => /bgk_[\w-]{43}/.exec(text)?.[0] as string;

it("a key that was made lets its holder in until it is revoked, while the service runs, and is shown once", async () => {
  const settings = { DATA_DIR: newDataDir() };
  const first = await keys(settings, "add", "--name", "dashboard", "--scopes", "read,write");
  expect([first.code, first.text]).toEqual([0, expect.stringContaining('"dashboard", read write, for everybody')]);
  const { url, access } = await start(settings);
  expect(access).toEqual({ isAsked: true, keyFile: null, newKey: null });
  expect([await statusOf(url), await statusOf(url, keyIn(first.text))]).toEqual([401, 200]);

  const second = await keys(settings, "add", "--name", "phone", "--scopes", "read", "--subject", "anna");
  expect(await statusOf(url, keyIn(second.text))).toBe(200);
  const listed = (await keys(settings, "list")).text;
  expect(listed.split("\n").filter((line) => line !== "")).toHaveLength(2);
  for (const made of [first, second]) expect(listed).not.toContain(keyIn(made.text).slice(4, 20));
  const id = listed
    .split("\n")
    .find((line) => line.includes("phone"))
    ?.split(" ")[0] as string;
  expect((await keys(settings, "revoke", id)).text).toContain("is revoked");
  expect((await keys(settings, "list")).text).toContain("REVOKED");
  expect((await keys(settings, "revoke", "0000")).code).toBe(1);
});

it.each([
  [["add"], "--name"],
  [["add", "--name", "x", "--scopes", "read,root"], "root"],
  [["add", "--name", "x"], "--scopes"],
  [["add", "--name", "x", "--scopes", "admin", "--subject", "anna"], "leave out one"],
  [["add", "--name", "x", "--scopes", "read", "--subject", "a b"], "--subject"],
  [["add", "--nmae", "x"], "nmae"],
  [["revoke"], "one id"],
  [["erase"], 'no "keys erase"'],
])("keys %j is refused, with words about it", async (args, words) => {
  const { code, text } = await keys({ DATA_DIR: newDataDir() }, ...args);
  expect([code, text]).toEqual([1, expect.stringContaining(words)]);
});

it("on this machine alone nobody is asked until a key was made, and keys that were all revoked open nothing", async () => {
  const settings = { DATA_DIR: newDataDir() };
  expect(await statusOf((await start(settings)).url)).toBe(200);
  expect(existsSync(join(settings.DATA_DIR, "api.key"))).toBe(false);
  const made = await keys(settings, "add", "--name", "x", "--scopes", "read");
  const id = (await keys(settings, "list")).text.split(" ")[0] as string;
  await keys(settings, "revoke", id);
  const { url } = await start(settings);
  expect([await statusOf(url), await statusOf(url, keyIn(made.text))]).toEqual([401, 401]);
});

it("erasing the one person for whom there was a key opens nothing", async () => {
  const settings = { DATA_DIR: newDataDir() };
  const { url } = await start(settings);
  const made = await keys(settings, "add", "--name", "anna's phone", "--scopes", "read", "--subject", "anna");
  expect([200, 204, 404]).toContain((await fetch(`${url}/api/bg/anna`, { method: "DELETE" })).status);
  const listed = (await keys(settings, "list")).text;
  expect(listed).toContain("of a person who was erased");
  expect(listed).not.toContain("anna");
  const again = await start(settings);
  expect([await statusOf(again.url), await statusOf(again.url, keyIn(made.text))]).toEqual([401, 401]);
});

it.each([{ HOST: "0.0.0.0" }, { PUBLIC_URL: "https://bg.example.org" }])(
  "where %j lets others reach it, the first start makes a key",
  async (reached) => {
    const settings = { DATA_DIR: newDataDir(), ...reached };
    const first = await start(settings);
    const file = join(settings.DATA_DIR, "api.key");
    const key = readFileSync(file, "utf8").trim();
    if (process.platform !== "win32") expect(statSync(file).mode & 0o777).toBe(0o600);
    expect([await statusOf(first.url), await statusOf(first.url, key)]).toEqual([401, 200]);
    const told = { dataDir: settings.DATA_DIR, store: "sqlite" } as const;
    expect(whatToOpen(first, told, 0)).toContain(`curl -H "Authorization: Bearer ${key}"`);

    const again = await start(settings);
    expect(again.access).toEqual({ isAsked: true, keyFile: file, newKey: null });
    expect(await statusOf(again.url, key)).toBe(200);
    expect(whatToOpen(again, told, 0)).not.toContain(key);
    expect(whatToOpen(again, told, 0)).toContain(`$(cat ${file})`);
  },
);

it("outside development a service that nobody could call does not start, and one with a key does", async () => {
  const settings = {
    APP_ENV: "production",
    STORE: "sqlite",
    VAULT_KEY: newVaultKey(),
    PUBLIC_URL: "https://bg.example.org",
    DATA_DIR: newDataDir(),
  };
  const refused = (await hostOf(settings))._unsafeUnwrapErr().message;
  expect(refused).toMatch(/^Nobody could call this service.*npx pnpm@12 keys add.*AUTH_ISSUER/);
  await keys(settings, "add", "--name", "app", "--scopes", "read");
  expect((await start(settings)).access.isAsked).toBe(true);
});
