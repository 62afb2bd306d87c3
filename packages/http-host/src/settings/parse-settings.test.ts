import { settingName } from "@bg-ingest/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { newVaultKey } from "../vault/vault.ts";
import { parseSettings } from "./parse-settings.ts";
import { SETTING_KEYS, type SettingKey } from "./settings-schema.ts";

const parse = (environment: Record<string, string>, file: Record<string, string> = {}) => parseSettings({ environment, file });
const problemsOf = (environment: Record<string, string>, file: Record<string, string> = {}): readonly string[] =>
  parse(environment, file).match(
    () => [],
    (problems) => problems.map(({ name, message }) => `${name}: ${message}`),
  );

const oldKey = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
const newKey = "MTEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";

/** Of every setting a value that is not its default, and what follows from it for others. */
const other: Record<SettingKey, readonly [text: string, value: unknown, follows?: object] | "one value only" | "not alone"> = {
  appEnv: "one value only",
  host: ["localhost", "localhost"],
  port: ["8080", 8080],
  publicUrl: ["https://bg.example.org/", "https://bg.example.org"],
  dataDir: ["/srv/bg", "/srv/bg"],
  store: ["dynamodb", "dynamodb"],
  dynamodbTable: ["my-table", "my-table", { store: "dynamodb" }],
  dynamodbEndpoint: ["http://localhost:8001/", "http://localhost:8001", { store: "dynamodb" }],
  awsRegion: ["eu-central-1", "eu-central-1"],
  awsAccessKeyId: "not alone",
  awsSecretAccessKey: "not alone",
  awsSessionToken: "not alone",
  secretName: ["bg/production", "bg/production"],
  awsEndpointUrlSecretsManager: ["http://localhost:4566/", "http://localhost:4566"],
  bus: ["rabbitmq", "rabbitmq"],
  rabbitmqUrl: ["amqps://bg:secret@broker", "amqps://bg:secret@broker", { bus: "rabbitmq" }],
  rabbitmqNamespace: "not alone",
  plaintextHosts: ["rabbitmq, 10.0.3.7", ["rabbitmq", "10.0.3.7"]],
  heartbeatSeconds: ["2", 2],
  providers: ["@acme/provider-cgm, provider-two", ["@acme/provider-cgm", "provider-two"]],
  allowFailing: ["provider-two", ["provider-two"]],
  vaultKey: [`${oldKey}, ${newKey}`, [oldKey, newKey]],
  authIssuer: "not alone",
  authAudience: "not alone",
  authJwksUrl: "not alone",
  authAlgorithms: "not alone",
  authClockToleranceSeconds: ["60", 60],
  authSubjectClaim: ["user_id", "user_id"],
  logLevel: ["debug", "debug"],
  demo: ["off", false],
  pollIntervalSeconds: ["300", 300],
  backoffFirstSeconds: ["150", 150],
  backoffLongestSeconds: ["7200", 7200],
  providerDeadlineSeconds: ["5", 5],
  backfillDays: ["30", 30],
  rangeLimitDays: ["31", 31],
  webhookBodyLimitBytes: ["2048", 2048],
  callerRequestsPerSecond: ["7", 7],
  callerConnections: ["9", 9],
  requestsInFlight: ["12", 12],
  requestTimeoutSeconds: ["2", 2],
  answerTimeoutSeconds: ["3", 3],
  trustedProxies: ["10.0.0.0/8, ::1", ["10.0.0.0/8", "::1"]],
  metricsToken: ["scrape-me-if-you-can", "scrape-me-if-you-can"],
  shutdownGraceSeconds: ["3", 3],
};
const defaults = parse({})._unsafeUnwrap();

describe("settings", () => {
  it.each(SETTING_KEYS)("configuration beats the default of %s", (key) => {
    if (other[key] === "not alone") return;
    const [text, value, follows = {}] = other[key] === "one value only" ? [String(defaults[key]), defaults[key]] : other[key];
    if (other[key] !== "one value only") expect(value).not.toEqual(defaults[key]);
    expect(parse({ [settingName(key)]: text })._unsafeUnwrap()).toEqual({ ...defaults, ...follows, [key]: value });
  });

  it("the environment beats the file, and an empty value is none", () => {
    expect(parse({ PORT: "1" }, { PORT: "2" })._unsafeUnwrap().port).toBe(1);
    expect(parse({ PORT: " " }, { PORT: "2" })._unsafeUnwrap().port).toBe(2);
    expect(parse({ PORT: "" })._unsafeUnwrap().port).toBe(defaults.port);
  });

  it("cannot be changed once they are read", () => {
    expect(Object.isFrozen(defaults)).toBe(true);
    expect(Object.isFrozen(parse({ PROVIDERS: "a" })._unsafeUnwrap().providers)).toBe(true);
  });

  it("takes the demo away outside development only where that could ever start", () => {
    expect(defaults.demo).toBe(true);
    expect(parse({ DEMO: "0" })._unsafeUnwrap().demo).toBe(false);
  });

  it("reads whole numbers that are in range, and nothing else", () => {
    const text = fc.oneof(
      fc.integer({ min: -10, max: 70_000 }).map(String),
      fc.double().map(String),
      fc.string(),
      fc.constantFrom("1e3", "0x10", "+5", " 5", "５"),
    );
    fc.assert(
      fc.property(
        text.filter((it) => it.trim() !== ""),
        (port) => {
          const isGood = /^\d+$/.test(port) && Number(port) <= 65_535;
          expect(
            parse({ PORT: port })
              .map((settings) => settings.port)
              .unwrapOr(-1),
          ).toBe(isGood ? Number(port) : -1);
        },
      ),
    );
  });
});

describe("problems with settings", () => {
  it("are all told at once, in words", () => {
    const environment = {
      PORT: "abc",
      STORE: "postgres",
      BUS: "kafka",
      LOG_LEVEL: "loud",
      DEMO: "maybe",
      HOST: "0.0.0.0",
      RABBITMQ_URL: "http://bg:canary@x",
      BACKOFF_FIRST_SECONDS: "99",
      BACKOFF_LONGEST_SECONDS: "9",
    };
    expect(problemsOf(environment)).toEqual([
      'PORT: "abc" is not a whole number from 0 to 65535',
      'STORE: "postgres" is none of sqlite, dynamodb',
      'BUS: "kafka" is none of memory, rabbitmq',
      "RABBITMQ_URL: what is given (not shown, it is secret) has not the form amqp://user:password@host:5672/virtual-host, or amqps:// for TLS",
      'LOG_LEVEL: "loud" is none of debug, info, warn, error, silent',
      'DEMO: "maybe" is neither on nor off',
      "BACKOFF_LONGEST_SECONDS: 9 is less than BACKOFF_FIRST_SECONDS, 99",
    ]);
  });

  it.each(["staging", "production"])("tell all that %s is missing at once, and remind of who may call", (mode) => {
    expect(problemsOf({ APP_ENV: mode }).map((problem) => problem.split(":")[0])).toEqual([
      "VAULT_KEY",
      "PUBLIC_URL",
      "STORE",
      "AUTH_ISSUER",
    ]);
    const rest = { VAULT_KEY: oldKey, STORE: "sqlite", AUTH_ISSUER: "https://login.example.org", AUTH_AUDIENCE: "bg" };
    expect(problemsOf({ APP_ENV: mode, ...rest, PUBLIC_URL: "http://localhost:5001" })).toEqual([
      'PUBLIC_URL: "http://localhost:5001" is not https: credentials and readings would be carried for anybody to read',
    ]);
    expect(problemsOf({ APP_ENV: mode, ...rest, PUBLIC_URL: "https://bg.example.org", HOST: "0.0.0.0" })).toEqual([]);
  });

  it("outside development take no key that is a placeholder", () => {
    const rest = { STORE: "sqlite", AUTH_ISSUER: "https://login.example.org", AUTH_AUDIENCE: "bg", PUBLIC_URL: "https://bg.example.org" };
    const placeholder = Buffer.alloc(32).toString("base64");
    for (const key of [placeholder, `${oldKey}, ${placeholder}`, Buffer.from("changeme".repeat(4)).toString("base64")]) {
      const problems = problemsOf({ APP_ENV: "production", ...rest, VAULT_KEY: key });
      expect(problems).toEqual([expect.stringMatching(/^VAULT_KEY: a key \(not shown, it is secret\) is no random one/)]);
      expect(problems.join()).not.toContain(placeholder);
    }
    for (let n = 0; n < 200; n++) expect(problemsOf({ APP_ENV: "production", ...rest, VAULT_KEY: newVaultKey() })).toEqual([]);
  });

  it("tell of a value that is none, and not as well that it is missing", () => {
    const wrong = { VAULT_KEY: "abc", PUBLIC_URL: "bg.example.org", RABBITMQ_URL: "rabbit://x", RABBITMQ_NAMESPACE: "bg2" };
    const engines = { STORE: "dynamodb", DYNAMODB_TABLE: "bg-ingest", AWS_REGION: "eu-central-1" };
    expect(problemsOf({ APP_ENV: "production", ...engines, ...wrong }).map((problem) => problem.split(":")[0])).toEqual([
      "PUBLIC_URL",
      "RABBITMQ_URL",
      "VAULT_KEY",
      "AUTH_ISSUER",
    ]);
    expect(problemsOf({ APP_ENV: "production", ...engines, ...wrong, BUS: "memory" })).toContainEqual(
      expect.stringMatching(/^BUS: memory with STORE=dynamodb is for development/),
    );
  });

  it("outside development are none where keys of the service are all that callers may have", () => {
    expect(problemsOf({ APP_ENV: "production", VAULT_KEY: oldKey, STORE: "sqlite", PUBLIC_URL: "https://bg.example.org" })).toEqual([]);
  });

  it("tell what of the tokens is missing, and what does nothing", () => {
    const issuer = { AUTH_ISSUER: "https://login.example.org/" };
    expect(
      problemsOf({ ...issuer, AUTH_AUDIENCE: "bg", AUTH_ALGORITHMS: "ES256, RS512", AUTH_JWKS_URL: "https://login.example.org/keys" }),
    ).toEqual([]);
    expect(problemsOf(issuer)).toEqual([expect.stringMatching(/^AUTH_AUDIENCE: AUTH_ISSUER needs it/)]);
    expect(problemsOf({ AUTH_AUDIENCE: "bg", AUTH_ALGORITHMS: "ES256" })).toEqual([
      "AUTH_AUDIENCE: it does nothing without AUTH_ISSUER. Set that, or remove this",
      "AUTH_ALGORITHMS: it does nothing without AUTH_ISSUER. Set that, or remove this",
    ]);
  });

  it.each(["HS256", "none", "RS1", "ES256K", "rs256", "dir"])("keep %s from being taken as an algorithm of tokens", (algorithm) => {
    expect(problemsOf({ AUTH_ISSUER: "https://a.example", AUTH_AUDIENCE: "bg", AUTH_ALGORITHMS: `RS256,${algorithm}` })).toHaveLength(1);
  });

  it.each(["http://login.example.org", "login.example.org", "https://a:b@login.example.org", "https://login.example.org?x", "ftp://x"])(
    "keep %s from being taken as an issuer",
    (issuer) => expect(problemsOf({ AUTH_ISSUER: issuer, AUTH_AUDIENCE: "bg" })).toHaveLength(1),
  );

  it("tell places that nobody would look at", () => {
    const places = {
      DYNAMODB_TABLE: "readings",
      DYNAMODB_ENDPOINT: "http://localhost:8000",
      RABBITMQ_URL: "amqp://localhost",
      RABBITMQ_NAMESPACE: "bg.b",
    };
    expect(problemsOf(places)).toEqual([]);
    expect(parse(places)._unsafeUnwrap().rabbitmqNamespace).toBe("bg.b");
    expect(problemsOf({ ...places, STORE: "sqlite", BUS: "memory" })).toEqual([
      "DYNAMODB_TABLE: it does nothing, for STORE=sqlite. Remove one of the two",
      "DYNAMODB_ENDPOINT: it does nothing, for STORE=sqlite. Remove one of the two",
      "RABBITMQ_URL: it does nothing, for BUS=memory. Remove one of the two",
      "RABBITMQ_NAMESPACE: it does nothing, for BUS=memory. Remove one of the two",
    ]);
    expect(problemsOf({ AWS_REGION: "eu-central-1", AWS_ACCESS_KEY_ID: "a", AWS_SECRET_ACCESS_KEY: "b" })).toEqual([]);
  });

  it("tell of half a key for AWS", () => {
    const [id, secret, token] = [{ AWS_ACCESS_KEY_ID: "a" }, { AWS_SECRET_ACCESS_KEY: "b" }, { AWS_SESSION_TOKEN: "c" }];
    expect(problemsOf(id)).toEqual(["AWS_SECRET_ACCESS_KEY: AWS_ACCESS_KEY_ID needs it. Set both, or neither"]);
    expect(problemsOf(secret)).toEqual(["AWS_ACCESS_KEY_ID: AWS_SECRET_ACCESS_KEY needs it. Set both, or neither"]);
    expect(problemsOf(token)).toEqual(["AWS_ACCESS_KEY_ID: AWS_SESSION_TOKEN needs it. Set both, or neither"]);
    expect(problemsOf({ ...id, ...secret, ...token })).toEqual([]);
  });

  it("tell of deliveries that a broker could not take", () => {
    const limit = (bytes: number, more: Record<string, string> = {}) =>
      problemsOf({ WEBHOOK_BODY_LIMIT_BYTES: String(bytes), ...more }).map((problem) => problem.split(":")[0]);
    const most = 16 * 1024 * 1024;
    for (const broker of [{ RABBITMQ_URL: "amqp://localhost" }, { BUS: "rabbitmq" }]) {
      expect(limit(most, broker)).toEqual([]);
      expect(limit(most + 1, broker)).toEqual(["WEBHOOK_BODY_LIMIT_BYTES"]);
    }
    expect(limit(4 * most)).toEqual([]);
  });

  it("outside development are all engines and places that were left unsaid", () => {
    const namesOf = (environment: Record<string, string>) =>
      problemsOf({ APP_ENV: "production", ...known, ...environment }).map((problem) => problem.split(":")[0]);
    const known = {
      VAULT_KEY: oldKey,
      PUBLIC_URL: "https://bg.example.org",
      AUTH_ISSUER: "https://login.example.org",
      AUTH_AUDIENCE: "bg",
    };
    expect(namesOf({})).toEqual(["STORE"]);
    expect(namesOf({ STORE: "dynamodb", BUS: "rabbitmq" })).toEqual(["DYNAMODB_TABLE", "AWS_REGION", "RABBITMQ_URL"]);
    expect(namesOf({ DYNAMODB_TABLE: "readings", AWS_REGION: "eu-central-1" })).toEqual(["BUS"]);
    expect(namesOf({ DYNAMODB_TABLE: "readings", AWS_REGION: "eu-central-1", RABBITMQ_URL: "amqps://broker" })).toEqual([]);
    expect(namesOf({ STORE: "sqlite", RABBITMQ_URL: "amqps://broker" })).toEqual([]);
  });

  describe("outside development, on what would go over a network without TLS,", () => {
    const strict = {
      VAULT_KEY: oldKey,
      PUBLIC_URL: "https://bg.example.org",
      AUTH_ISSUER: "https://login.example.org",
      AUTH_AUDIENCE: "bg",
      DYNAMODB_TABLE: "readings",
      AWS_REGION: "eu-central-1",
      RABBITMQ_URL: "amqps://broker",
    };
    const plain = { DYNAMODB_ENDPOINT: "http://dynamodb:8000", RABBITMQ_URL: "AMQP://bg:canary@Rabbitmq:5672/bg" };

    it.each(["staging", "production"])("tell of it in %s, whose host and what to do, and show no password", (mode) => {
      const problems = problemsOf({ ...strict, ...plain, APP_ENV: mode });
      expect(problems).toEqual([
        expect.stringMatching(/^DYNAMODB_ENDPOINT: without TLS it would carry readings .* to dynamodb .*PLAINTEXT_HOSTS=dynamodb$/),
        expect.stringMatching(/^RABBITMQ_URL: without TLS it would carry readings, .* to rabbitmq .*PLAINTEXT_HOSTS=rabbitmq$/),
      ]);
      expect(problems.join()).not.toContain("canary");
    });

    it("take it of a host that was named, and of no other", () => {
      const named = { ...strict, ...plain, APP_ENV: "production", PLAINTEXT_HOSTS: "RABBITMQ,dynamodb" };
      expect(problemsOf(named)).toEqual([]);
      expect(problemsOf({ ...named, RABBITMQ_URL: "amqp://rabbitmq.example.org" })).toHaveLength(1);
      expect(problemsOf({ ...named, PLAINTEXT_HOSTS: "*" })).toHaveLength(3);
    });

    it("take it of this machine, and in development of any", () => {
      for (const host of ["localhost", "127.0.0.1", "[::1]"]) {
        const here = { DYNAMODB_ENDPOINT: `http://${host}:8000`, RABBITMQ_URL: `amqp://bg:bg@${host}:5672` };
        expect(problemsOf({ ...strict, ...here, APP_ENV: "production" })).toEqual([]);
      }
      for (const host of ["0.0.0.0", "10.0.0.7", "localhost.example.org", "127.0.0.1.example.org"])
        expect(problemsOf({ ...strict, RABBITMQ_URL: `amqp://${host}`, APP_ENV: "production" })).toHaveLength(1);
      expect(problemsOf(plain)).toEqual([]);
    });
  });

  it.each([
    ["DYNAMODB_TABLE", "ab", "is not the name of a table"],
    ["DYNAMODB_TABLE", "bg ingest", "is not the name of a table"],
    ["DYNAMODB_ENDPOINT", "localhost:8000", "is not a URL"],
    ["DYNAMODB_ENDPOINT", "http://bg:canary@localhost:8000", "holds a name or password"],
    ["DYNAMODB_ENDPOINT", "http://localhost:8000/shell", "goes on after the host"],
    ["AWS_REGION", "Frankfurt", "is not a region"],
    ["RABBITMQ_URL", "bg:canary@broker", "has not the form"],
    ["RABBITMQ_NAMESPACE", "bg.#", "is not a namespace"],
  ])("refuse %s=%s", (name, text, why) => {
    const shown = problemsOf({ [name]: text });
    expect(shown).toHaveLength(1);
    expect(shown[0]).toContain(why);
    expect(shown[0]).not.toContain("canary");
  });

  it("never show a secret", () => {
    for (const text of ["canary-4711", `${oldKey},canary-4711`, `canary-4711,${oldKey}`, `${oldKey},`, `${oldKey},${oldKey}`]) {
      const shown = problemsOf({ VAULT_KEY: text });
      expect(shown).toHaveLength(1);
      expect(shown.join()).toMatch(/^VAULT_KEY: .*not shown, it is secret/);
      for (const secret of ["canary", oldKey]) expect(shown.join()).not.toContain(secret);
    }
  });

  it.each([
    ["bg.example.org", "is not a URL"],
    ["ftp://bg.example.org", "is not a URL"],
    ["https://bg.example.org/bg", "at the root of its host"],
    ["https://bg.example.org/?a=b", "at the root of its host"],
    ["https://bg.example.org/#x", "at the root of its host"],
    ["https://anna:canary@bg.example.org", "holds a name or password"],
    ["http://bg.example.org", "use https"],
    ["http://localhost.example.org", "use https"],
  ])("refuse %s as the public URL", (text, why) => {
    const shown = problemsOf({ PUBLIC_URL: text });
    expect(shown).toHaveLength(1);
    expect(shown[0]).toContain(why);
    expect(shown[0]).not.toContain("canary");
  });

  it("are none with a public URL that is https or on this machine", () => {
    for (const text of ["https://bg.example.org", "https://BG.example.org:8443/", "http://localhost:8080", "http://[::1]:5001/"])
      expect(problemsOf({ PUBLIC_URL: text })).toEqual([]);
  });
});

describe("a misspelt name", () => {
  const long = SETTING_KEYS.map(settingName).filter((name) => name.includes("_"));

  it("is refused with the name that was probably meant", () => {
    expect(problemsOf({ POLL_INTERVAL_SECOND: "300" })).toEqual([
      "POLL_INTERVAL_SECOND: there is no such setting. Did you mean POLL_INTERVAL_SECONDS?",
    ]);
    expect(problemsOf({}, { PROT: "80" })).toEqual(["PROT: there is no such setting. Did you mean PORT?"]);
  });

  it("is found whichever letter is missing, doubled or swapped with its neighbour", () => {
    const typo = fc.tuple(fc.constantFrom(...long), fc.nat(), fc.constantFrom("dropped", "doubled", "swapped")).map(([name, n, kind]) => {
      const at = n % (name.length - 1);
      const middle = { dropped: name[at + 1], doubled: `${name[at]}${name[at]}${name[at + 1]}`, swapped: `${name[at + 1]}${name[at]}` }[
        kind
      ];
      return [name, `${name.slice(0, at)}${middle}${name.slice(at + 2)}`] as const;
    });
    fc.assert(
      fc.property(typo, ([name, misspelt]) => {
        expect(problemsOf({ [misspelt]: "x" }).join()).toContain(misspelt === name ? "" : `${misspelt}: there is no such setting`);
      }),
    );
  });

  it.each([
    ["POLL_INTERVAL", "POLL_INTERVAL_SECONDS"],
    ["RANGE_LIMIT", "RANGE_LIMIT_DAYS"],
    ["BACKOFF_SECONDS", "BACKOFF_FIRST_SECONDS"],
    ["PROT", "PORT"],
    ["STOER", "STORE"],
  ])("is refused wherever it stands if it is one of ours shortened or with letters swapped: %s", (name, meant) => {
    const problem = [`${name}: there is no such setting. Did you mean ${meant}?`];
    expect(problemsOf({ [name]: "1" })).toEqual(problem);
    expect(problemsOf({}, { [name]: "1" })).toEqual(problem);
  });

  it.each([
    ["POLL_INTERVAL_SECS", "POLL_INTERVAL_SECONDS"],
    ["POLL", "POLL_INTERVAL_SECONDS"],
    ["DATA_DIRECTORY", "DATA_DIR"],
    ["BACKOFF_MAX_SECONDS", "BACKOFF_FIRST_SECONDS"],
    ["BACKOFF_LONGEST_MS", "BACKOFF_LONGEST_SECONDS"],
    ["WEBHOOK_SECRET", "WEBHOOK_BODY_LIMIT_BYTES"],
    ["LOG_FORMAT", "LOG_LEVEL"],
  ])("is refused in the file if it only begins like one of ours: %s", (name, meant) => {
    expect(problemsOf({ [name]: "1" })).toEqual([]);
    expect(problemsOf({}, { [name]: "1" })).toEqual([`${name}: there is no such setting. Did you mean ${meant}?`]);
  });

  it("is none if it is another program's", () => {
    const environment = {
      PATH: "/bin",
      HOME: "/root",
      HOSTNAME: "box",
      PORTS: "1",
      PWD: "/",
      LOG_FORMAT: "json",
      APP_NAME: "x",
      NODE_ENV: "test",
      DATA_DIRECTORY: "/",
      STORES: "2",
      POST: "1",
      HOSTS: "x",
      DATA: "x",
      PROVIDER: "x",
      AWS_PROFILE: "x",
      ACME_CLIENT_ID: "x",
    };
    expect(problemsOf(environment)).toEqual([]);
  });
});
