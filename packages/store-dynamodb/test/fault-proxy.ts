import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse, request as send } from "node:http";
import { inject } from "vitest";

/**
 * What befalls a request. `lose_request`: it never arrives. `lose_answer`: it happens, and nobody hears of it. `throttle`, `fail`, `contend`: it is refused.
 * `halve`: of a batch only half is done. `hang`: nothing comes, and the line stays open.
 */
export type Fault = "none" | "lose_request" | "lose_answer" | "throttle" | "fail" | "contend" | "halve" | "hang";

/** Stands between a client and DynamoDB. */
export interface FaultProxy {
  readonly endpoint: string;
  /** Decides for each request, by its operation (`PutItem`, `Query`, …) and what it says. */
  fault: (operation: string, body: string) => Fault | PromiseLike<Fault>;
  /** Operations that came, refused ones included. */
  readonly asked: string[];
  close(): Promise<void>;
}

const TYPES = "com.amazonaws.dynamodb.v20120810#";

export async function startFaultProxy(): Promise<FaultProxy> {
  const server = createServer((request, response) => void handle(request, response));
  const proxy: FaultProxy = {
    endpoint: "",
    fault: () => "none",
    asked: [],
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = Buffer.concat(await request.toArray());
    const operation = String(request.headers["x-amz-target"]).split(".")[1] ?? "";
    proxy.asked.push(operation);
    const fault = await proxy.fault(operation, body.toString());
    switch (fault) {
      case "lose_request":
        return void response.destroy();
      case "hang":
        return;
      case "throttle":
        return answer(response, 400, { __type: `${TYPES}ProvisionedThroughputExceededException`, message: "too much" });
      case "contend": {
        const { TransactItems } = JSON.parse(body.toString()) as { TransactItems?: readonly unknown[] };
        const type = TransactItems === undefined ? "TransactionConflictException" : "TransactionCanceledException";
        return answer(response, 400, {
          __type: TYPES + type,
          CancellationReasons: TransactItems?.map(() => ({ Code: "TransactionConflict" })),
        });
      }
      case "fail":
        return answer(response, 500, { __type: `${TYPES}InternalServerError`, message: "failed" });
      case "none":
      case "lose_answer":
      case "halve": {
        const { asked, rest } = fault === "halve" ? halved(operation, body) : { asked: body, rest: {} };
        const answered = await forward(request, asked);
        if (fault === "lose_answer") return void response.destroy();
        return answer(response, answered.status, { ...answered.body, ...rest });
      }
    }
  }

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return Object.assign(proxy, { endpoint: `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}` });
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/x-amz-json-1.0" }).end(JSON.stringify(body));
}

async function forward({ method, headers }: IncomingMessage, body: Buffer): Promise<{ readonly status: number; readonly body: object }> {
  const options = { method, headers: { ...headers, "content-length": body.length } };
  const request = send(inject("dynamoDbEndpoint") ?? "", options).end(body);
  const [response] = (await once(request, "response")) as [IncomingMessage];
  const chunks = await response.toArray();
  return { status: response.statusCode ?? 0, body: JSON.parse(Buffer.concat(chunks).toString()) as object };
}

/** The first half of a batch, and what DynamoDB says of the other. */
function halved(operation: string, body: Buffer): { readonly asked: Buffer; readonly rest: object } {
  const { RequestItems, ...others } = JSON.parse(body.toString()) as { RequestItems: Record<string, unknown[] | { Keys: unknown[] }> };
  const [table = "", batch = []] = Object.entries(RequestItems)[0] ?? [];
  const all = Array.isArray(batch) ? batch : batch.Keys;
  const [done, left] = [all.slice(0, all.length >> 1), all.slice(all.length >> 1)];
  const part = (some: unknown[]) => (some.length === 0 ? {} : { [table]: Array.isArray(batch) ? some : { ...batch, Keys: some } });
  const rest = operation === "BatchGetItem" ? { UnprocessedKeys: part(left) } : { UnprocessedItems: part(left) };
  return {
    asked: Buffer.from(JSON.stringify({ RequestItems: part(done.length === 0 ? all : done), ...others })),
    rest: done.length === 0 ? {} : rest,
  };
}
