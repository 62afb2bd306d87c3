import {
  CreateTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  type TableDescription,
  UpdateTimeToLiveCommand,
} from "@aws-sdk/client-dynamodb";
import type { Call, StoreError } from "@bg-ingest/core";
import { err, ok, type Result } from "neverthrow";
import { ask, pause } from "./ask.ts";
import { EXPIRY_ATTRIBUTE, type Table, tableDefinition } from "./table.ts";

/** What stands in the way of using a table, for the person who runs the service. */
export interface TableRefused {
  readonly kind: "absent" | "not_ready" | "unsuitable" | "unreachable";
  readonly message: string;
  readonly cause?: unknown;
}

/** Whether the table is there, is ready and has the keys that are needed. Changes nothing. */
export async function checkTable(table: Table, call: Call): Promise<Result<void, TableRefused>> {
  const found = await describe(table, call);
  if (found.isErr()) return err(unreachable(table, found.error));
  if (found.value === null) return err(absent(table));
  if (!hasOurKeys(found.value)) return err(unsuitable(table));
  if (!READY.includes(found.value.TableStatus ?? "")) return err(notReady(table, found.value));
  return ok(undefined);
}

const READY = ["ACTIVE", "UPDATING"];

/** Makes the table if there is none, and waits until it can be used. For development: elsewhere it is made by whoever owns the account. */
export async function ensureTable(table: Table, call: Call): Promise<Result<void, TableRefused>> {
  const found = await describe(table, call);
  if (found.isErr()) return err(unreachable(table, found.error));
  if (found.value === null) {
    const created = await create(table, call);
    if (created.isErr()) return err(unreachable(table, created.error));
  }
  const active = await untilActive(table, call);
  if (active.isErr()) return err(unreachable(table, active.error));
  const checked = await checkTable(table, call);
  if (checked.isErr()) return err(checked.error);
  return (await expireItems(table, call)).mapErr((error) => unreachable(table, error));
}

async function describe({ client, name }: Table, call: Call): Promise<Result<TableDescription | null, StoreError>> {
  const described = await ask(call, (options) => client.send(new DescribeTableCommand({ TableName: name }), options));
  if (described.isOk()) return ok(described.value.Table ?? null);
  return isNamed(described.error, "ResourceNotFoundException") ? ok(null) : err(described.error);
}

/** Somebody else may make it at the same moment. */
async function create({ client, name }: Table, call: Call): Promise<Result<void, StoreError>> {
  const created = await ask(call, (options) => client.send(new CreateTableCommand(tableDefinition(name)), options));
  if (created.isErr() && !isNamed(created.error, "ResourceInUseException")) return err(created.error);
  return ok(undefined);
}

const LOOK_AGAIN_MS = 500;

async function untilActive(table: Table, call: Call): Promise<Result<void, StoreError>> {
  for (;;) {
    const found = await describe(table, call);
    if (found.isErr()) return err(found.error);
    if (found.value?.TableStatus === "ACTIVE") return ok(undefined);
    const waited = await pause(LOOK_AGAIN_MS, call);
    if (waited.isErr()) return err(waited.error);
  }
}

async function expireItems(table: Table, call: Call): Promise<Result<void, StoreError>> {
  const before = await doesExpire(table, call);
  if (before.isErr() || before.value) return before.map(() => undefined);
  const TimeToLiveSpecification = { AttributeName: EXPIRY_ATTRIBUTE, Enabled: true };
  const enable = new UpdateTimeToLiveCommand({ TableName: table.name, TimeToLiveSpecification });
  const enabled = await ask(call, (options) => table.client.send(enable, options));
  if (enabled.isOk()) return ok(undefined);
  // Somebody else may have done it at the same moment.
  return (await doesExpire(table, call)).andThen((does) => (does ? ok(undefined) : err(enabled.error)));
}

async function doesExpire({ client, name }: Table, call: Call): Promise<Result<boolean, StoreError>> {
  const described = await ask(call, (options) => client.send(new DescribeTimeToLiveCommand({ TableName: name }), options));
  return described.map(({ TimeToLiveDescription }) => ["ENABLED", "ENABLING"].includes(TimeToLiveDescription?.TimeToLiveStatus ?? ""));
}

function hasOurKeys({ KeySchema = [], AttributeDefinitions = [] }: TableDescription): boolean {
  const keys = KeySchema.map(({ AttributeName, KeyType }) => {
    const type = AttributeDefinitions.find((each) => each.AttributeName === AttributeName)?.AttributeType;
    return `${KeyType} ${AttributeName} ${type}`;
  });
  return keys.sort().join() === "HASH p S,RANGE s S";
}

function isNamed({ cause }: StoreError, name: string): boolean {
  return (cause as { readonly name?: unknown } | undefined)?.name === name;
}

function absent({ name }: Table): TableRefused {
  const advice = "Create it with cloudformation.json of @bg-ingest/store-dynamodb, or mend DYNAMODB_TABLE and AWS_REGION.";
  return { kind: "absent", message: `There is no table ${name}: nothing was read or written. ${advice}` };
}

function notReady({ name }: Table, { TableStatus }: TableDescription): TableRefused {
  return { kind: "not_ready", message: `The table ${name} is ${TableStatus}: nothing was read or written. Start again once it is ACTIVE.` };
}

function unsuitable({ name }: Table): TableRefused {
  const keys = "its keys are not a partition key p and a sort key s, both texts";
  return {
    kind: "unsuitable",
    message: `The table ${name} is not ours: ${keys}. It was left as it is. Name another one in DYNAMODB_TABLE.`,
  };
}

function unreachable({ name }: Table, { message, cause }: StoreError): TableRefused {
  return { kind: "unreachable", message: `The table ${name} could not be looked at. ${message}`, cause };
}
