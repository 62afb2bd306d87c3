import { parseArgs } from "node:util";
import { type Instant, parseInstant, parseUserId, type Span, type UserId } from "@bg-ingest/core";
import { err, fromThrowable, ok, Result } from "neverthrow";
import type { StoreAddress } from "./open-store.ts";

/** What is to be done, with what, over which store. */
export type Asked = { readonly address: StoreAddress } & (
  | { readonly command: "users" }
  | { readonly command: "days"; readonly user: UserId; readonly span: Span }
  | { readonly command: "print"; readonly user: UserId; readonly span: Span; readonly asOf: Instant | null }
  | { readonly command: "export" | "windows"; readonly users: readonly UserId[]; readonly span: Span; readonly path: string }
);

const USAGE = `Usage: npx pnpm@12 example <command> [options]
  users                                     everybody of whom there are readings
  days <person> [days back]                 a line for each day
  print <person> [days back]                each reading as an object, a line of JSON
  export <file> [days back] [person …]      readings of these people, or of everybody, as Parquet
  windows <file> [days back] [person …]     what a model is to learn from, without look-ahead, as Parquet
Options, each with the setting of the service that stands for it:
  --store sqlite|dynamodb (STORE)  --data-dir ./data (DATA_DIR)  --table (DYNAMODB_TABLE)  --region (AWS_REGION)  --endpoint (DYNAMODB_ENDPOINT)
  --until 2026-02-03T00:00:00Z: the days back are counted from here, by default from now
  --as-of 2026-02-03T00:00:00Z: with print, what the service had received by then`;

const OPTIONS = {
  store: { type: "string" },
  "data-dir": { type: "string" },
  table: { type: "string" },
  region: { type: "string" },
  endpoint: { type: "string" },
  until: { type: "string" },
  "as-of": { type: "string" },
} as const;

type Options = { readonly [K in keyof typeof OPTIONS]?: string | undefined };

const DAYS_BACK = 14;
const MOST_DAYS = 3_660;

/** What is wrong is said together with what would be right. */
export function parseArguments(words: readonly string[], environment: NodeJS.ProcessEnv, nowMs: number): Result<Asked, string> {
  return readWords(words)
    .andThen(({ values, positionals: [command, ...rest] }) =>
      Result.combine([addressOf(values, environment), momentOf(values.until), momentOf(values["as-of"])]).andThen(
        ([address, until, asOf]) =>
          commandOf(command, rest, { until: until ?? (Math.floor(nowMs / 1_000) as Instant), asOf }).map((asked) => ({
            ...asked,
            address,
          })),
      ),
    )
    .mapErr((message) => `${message}\n${USAGE}`);
}

const readWords = fromThrowable(
  (words: readonly string[]) => parseArgs({ args: [...words], options: OPTIONS, allowPositionals: true }),
  (cause) => (cause instanceof Error ? cause.message : String(cause)),
);

function addressOf(options: Options, environment: NodeJS.ProcessEnv): Result<StoreAddress, string> {
  const table = options.table ?? environment["DYNAMODB_TABLE"];
  const endpoint = options.endpoint ?? environment["DYNAMODB_ENDPOINT"] ?? null;
  const store = options.store ?? environment["STORE"] ?? (table === undefined && endpoint === null ? "sqlite" : "dynamodb");
  if (store === "sqlite") return ok({ kind: "sqlite", dataDir: options["data-dir"] ?? environment["DATA_DIR"] ?? "./data" });
  if (store !== "dynamodb") return err(`A store is sqlite or dynamodb, and not "${store}".`);
  const region = options.region ?? environment["AWS_REGION"] ?? (endpoint === null ? undefined : "us-east-1");
  if (table === undefined || region === undefined) return err("With DynamoDB, --table and --region have to be told.");
  return ok({ kind: "dynamodb", table, region, endpoint });
}

function momentOf(text: string | undefined): Result<Instant | null, string> {
  if (text === undefined) return ok(null);
  return parseInstant(text).mapErr(() => `"${text}" is no moment like 2026-02-03T04:05:06Z.`);
}

type Moments = { readonly until: Instant; readonly asOf: Instant | null };
type WithoutAddress<T> = T extends unknown ? Omit<T, "address"> : never;

function commandOf(command: string | undefined, words: readonly string[], { until, asOf }: Moments): Result<WithoutAddress<Asked>, string> {
  const [first = "", daysBack, ...others] = words;
  const span = spanOf(daysBack, until);
  switch (command) {
    case "users":
      return ok({ command });
    case "days":
      return Result.combine([userOf(first), span]).map(([user, within]) => ({ command, user, span: within }));
    case "print":
      return Result.combine([userOf(first), span]).map(([user, within]) => ({ command, user, span: within, asOf }));
    case "export":
    case "windows": {
      if (first === "") return err("A file has to be named.");
      return Result.combine([Result.combine(others.map(userOf)), span]).map(([users, within]) => ({
        command,
        users,
        span: within,
        path: first,
      }));
    }
  }
  return err(command === undefined ? "A command is needed." : `There is no command "${command}".`);
}

function userOf(text: string): Result<UserId, string> {
  return parseUserId(text).mapErr(({ message }) => message);
}

function spanOf(daysBack: string | undefined, until: Instant): Result<Span, string> {
  const days = daysBack === undefined ? DAYS_BACK : Number(daysBack);
  if (!(days > 0 && days <= MOST_DAYS)) return err(`"${daysBack}" is no number of days up to ${MOST_DAYS}.`);
  return ok({ from: (until - Math.ceil(days * 86_400)) as Instant, to: until });
}
