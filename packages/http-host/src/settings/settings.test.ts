import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { secretValues } from "./secret-values.ts";
import { getSettings, loadSettings } from "./settings.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "settings-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const fileOf = (text: string): string => {
  const path = join(folder, `env-${Math.abs(text.length * 31 + text.charCodeAt(0))}`);
  writeFileSync(path, text);
  return path;
};
const absent = () => join(folder, "not-there");

describe("loadSettings", () => {
  it("reads a file as it is written on any machine", async () => {
    const loaded = await loadSettings({}, fileOf('\uFEFFPORT=8080\r\n# a comment\r\nDATA_DIR="./my data"\r\nACME_KEY=k\r\n'));
    const { settings, environment } = loaded._unsafeUnwrap();
    expect(settings).toMatchObject({ port: 8080, dataDir: "./my data" });
    expect(environment).toEqual({ PORT: "8080", DATA_DIR: "./my data", ACME_KEY: "k" });
  });

  it("lets the environment stand over the file", async () => {
    const loaded = await loadSettings({ PORT: "1" }, fileOf("PORT=2\nRANGE_LIMIT_DAYS=5"));
    expect(loaded._unsafeUnwrap()).toMatchObject({ settings: { port: 1, rangeLimitDays: 5 }, environment: { PORT: "1" } });
  });

  it("is what getSettings answers with, always the same frozen one", async () => {
    const loaded = await loadSettings({ PORT: "4711" }, absent());
    expect(getSettings()).toBe(loaded._unsafeUnwrap().settings);
    expect(getSettings()).toBe(getSettings());
    expect(Object.isFrozen(getSettings())).toBe(true);
  });

  it("says what is wrong, all of it, and changes nothing then", async () => {
    const before = await loadSettings({ PORT: "4711" }, absent());
    expect(before.isOk()).toBe(true);
    const refused = await loadSettings({ PORT: "abc", LOG_LEVEL: "loud" }, absent());
    expect(refused._unsafeUnwrapErr().message).toBe(
      [
        "2 settings are not as they should be, so BG Ingest does not start:",
        '  PORT: "abc" is not a whole number from 0 to 65535.',
        '  LOG_LEVEL: "loud" is none of debug, info, warn, error, silent.',
        "docs/configuration.md lists every setting.",
      ].join("\n"),
    );
    expect(getSettings().port).toBe(4711);
  });

  it("counts what is wrong, and reminds of what may be right as it is", async () => {
    const rest = { APP_ENV: "staging", STORE: "sqlite", PUBLIC_URL: "https://bg.example.org" };
    const refused = await loadSettings(rest, absent());
    expect(refused._unsafeUnwrapErr().message.split("\n")).toEqual([
      "One setting is not as it should be, so BG Ingest does not start:",
      expect.stringMatching(/^ {2}VAULT_KEY: outside development it must be set\./),
      "It may be right, but look at it as well:",
      expect.stringMatching(/^ {2}AUTH_ISSUER: it is not set, so callers need a key/),
      "docs/configuration.md lists every setting.",
    ]);
  });

  it("says it of one setting as of one, and puts no stop behind a question", async () => {
    const refused = await loadSettings({}, fileOf("DATA_DIRECTORY=/srv/bg"));
    expect(refused._unsafeUnwrapErr().message.split("\n").slice(0, 2)).toEqual([
      "One setting is not as it should be, so BG Ingest does not start:",
      "  DATA_DIRECTORY: there is no such setting. Did you mean DATA_DIR?",
    ]);
  });

  it("refuses a line of the file that sets nothing, without showing what stands there", async () => {
    const refused = await loadSettings({}, fileOf('# a comment\n\nDATA_DIR="a\nb c"\nVAULT_KEY my-secret\nPORT=1'));
    const { message } = refused._unsafeUnwrapErr();
    expect(message).toContain("line 5 is neither NAME=value nor a comment (#).");
    expect(message).not.toContain("my-secret");
    expect((await loadSettings({}, fileOf("export PORT=1\n  LOG_LEVEL = debug # loud\r\n\r\nDATA_DIR='it is \"mine\"'\n"))).isOk()).toBe(
      true,
    );
  });

  it("says so if the file is there and cannot be read", async () => {
    mkdirSync(join(folder, "a-folder"), { recursive: true });
    const refused = await loadSettings({}, join(folder, "a-folder"));
    expect(refused._unsafeUnwrapErr().message).toMatch(/a-folder: the file is there and cannot be read \(EISDIR\)/);
  });

  it("knows which values are secret", async () => {
    const keys = ["MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=", "MTEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="];
    const loaded = await loadSettings({ VAULT_KEY: keys.join(",") }, absent());
    expect(secretValues(loaded._unsafeUnwrap().settings)).toEqual(keys);
  });
});
