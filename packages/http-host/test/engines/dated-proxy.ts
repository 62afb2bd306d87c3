import { once } from "node:events";
import { Agent, createServer, type IncomingMessage, request as send } from "node:http";
import type { AddressInfo } from "node:net";

/** Stands before a service of the network and tells another time in its answers than it does. */
export interface DatedProxy {
  readonly endpoint: string;
  close(): Promise<void>;
}

export async function startDatedProxy(target: string, nowMs: () => number): Promise<DatedProxy> {
  const agent = new Agent({ keepAlive: true });
  const server = createServer(async (request, response) => {
    const asked = send(target, { agent, method: request.method, path: request.url, headers: request.headers });
    asked.on("error", () => response.destroy());
    request.pipe(asked);
    const [answer] = (await once(asked, "response").catch(() => [null])) as [IncomingMessage | null];
    if (answer === null) return;
    response.writeHead(answer.statusCode ?? 502, { ...answer.headers, date: new Date(nowMs()).toUTCString() });
    answer.pipe(response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      agent.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
