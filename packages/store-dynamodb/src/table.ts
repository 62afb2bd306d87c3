import type { AttributeValue, CreateTableCommandInput, DynamoDBClient } from "@aws-sdk/client-dynamodb";

/** What the adapters need of the SDK's client. */
export type DynamoDbClient = Pick<DynamoDBClient, "send">;

/** Where everything is kept. */
export interface Table {
  readonly client: DynamoDbClient;
  readonly name: string;
}

export type Item = Readonly<Record<string, AttributeValue>>;

/** Names are paid for with every item: `p` and `s` are the keys, partition and sort. */
export type ItemKey = { readonly p: { readonly S: string }; readonly s: { readonly S: string } };

/** Unlike that of any other item: no partition holds a line break. */
export function nameOf({ p, s }: ItemKey): string {
  return `${p.S}\n${s.S}`;
}

/** Unix seconds from which on DynamoDB may delete an item; it takes its time, so whoever reads looks as well. Days never bear it. */
export const EXPIRY_ATTRIBUTE = "x";

/** One table holds everything; no index. Paid by what is asked of it. */
export function tableDefinition(name: string) {
  return {
    TableName: name,
    AttributeDefinitions: [
      { AttributeName: "p", AttributeType: "S" },
      { AttributeName: "s", AttributeType: "S" },
    ],
    KeySchema: [
      { AttributeName: "p", KeyType: "HASH" },
      { AttributeName: "s", KeyType: "RANGE" },
    ],
    BillingMode: "PAY_PER_REQUEST",
  } as const satisfies CreateTableCommandInput;
}
