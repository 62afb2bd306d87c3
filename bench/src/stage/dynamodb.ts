import { randomUUID } from "node:crypto";
import {
  type ConsumedCapacity,
  CreateTableCommand,
  DeleteTableCommand,
  DynamoDBClient,
  type TransactWriteItem,
} from "@aws-sdk/client-dynamodb";
import { type DynamoDbClient, tableDefinition } from "@bg-ingest/store-dynamodb";
import type { NotMeasured } from "../harness/figure.ts";

/** Named here as text, for nothing that ships imports a tool. */
const DYNAMODB_LOCAL = "../../../tools/services/dynamodb-local.ts";

interface DynamoDb {
  readonly endpoint: string;
  stop(): Promise<void>;
}

interface DynamoDbLocalModule {
  startDynamoDbLocal(): Promise<DynamoDb>;
}

/** A table, and what all requests to it have cost so far. */
export interface MeteredTable {
  readonly name: string;
  readonly client: DynamoDbClient;
  /** Since the last time they were asked for. */
  takeUnits(): Units;
}

export interface Units {
  readonly write: number;
  readonly read: number;
}

/** Works with two tables of the DynamoDB that `DYNAMODB_ENDPOINT` names, else of one that is started for this; told why where neither is to be had. */
export async function withTwoTables<T>(work: (one: MeteredTable, other: MeteredTable) => Promise<T>): Promise<T | NotMeasured> {
  const local = await findDynamoDb();
  if ("leftOut" in local) return local;
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const client = new DynamoDBClient({ region: "us-east-1", endpoint: local.endpoint, credentials, maxAttempts: 3 });
  const names = [`bench-${randomUUID()}`, `bench-${randomUUID()}`] as const;
  try {
    for (const name of names) await client.send(new CreateTableCommand(tableDefinition(name)));
    return await work(meteredTable(client, names[0]), meteredTable(client, names[1]));
  } finally {
    for (const TableName of names) await client.send(new DeleteTableCommand({ TableName }));
    client.destroy();
    await local.stop();
  }
}

async function findDynamoDb(): Promise<DynamoDb | NotMeasured> {
  const named = process.env["DYNAMODB_ENDPOINT"];
  if (named !== undefined) return { endpoint: named, stop: async () => {} };
  const { startDynamoDbLocal } = (await import(DYNAMODB_LOCAL)) as DynamoDbLocalModule;
  return startDynamoDbLocal().catch((cause: unknown) => {
    return { leftOut: `DynamoDB Local could not be started: install java and mvn, or name a DynamoDB in DYNAMODB_ENDPOINT. ${cause}` };
  });
}

interface Sendable {
  readonly constructor: { readonly name: string };
  readonly input: { ReturnConsumedCapacity?: string; readonly TransactItems?: readonly TransactWriteItem[] };
}

type Send = (command: Sendable, options?: object) => Promise<{ readonly ConsumedCapacity?: ConsumedCapacity | ConsumedCapacity[] }>;

function meteredTable(client: DynamoDBClient, name: string): MeteredTable {
  let units: Units = { write: 0, read: 0 };
  const send: Send = async (command, options) => {
    command.input.ReturnConsumedCapacity = "TOTAL";
    const output = await (client.send as unknown as Send).call(client, command, options);
    const told = [output.ConsumedCapacity ?? []].flat().reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0);
    const asked = command.input.TransactItems === undefined ? told : transactionUnits(command.input.TransactItems);
    const isRead = READS.includes(command.constructor.name);
    units = isRead ? { ...units, read: units.read + asked } : { ...units, write: units.write + asked };
    return output;
  };
  return {
    name,
    client: { send } as unknown as DynamoDbClient,
    takeUnits: () => {
      const taken = units;
      units = { write: 0, read: 0 };
      return taken;
    },
  };
}

const READS = ["GetItemCommand", "BatchGetItemCommand", "QueryCommand"];

/** Two for each write of up to 1 KiB, which all here are. DynamoDB Local 3.1.0 tells something else of transactions. */
function transactionUnits(actions: readonly TransactWriteItem[]): number {
  return 2 * actions.length;
}
