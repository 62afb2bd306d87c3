import type { ConsumedCapacity, TransactWriteItem } from "@aws-sdk/client-dynamodb";
import type { DynamoDbClient } from "../src/index.ts";
import { itemBytes, WRITE_UNIT_BYTES } from "./item-bytes.ts";

/** One request, and what DynamoDB says that it cost. */
interface Metered {
  readonly operation: string;
  readonly units: number;
  /** What it was for, by its sort key: a day, a connection, something else or a span. */
  readonly subject: "day" | "connection" | "other";
}

export interface Meter {
  readonly client: DynamoDbClient;
  readonly requests: Metered[];
  /** Write units, of all requests so far or of those for one subject. */
  written(subject?: Metered["subject"]): number;
  read(): number;
  reset(): void;
}

interface Sendable {
  readonly constructor: { readonly name: string };
  readonly input: {
    ReturnConsumedCapacity?: string;
    readonly Item?: { readonly s?: { readonly S?: string } };
    readonly TransactItems?: readonly TransactWriteItem[];
  };
}

export function metered(client: DynamoDbClient): Meter {
  const requests: Metered[] = [];
  const send = async (command: Sendable, options: object): Promise<unknown> => {
    command.input.ReturnConsumedCapacity = "TOTAL";
    const output = await (
      client.send as (command: Sendable, options: object) => Promise<{ ConsumedCapacity?: ConsumedCapacity | ConsumedCapacity[] }>
    )(command, options);
    const told = [output.ConsumedCapacity ?? []].flat().reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0);
    const units = command.input.TransactItems === undefined ? told : transactionUnits(command.input.TransactItems);
    requests.push({
      operation: command.constructor.name.replace("Command", ""),
      units,
      subject: subjectOf(command.input.Item?.s?.S ?? ""),
    });
    return output;
  };
  const sum = (some: readonly Metered[]) => some.reduce((total, { units }) => total + units, 0);
  return {
    client: { send } as unknown as DynamoDbClient,
    requests,
    written: (subject) => sum(requests.filter((each) => WRITES.includes(each.operation) && (subject ?? each.subject) === each.subject)),
    read: () => sum(requests.filter((each) => !WRITES.includes(each.operation))),
    reset: () => void requests.splice(0),
  };
}

/** Twice what the writes would cost by themselves. DynamoDB Local 3.1.0 tells something else of transactions. */
function transactionUnits(actions: readonly TransactWriteItem[]): number {
  const bytes = actions.map(({ Put }) => itemBytes(Put?.Item ?? {}));
  return bytes.reduce((sum, size) => sum + 2 * Math.max(1, Math.ceil(size / WRITE_UNIT_BYTES)), 0);
}

const WRITES = ["PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"];

function subjectOf(sortKey: string): Metered["subject"] {
  if (/^\d/.test(sortKey)) return "day";
  return sortKey.startsWith("#connection/") ? "connection" : "other";
}
