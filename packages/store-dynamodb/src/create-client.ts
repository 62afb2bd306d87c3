import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { DynamoDbClient } from "./table.ts";

export interface ClientConfig {
  readonly region: string;
  /** Where DynamoDB is, if not where the region says. */
  readonly endpoint?: string;
  /** The SDK's usual places if absent: environment, profile, role. */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken?: string };
}

/** DynamoDB mostly answers within 10 ms. */
const CONNECT_MS = 3_000;
const ATTEMPT_MS = 5_000;
/** The SDK repeats what was throttled, failed or got no answer, with backoff and jitter. A condition that did not hold is never repeated. */
const MOST_ATTEMPTS = 4;
const SOCKETS = 128;

export function createClient({ region, endpoint, credentials }: ClientConfig): DynamoDbClient & { destroy(): void } {
  const agent = { keepAlive: true, maxSockets: SOCKETS };
  const client = new DynamoDBClient({
    region,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
    maxAttempts: MOST_ATTEMPTS,
    retryMode: "standard",
    requestHandler: {
      connectionTimeout: CONNECT_MS,
      requestTimeout: ATTEMPT_MS,
      throwOnRequestTimeout: true,
      httpAgent: agent,
      httpsAgent: agent,
    },
  });
  return { ...inTurn(client, SOCKETS), destroy: () => client.destroy() };
}

/** The SDK counts the wait for a free socket as time to connect: in a rush its requests would fail that have not even begun. */
function inTurn(client: DynamoDBClient, mostAtOnce: number): DynamoDbClient {
  const waiting: (() => void)[] = [];
  let free = mostAtOnce;
  const send = async (...request: Parameters<DynamoDBClient["send"]>): Promise<unknown> => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    return Promise.resolve<unknown>(client.send(...request)).finally(() => {
      const next = waiting.shift();
      if (next === undefined) free++;
      else next();
    });
  };
  return { send } as DynamoDbClient;
}
