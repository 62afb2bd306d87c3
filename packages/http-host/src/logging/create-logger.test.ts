import { globSync, readFileSync } from "node:fs";
import type { Logger } from "@bg-ingest/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canariesIn, recordedLog } from "../../test/log-lines.ts";
import { LOGGED_FIELDS } from "./log-fields.ts";

const TOKEN = "canary-token-8f3a";
const GLUCOSE = "287.4131";
const vaultKey = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";

const parsed = (line: string | undefined) => JSON.parse(line ?? "null") as Record<string, unknown>;

describe("a log line", () => {
  it("is one JSON object with time, level, fields and message", () => {
    const { logger, lines } = recordedLog();
    logger.info({ source: "annacgm00001", attempts: 3 }, "It was tried again.");
    expect(lines).toHaveLength(1);
    expect(parsed(lines[0])).toEqual({
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      level: "info",
      source: "annacgm00001",
      attempts: 3,
      msg: "It was tried again.",
    });
  });

  it("is what the core expects of a logger", () => {
    const { logger, lines } = recordedLog();
    const core: Logger = logger;
    core.warn({ provider: "acme" }, "Slow.");
    expect(parsed(lines[0])).toMatchObject({ level: "warn", provider: "acme" });
  });

  it("is written from the wanted level up", () => {
    const { logger, lines } = recordedLog({ LOG_LEVEL: "warn" });
    logger.info({}, "no");
    logger.warn({}, "yes");
    expect(lines).toHaveLength(1);
    const silent = recordedLog({ LOG_LEVEL: "silent" });
    silent.logger.error({}, "no");
    expect(silent.lines).toEqual([]);
  });

  it("shows a field that is not listed by its name alone", () => {
    const { logger, lines } = recordedLog();
    logger.info({ access_token: TOKEN, mgdl: Number(GLUCOSE) }, "Fetched.");
    expect(parsed(lines[0])).toMatchObject({ access_token: "[not listed]", mgdl: "[not listed]" });
  });
});

describe("no token, secret or glucose value", () => {
  const canaries = [TOKEN, GLUCOSE];
  const nested = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom(TOKEN, Number(GLUCOSE), [TOKEN], [Number(GLUCOSE)]),
      fc.dictionary(fc.string(), tie("value")),
      fc.array(tie("value")),
    ),
  })).value;

  it("is written, whatever is hidden under names that are not listed", () => {
    const name = fc.string().filter((it) => !LOGGED_FIELDS.has(it));
    fc.assert(
      fc.property(fc.dictionary(name, nested), (fields) => {
        const { logger, lines } = recordedLog();
        logger.info(fields, "Something happened.");
        const child = logger.child(fields);
        child.setBindings(fields);
        child.child(fields).info({}, "And again.");
        expect(canariesIn(lines, canaries)).toEqual([]);
      }),
    );
  });

  it("is written from objects and lists of numbers, even under a listed name", () => {
    const { logger, lines } = recordedLog();
    logger.info({ readings: [Number(GLUCOSE)], source: { token: TOKEN }, provider: new URLSearchParams({ token: TOKEN }) }, "Fetched.");
    expect(canariesIn(lines, canaries)).toEqual([]);
  });

  it("is written from an error's cause, body or other baggage", () => {
    const error = Object.assign(new Error("the vendor answered 401", { cause: { body: TOKEN, code: "ECONNREFUSED" } }), {
      response: TOKEN,
      value: GLUCOSE,
    });
    const { logger, lines } = recordedLog();
    logger.error({ error }, "It failed.");
    logger.error({ err: error }, "It failed.");
    logger.error({ error: { kind: "retry", message: "busy", cause: error, body: TOKEN } }, "It failed.");
    expect(canariesIn(lines, canaries)).toEqual([]);
    expect(parsed(lines[0])["error"]).toMatchObject({ name: "Error", message: "the vendor answered 401", code: "ECONNREFUSED" });
    expect(parsed(lines[0])["error"]).toHaveProperty("at.0", expect.stringContaining("create-logger.test.ts"));
    expect(parsed(lines[2])["error"]).toEqual({ name: "retry", message: "busy" });
  });

  it("is written from what could not be parsed, which its error quotes", () => {
    const { logger, lines } = recordedLog();
    for (const text of [`{"value":${GLUCOSE} oops`, `${TOKEN}`]) {
      try {
        JSON.parse(text);
      } catch (error) {
        logger.error({ error }, "It failed.");
        logger.error(error as Error);
      }
    }
    expect(lines).toHaveLength(4);
    expect(canariesIn(lines, canaries)).toEqual([]);
  });

  it("is written from lines of a message that look like places", () => {
    const { logger, lines } = recordedLog();
    logger.error({ error: new SyntaxError(`unexpected\n    at ${TOKEN} (body.json:1:1)`) }, "It failed.");
    expect(canariesIn(lines, canaries)).toEqual([]);
    expect(parsed(lines[0])["error"]).toHaveProperty("at.0", expect.stringContaining("create-logger.test.ts"));
  });

  it("is written from a message that is no text", () => {
    const { logger, lines } = recordedLog();
    for (const message of [{ body: TOKEN }, [Number(GLUCOSE)], Object.assign(() => TOKEN, { value: GLUCOSE })])
      logger.info({ provider: "acme" }, message as unknown as string);
    expect(lines).toHaveLength(3);
    expect(canariesIn(lines, canaries)).toEqual([]);
  });

  it("is written from an error that cannot be read, which is told as far as it can", () => {
    const { logger, lines } = recordedLog();
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const odd = Object.defineProperty(new Error("odd"), "message", { value: { body: TOKEN } });
    for (const error of [odd, Object.assign(new Error("odd"), { stack: [TOKEN] }), proxy]) logger.error({ error }, "It failed.");
    expect(lines).toHaveLength(3);
    expect(canariesIn(lines, canaries)).toEqual([]);
  });

  it("is written from a stack, of which the places alone are shown", () => {
    const { logger, lines } = recordedLog();
    const { stack = "" } = new Error(`${TOKEN}\n${GLUCOSE}`);
    logger.error({ stack }, "It failed.");
    logger.error({ stack: stack.split("\n") }, "It failed.");
    logger.error({ stack: [Number(GLUCOSE)] }, "It failed.");
    logger.error({ stack: { body: TOKEN } }, "It failed.");
    expect(canariesIn(lines, canaries)).toEqual([]);
    for (const line of lines.slice(0, 2)) {
      expect(parsed(line)).toHaveProperty("stack.0", expect.stringContaining("create-logger.test.ts"));
    }
  });

  it("is written as the name of a person, which may be an e-mail address", () => {
    const { logger, lines } = recordedLog();
    const anna = "anna@example.org";
    for (const name of ["user", "users", "userId", "user_id"]) logger.info({ [name]: anna }, "Connected.");
    expect(canariesIn(lines, [anna])).toEqual([]);
  });

  it("is written once it is known to be secret, whatever way it is written", () => {
    const secret = `p"ä\\ss wörd+${TOKEN}`;
    const { logger, lines, hide } = recordedLog();
    hide([secret]);
    const basic = ["", "a", "ab"].map((before) => Buffer.from(`${before}${secret}`).toString("base64"));
    logger.info({ reason: secret }, `raw ${secret}`);
    logger.info({ reason: encodeURIComponent(secret) }, new URLSearchParams({ secret }).toString());
    logger.info({ reason: basic.join(" ") }, `Basic ${Buffer.from(`client:${secret}`).toString("base64")}`);
    logger.error({ error: new Error(`refused: ${secret}`) }, "It failed.");
    expect(canariesIn(lines, [secret, TOKEN])).toEqual([]);
    for (const line of lines) expect(() => parsed(line)).not.toThrow();
    for (const text of basic) expect(lines.join("")).not.toContain(text.slice(8, 24));
  });

  it("is written from the settings that are marked secret", () => {
    const { logger, lines } = recordedLog({ VAULT_KEY: vaultKey });
    logger.info({ reason: vaultKey }, `The key is ${vaultKey}`);
    expect(canariesIn(lines, [vaultKey])).toEqual([]);
  });

  it("would go unnoticed: the scan finds one that is planted", () => {
    const { logger, lines } = recordedLog();
    logger.info({ reason: TOKEN }, `the value is ${GLUCOSE}`);
    expect(canariesIn(lines, canaries)).toEqual(canaries);
  });

  it("takes a line's shape away: a secret of three letters is not looked for", () => {
    const { logger, lines, hide } = recordedLog();
    hide(["inf"]);
    logger.info({}, "info");
    expect(parsed(lines[0])).toMatchObject({ level: "info" });
  });
});

describe("the list of fields", () => {
  it("holds every field that the project's own code logs", () => {
    const root = new URL("../../../../", import.meta.url).pathname;
    const files = globSync("packages/*/src/**/*.ts", { cwd: root }).filter((file) => !file.includes(".test"));
    const calls = files.flatMap((file) => [
      ...readFileSync(root + file, "utf8").matchAll(/logger\s*\.(?:debug|info|warn|error)\(\s*\{([^}]*)\}/g),
    ]);
    const names = calls
      .flatMap(([, fields = ""]) => fields.split(",").map((field) => field.trim().split(":")[0] ?? ""))
      .filter((name) => /^\w+$/.test(name));
    expect(names.length).toBeGreaterThan(5);
    expect([...new Set(names)].filter((name) => !LOGGED_FIELDS.has(name) && !["error", "stack"].includes(name))).toEqual([]);
  });
});

describe("a line at a terminal in development", () => {
  it("is made for the eye", () => {
    const { logger, lines } = recordedLog({}, true);
    logger.warn({ source: "annacgm00001", reason: "it was busy" }, "It is asked again.");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours
    const plain = lines.join("").replace(/\u001b\[\d+m/g, "");
    expect(plain).toMatch(/^\d\d:\d\d:\d\d warn {2}It is asked again\. source=annacgm00001 reason="it was busy"\n$/);
  });

  it("cannot move the cursor", () => {
    const { logger, lines } = recordedLog({}, true);
    logger.info({ reason: "\u001b[2J" }, "\u001b[2J\rgone");
    for (const moving of ["\u001b[2J", "\r"]) expect(lines.join("")).not.toContain(moving);
  });

  it("shows no secret either", () => {
    const { logger, lines, hide } = recordedLog({}, true);
    hide([TOKEN]);
    logger.info({ reason: TOKEN, body: TOKEN }, TOKEN);
    expect(canariesIn(lines, [TOKEN])).toEqual([]);
  });
});
